package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"keyhull"
)

// Output is the output layer of a model: token i of N scores Weights_i·h +
// Bias_i for the state h that the model ends with. The slices belong to the
// caller, who must not change them during a call.
type Output struct {
	N, Dim  int
	Weights []float32 // (N,Dim)
	Bias    []float32 // (N); nil: 0
	Norm    *FinalNorm
}

// FinalNorm is the norm ahead of an output layer: h = Gain⊙z + Bias, ‖z‖ ≤
// Radius (√Dim for LayerNorm and RMSNorm), z of mean 0 if Projected (LayerNorm).
type FinalNorm struct {
	Gain, Bias []float32 // (Dim); nil: 1 and 0
	Radius     float64
	Projected  bool
}

// VocabOptions tunes Vocab.
type VocabOptions struct {
	Workers int // 0: GOMAXPROCS; results do not depend on it
	// Margins asks for lower bounds of all margins, which takes about three times
	// as long as verdicts alone.
	Margins bool
	// Steps bounds the search for one token's state, 0 means 200.
	Steps int
	// NoQueries leaves the queries that prove tokens selectable out of Rows and
	// Lifted: they take twice the memory of the layer.
	NoQueries bool
	// Certificates keeps the proofs of what was searched for.
	Certificates bool
	// Progress is called now and then with a stage ("rows", "rows with bias",
	// "states"; " by search" is added for the last ones, of which each takes long)
	// and how many tokens it is done with; never concurrently.
	Progress func(stage string, done, total int)
}

// VocabResult says which tokens can be the argmax.
type VocabResult struct {
	N   int `json:"n"`
	Dim int `json:"dim"`
	// Rows are the verdicts on the rows of Weights, without bias, for any h. An
	// unselectable token can never be the strict argmax; a tied one shares it.
	Rows *keyhull.Result `json:"-"`
	// Verdicts are those with Bias, for any h; without bias they are those of
	// Rows. Lifted proves those that are not selectable without bias.
	Verdicts []keyhull.Verdict `json:"verdicts"`
	Counts   keyhull.Counts    `json:"counts"` // of Rows; ByRounding is 0 without margins
	WithBias int               `json:"unselectable_with_bias"`
	Lifted   *Lifted           `json:"-"`
	// Reach says which tokens are the argmax for a state that the norm lets
	// through, bias included; nil without norm.
	Reach *Reach `json:"reach,omitempty"`
}

// Lifted is the key set that decides tokens with bias: rows (w_i, b_i), then for
// each of the tokens in Of a row (w_m, b) with a b below all biases.
type Lifted struct {
	Of     []int
	Rows   []float32 // (N+len(Of), Dim+1)
	Result *keyhull.Result
}

// Vocab decides every token, with proof. It panics on wrong shapes, and fails on
// numbers that are not finite and when ctx is done.
func Vocab(ctx context.Context, o Output, opt VocabOptions) (*VocabResult, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	rows, err := keyhull.Decide(ctx, keyhull.Float32(o.Weights, o.Dim), opt.decision("rows"))
	if err != nil {
		return nil, err
	}
	v := &VocabResult{N: o.N, Dim: o.Dim, Rows: rows, Counts: rows.Counts()}
	if !opt.Margins {
		v.Counts.ByRounding = 0
	}
	for i := range rows.Keys {
		v.Verdicts = append(v.Verdicts, rows.Keys[i].Verdict)
	}
	if o.Bias != nil {
		err = o.withBias(ctx, v, opt)
	}
	for _, verdict := range v.Verdicts {
		if verdict.Unselectable() {
			v.WithBias++
		}
	}
	if err == nil && o.Norm != nil {
		v.Reach, err = o.states(ctx, v, opt)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (o *Output) check() error {
	if o.N < 1 || o.Dim < 1 || len(o.Weights) != o.N*o.Dim || o.Bias != nil && len(o.Bias) != o.N {
		panic(fmt.Sprintf("audit: %d numbers, %d biases are no output layer of %d tokens of width %d", len(o.Weights), len(o.Bias), o.N, o.Dim))
	}
	if i := notFinite(o.Weights); i >= 0 {
		return fmt.Errorf("row %d, coordinate %d is %v", i/o.Dim, i%o.Dim, o.Weights[i])
	}
	if i := notFinite(o.Bias); i >= 0 {
		return fmt.Errorf("the bias of row %d is %v", i, o.Bias[i])
	}
	n := o.Norm
	if n == nil {
		return nil
	}
	if n.Gain != nil && len(n.Gain) != o.Dim || n.Bias != nil && len(n.Bias) != o.Dim || bad(n.Radius) || n.Radius == 0 {
		panic(fmt.Sprintf("audit: %d gains, %d biases and radius %v are no norm of width %d", len(n.Gain), len(n.Bias), n.Radius, o.Dim))
	}
	if notFinite(n.Gain) >= 0 || notFinite(n.Bias) >= 0 {
		return errors.New("the final norm has a number that is not finite")
	}
	return nil
}

func (opt *VocabOptions) decision(stage string) keyhull.Options {
	o := keyhull.Options{Workers: opt.Workers, Margins: keyhull.MarginNone, NoQueries: opt.NoQueries}
	if opt.Progress != nil {
		o.Progress = func(done, total int) { opt.Progress(stage, done, total) }
		o.Searching = func() { stage += " by search" }
	}
	if opt.Margins {
		o.Margins = keyhull.MarginBound
	}
	return o
}

func (opt *VocabOptions) progress(stage string) func(done, total int) {
	if opt.Progress == nil {
		return nil
	}
	return func(done, total int) { opt.Progress(stage, done, total) }
}

// counted returns a function that adds to what is done and reports it.
func counted(total int, report func(done, total int)) func(more int) {
	var mu sync.Mutex
	done := 0
	return func(more int) {
		mu.Lock()
		defer mu.Unlock()
		if done += more; report != nil {
			report(done, total)
		}
	}
}
