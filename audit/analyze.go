package audit

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"keyhull"
	"keyhull/cert"
)

// Options tunes an analysis. The zero value decides all that needs no search
// beyond the decision itself.
type Options struct {
	// Workers is the number of goroutines; 0 means GOMAXPROCS. Results do not
	// depend on it.
	Workers int
	Margins keyhull.Margins
	// MinMargin is the relative margin below which a vertex counts as
	// selectable by rounding; 0 means keyhull.DefaultMinMargin.
	MinMargin float64
	// Best is for how many keys, spread evenly, the best attention is found;
	// −1: for all. Each takes milliseconds at width 64.
	Best int
	// Certificates keeps the proofs.
	Certificates bool
	// Reach bounds the steps that are taken for one key to find a query that
	// the model can make, or to prove that there is none; 0 means 200.
	Reach int
	// Positions are where RoPE's queries are taken for reachability; none: the
	// last, which sees all keys under a causal mask.
	Positions []int
}

// HeadResult is what Analyze found. What a head does not have is nil.
type HeadResult struct {
	N     int `json:"n"`
	Width int `json:"width"`
	Rank  int `json:"rank"` // dimension of the keys' affine hull
	// Verdicts and margins are those of all keys, without a mask.
	Verdicts        []keyhull.Verdict `json:"verdicts"`
	Margins         []float64         `json:"margins"`
	RelativeMargins []float64         `json:"relative_margins"`
	MarginExact     bool              `json:"margin_exact"` // else they are proved lower bounds
	Counts          keyhull.Counts    `json:"counts"`       // ByRounding is 0 without margins
	Stats           keyhull.Stats     `json:"stats"`
	Radius          float64           `json:"radius"`             // largest distance of a key to the keys' mean
	Masks           [][]Mask          `json:"masks,omitempty"`    // of each unselectable key; nil for the others
	Life            *Life             `json:"life,omitempty"`     // under the mask
	Attained        *Attained         `json:"attained,omitempty"` // by the actual queries
	Attainable      int               `json:"attainable"`         // pairs of a query's position and a key that some query there selects
	Best            *Best             `json:"best,omitempty"`
	Reach           []Reach           `json:"reach,omitempty"` // one a query head
	Uniform         Uniform           `json:"uniform"`
	Sink            *Sink             `json:"sink,omitempty"`
	// Certificates are for package cert, about the keys as float32 rows; and of
	// each query head with a map what Reach.Certificates makes. Nil unless
	// Options.Certificates.
	Certificates      *cert.Set    `json:"-"`
	ReachCertificates []cert.Reach `json:"-"`
}

// Mask is one of the keys of which an unselectable key is a convex combination:
// whatever query scores it high scores one of them as high.
type Mask struct {
	Key    int     `json:"key"`
	Weight float64 `json:"weight"` // rounded
}

// Analyze decides all keys of a head and measures it. Every verdict, death and
// reachability is proved; attention is computed in float64. It panics on
// wrong shapes, and fails on numbers that are not finite and when ctx is done.
func Analyze(ctx context.Context, h Head, opt Options) (*HeadResult, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if opt.MinMargin == 0 {
		opt.MinMargin = keyhull.DefaultMinMargin
	}
	d, deaths, err := h.decide(ctx, opt)
	if err != nil {
		return nil, err
	}
	r := newHeadResult(&h, d, opt)
	if opt.Certificates {
		s := d.Certificates(opt.MinMargin)
		if deaths != nil {
			keyhull.AddDeaths(&s, deaths)
		}
		r.Certificates = &s
	}
	if r.Life, err = h.life(ctx, d, deaths, opt); err != nil {
		return nil, err
	}
	r.Attainable = r.attainable()
	if h.Queries != nil {
		r.Attained = h.attained()
		r.Sink = h.sink(r)
	}
	r.Uniform = h.uniform(d.Rank, r.Attained)
	if r.Best, err = h.best(ctx, r.Attained, opt); err != nil {
		return nil, err
	}
	if r.Reach, err = h.reach(ctx, d, opt); err != nil {
		return nil, err
	}
	for m := range r.Reach {
		if opt.Certificates {
			r.ReachCertificates = append(r.ReachCertificates, *r.Reach[m].Certificates(&h, m))
		}
	}
	return r, nil
}

// decide decides all keys, with their deaths where the mask only ever adds keys.
func (h *Head) decide(ctx context.Context, opt Options) (*keyhull.Result, []keyhull.CausalKey, error) {
	keys := keyhull.Float32(h.Keys, h.Width)
	o := keyhull.Options{Workers: opt.Workers, Margins: opt.Margins, MinMargin: opt.MinMargin}
	if h.Causal && !h.slides() {
		return keyhull.DecideCausal(ctx, keys, o)
	}
	d, err := keyhull.Decide(ctx, keys, o)
	return d, nil, err
}

func newHeadResult(h *Head, d *keyhull.Result, opt Options) *HeadResult {
	r := &HeadResult{N: h.N, Width: h.Width, Rank: d.Rank, MarginExact: d.MarginExact, Counts: d.Counts(opt.MinMargin), Stats: d.Stats, Radius: d.Radius}
	if opt.Margins == keyhull.MarginNone {
		r.Counts.ByRounding = 0
	}
	for i := range d.Keys {
		k := &d.Keys[i]
		r.Verdicts = append(r.Verdicts, k.Verdict)
		r.Margins = append(r.Margins, k.Margin)
		r.RelativeMargins = append(r.RelativeMargins, k.RelativeMargin)
	}
	if r.Counts.Unselectable() > 0 {
		r.Masks = make([][]Mask, h.N)
		for i := range d.Keys {
			r.Masks[i] = masks(&d.Keys[i])
		}
	}
	return r
}

// masks lists the keys of a certificate's first basis, the heaviest first.
func masks(k *keyhull.Key) (list []Mask) {
	if len(k.Bases) == 0 {
		return nil
	}
	for n, j := range k.Bases[0] {
		list = append(list, Mask{Key: j, Weight: k.Weights[0][n]})
	}
	slices.SortStableFunc(list, func(a, b Mask) int {
		switch {
		case a.Weight > b.Weight:
			return -1
		case a.Weight < b.Weight:
			return 1
		}
		return a.Key - b.Key
	})
	return list
}

// attainable counts the pairs of a position and a key that some query at the
// position selects.
func (r *HeadResult) attainable() int {
	if r.Life != nil {
		return r.Life.Pairs - r.Life.Hidden
	}
	return r.N * (r.Counts.Selectable + r.Counts.Tied)
}

// String is one line for people.
func (r *HeadResult) String() string {
	c := r.Counts
	return fmt.Sprintf("%d keys of width %d: %d selectable, %d tied, %d face, %d interior", r.N, r.Width, c.Selectable, c.Tied, c.Face, c.Interior)
}
