package main

import (
	"context"
	"fmt"
	"time"

	"keyhull"
	"keyhull/internal/vec"
	"keyhull/weights"
)

// findings is what decide found out about one tensor.
type findings struct {
	*decideCommand
	file     string
	tensor   string // as the file calls it
	over     weights.Axes
	layout   weights.Layout
	sets     []answer
	warnings []string
}

// answer is what decide found out about one set of keys.
type answer struct {
	*keyhull.Result
	counts    keyhull.Counts
	seconds   float64
	attention []float64           // best attention of each key; nil if not asked for
	causal    []keyhull.CausalKey // fate of each key under a causal mask; nil if not asked for
	lives     []int               // for how many positions each key is selectable, -1 for ever
}

func (d *decideCommand) decide(ctx context.Context, path string, m *weights.Matrix) (*findings, error) {
	found := &findings{decideCommand: d, file: path, tensor: m.Name, over: m.Over, layout: m.Layout}
	if err := vec.LevelError(); err != nil {
		found.warn("%v", err)
	}
	opt := keyhull.Options{Workers: d.workers, Margins: d.marginsFor(m.N, m.Dim), MinMargin: d.minMargin}
	if err := d.answers(ctx, m, opt, found); err != nil {
		return nil, err
	}
	if d.radius > 0 {
		if err := d.attention(ctx, m, found); err != nil {
			return nil, err
		}
	}
	found.look(m, opt.Margins)
	return found, nil
}

// answers decides the keys of every set.
func (d *decideCommand) answers(ctx context.Context, m *weights.Matrix, opt keyhull.Options, found *findings) error {
	bar := d.env.progress("deciding", "keys", m.Sets*m.N)
	defer bar.stop()
	for set := range m.Sets {
		step := func(done, total int) { bar.set(set*m.N + m.N*done/max(total, 1)) }
		opt.Progress = func(done, total int) { bar.phase("deciding", set*m.N); step(done, total) }
		opt.MarginProgress = func(done, total int) { bar.phase("margins", set*m.N); step(done, total) }
		keys, err := d.keySet(m, set)
		if err != nil {
			return inSet(m, set, found.file, err)
		}
		a, err := d.answer(ctx, keys, opt)
		if err != nil {
			return inSet(m, set, found.file, err)
		}
		found.sets = append(found.sets, a)
	}
	return nil
}

func (d *decideCommand) answer(ctx context.Context, keys keyhull.Keys, opt keyhull.Options) (answer, error) {
	var a answer
	var err error
	start := time.Now()
	if d.causal {
		a.Result, a.causal, err = keyhull.DecideCausal(ctx, keys, opt)
	} else {
		a.Result, err = keyhull.Decide(ctx, keys, opt)
	}
	if err != nil {
		return a, err
	}
	a.seconds = time.Since(start).Seconds()
	for i, c := range a.causal {
		life := -1
		if c.Death >= 0 {
			life = c.Death - i
		}
		a.lives = append(a.lives, life)
	}
	a.counts = a.Counts(d.threshold())
	return a, nil
}

// threshold is the relative margin under which a vertex counts as selectable
// by rounding: 0 where no margin is known.
func (d *decideCommand) threshold() float64 {
	if d.margins == "none" {
		return 0
	}
	return d.minMargin
}

// marginWork is n²·d up to which exact margins are computed unasked: they
// need a scan of all keys for each key.
const marginWork = 2e10

func (d *decideCommand) marginsFor(n, dim int) keyhull.Margins {
	switch d.margins {
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

// inSet says where in the file something failed.
func inSet(m *weights.Matrix, set int, path string, err error) error {
	if m.Sets > 1 {
		return fmt.Errorf("%s: %s: %w", path, m.Over.Set(set), err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
