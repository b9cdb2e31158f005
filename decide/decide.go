// Package decide is what `keyhull decide` does between reading a file and
// showing an answer: rows become keys under a norm, every key is decided, and
// the answer becomes JSON. The command and the live page share it.
package decide

import (
	"context"
	"fmt"
	"time"

	"keyhull"
	"keyhull/internal/vec"
	"keyhull/weights"
)

// Options say what is asked about the keys of a matrix.
type Options struct {
	Norm
	MinMargin float64 // vertices of a smaller relative margin count as selectable by rounding
	Margins   string  // exact, bound, none, or auto: exact unless slow
	Radius    float64 // of best attention; 0 if not asked for
	Causal    bool    // also when each key dies under a causal mask
	Workers   int     // 0 means one a core
	Brief     bool    // the JSON leaves out certificates
	// Progress is called now and then, from any goroutine: what is being done,
	// how many keys were done before it began, and how many are. It may be nil.
	Progress func(phase string, from, done int)
}

// Found is what was found out about one tensor.
type Found struct {
	Options
	File     string
	Tensor   string // as the file calls it
	Over     weights.Axes
	Layout   weights.Layout // how its axes were taken
	Sets     []Answer
	Warnings []string
}

// Answer is what was found out about one set of keys.
type Answer struct {
	*keyhull.Result
	Counted   keyhull.Counts // with Found.Threshold
	Seconds   float64
	Attention []float64           // best attention of each key; nil if not asked for
	Causal    []keyhull.CausalKey // fate of each key under a causal mask; nil if not asked for
	Lives     []int               // for how many positions each key is selectable, -1 for ever
}

// Matrix decides the keys of every set of m, whose numbers are finite. name is
// that of the file. It ends with an error when ctx is done.
func Matrix(ctx context.Context, name string, m *weights.Matrix, opt Options) (*Found, error) {
	found := &Found{Options: opt, File: name, Tensor: m.Name, Over: m.Over, Layout: m.Layout}
	if err := vec.LevelError(); err != nil {
		found.warn("%v", err)
	}
	margins := opt.marginsFor(m.N, m.Dim)
	if err := found.answers(ctx, m, margins); err != nil {
		return nil, err
	}
	if opt.Radius > 0 {
		if err := found.attention(ctx, m); err != nil {
			return nil, err
		}
	}
	found.look(m, margins)
	return found, nil
}

// answers decides the keys of every set.
func (f *Found) answers(ctx context.Context, m *weights.Matrix, margins keyhull.Margins) error {
	opt := keyhull.Options{Workers: f.Workers, Margins: margins, MinMargin: f.MinMargin}
	for set := range m.Sets {
		from := set * m.N
		step := func(phase string, done, total int) { f.Progress(phase, from, from+m.N*done/max(total, 1)) }
		if f.Progress != nil {
			opt.Progress = func(done, total int) { step("deciding", done, total) }
			opt.MarginProgress = func(done, total int) { step("margins", done, total) }
		}
		keys, err := f.Keys(m, set)
		if err != nil {
			return InSet(m, set, f.File, err)
		}
		a, err := f.answer(ctx, keys, opt)
		if err != nil {
			return InSet(m, set, f.File, err)
		}
		f.Sets = append(f.Sets, a)
	}
	return nil
}

func (f *Found) answer(ctx context.Context, keys keyhull.Keys, opt keyhull.Options) (a Answer, err error) {
	start := time.Now()
	if f.Causal {
		a.Result, a.Causal, err = keyhull.DecideCausal(ctx, keys, opt)
	} else {
		a.Result, err = keyhull.Decide(ctx, keys, opt)
	}
	if err != nil {
		return a, err
	}
	a.Seconds = time.Since(start).Seconds()
	for i, c := range a.Causal {
		life := -1
		if c.Death >= 0 {
			life = c.Death - i
		}
		a.Lives = append(a.Lives, life)
	}
	a.Counted = a.Counts(f.Threshold())
	return a, nil
}

// Threshold is the relative margin under which a vertex counts as selectable
// by rounding: 0 where no margin is known.
func (o *Options) Threshold() float64 {
	if o.Margins == "none" {
		return 0
	}
	return o.MinMargin
}

// marginWork is n²·d up to which exact margins are computed unasked: they
// need a scan of all keys for each key.
const marginWork = 2e10

func (o *Options) marginsFor(n, dim int) keyhull.Margins {
	switch o.Margins {
	case "bound":
		return keyhull.MarginBound
	case "none":
		return keyhull.MarginNone
	case "auto":
		if float64(n)*float64(n)*float64(dim) > marginWork {
			return keyhull.MarginBound
		}
	}
	return keyhull.MarginExact
}

// InSet says where in the file something failed.
func InSet(m *weights.Matrix, set int, path string, err error) error {
	if m.Sets > 1 {
		return fmt.Errorf("%s: %s: %w", path, m.Over.Set(set), err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
