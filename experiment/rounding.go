package experiment

import (
	"context"
	"fmt"
	"slices"

	"keyhull"
	"keyhull/run"
)

// Rounding decides projected Gaussian keys twice: exactly, in the d−1
// dimensions that they span, and as the float32 numbers in d coordinates that
// a program holds. Rounding leaves about 1e-7 along 1 = [1, …, 1], a dimension
// that is not there, and a query may use it.
type Rounding struct {
	Dims  []int  `json:"dims"`
	Keys  []int  `json:"keys"`
	Seeds int    `json:"seeds"`
	Seed  uint64 `json:"seed"`
}

// RoundingResult holds a point for every (d, n), in this order.
type RoundingResult struct {
	Config  Rounding        `json:"config"`
	Points  []RoundingPoint `json:"points"`
	Seconds float64         `json:"seconds"`
}

// RoundingPoint counts keys for each seed. Affine and Ambient are unselectable
// ones in the two readings; ByRounding are those that the ambient reading
// calls selectable with a relative margin below float32's precision.
type RoundingPoint struct {
	Dim         int      `json:"dim"`
	Keys        int      `json:"keys"`
	Affine      []int    `json:"affine"`
	Ambient     []int    `json:"ambient"`
	ByRounding  []int    `json:"by_rounding"`
	AffineMean  Interval `json:"affine_share"` // of the keys: mean over seeds
	AmbientMean Interval `json:"ambient_share"`
	RoundMean   Interval `json:"by_rounding_share"`
}

// Run decides every key of every set twice.
func (c Rounding) Run(ctx context.Context, pool run.Pool) (Result, error) {
	n := len(c.Keys)
	points, took, err := run.Map(ctx, pool, "rounding", c, len(c.Dims)*n,
		func(ctx context.Context, i int) (RoundingPoint, error) {
			return c.measure(ctx, RoundingPoint{Dim: c.Dims[i/n], Keys: c.Keys[i%n]})
		})
	if err != nil {
		return nil, err
	}
	return &RoundingResult{c, points, took.Seconds()}, nil
}

func (c Rounding) measure(ctx context.Context, p RoundingPoint) (RoundingPoint, error) {
	for s := range c.Seeds {
		x := draw(stream(c.Seed, p.Dim, p.Keys, s), "normal", p.Keys, p.Dim)
		affine, err := keyhull.Decide(ctx, normed(x, p.Dim, "project"), keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
		if err != nil {
			return p, err
		}
		ambient, err := keyhull.Decide(ctx, keyhull.Float32(projected(x, p.Dim), p.Dim), keyhull.Options{Workers: 1})
		if err != nil {
			return p, err
		}
		p.Affine = append(p.Affine, affine.Counts().Unselectable())
		p.Ambient = append(p.Ambient, ambient.Counts().Unselectable())
		p.ByRounding = append(p.ByRounding, ambient.Counts().ByRounding)
	}
	p.AffineMean, p.AmbientMean, p.RoundMean = p.share(p.Affine), p.share(p.Ambient), p.share(p.ByRounding)
	return p, nil
}

// projected subtracts each row's mean in float64 and rounds to float32.
func projected(x []float32, d int) []float32 {
	y := make([]float32, len(x))
	for i := 0; i < len(x); i += d {
		m := mean(x[i : i+d])
		for c := i; c < i+d; c++ {
			y[c] = float32(float64(x[c]) - m)
		}
	}
	return y
}

func (p RoundingPoint) share(counts []int) Interval {
	values := make([]float64, len(counts))
	for i, k := range counts {
		values[i] = float64(k) / float64(p.Keys)
	}
	return average(values)
}

// Table has a row for every set.
func (r *RoundingResult) Table() Table {
	t := Table{Header: []string{"d", "n", "seed", "affine_unselectable", "ambient_unselectable", "ambient_by_rounding"}}
	for _, p := range r.Points {
		for s := range p.Affine {
			t.add(p.Dim, p.Keys, s, p.Affine[s], p.Ambient[s], p.ByRounding[s])
		}
	}
	return t
}

// Finding takes the last point with d = 8: the size of the paper's models.
func (r *RoundingResult) Finding() Finding {
	f := Finding{Verdict: Reproduced, Seconds: r.Seconds, Ours: object{}}
	for _, p := range r.Points {
		if p.Dim != 8 || p.Keys != 512 {
			continue
		}
		gaps := make([]int, len(p.Affine))
		for s := range gaps {
			gaps[s] = p.Affine[s] - p.Ambient[s]
		}
		gap := p.share(gaps)
		f.Ours = object{"d": p.Dim, "keys": p.Keys, "seeds": len(gaps), "affine_fraction": p.AffineMean,
			"ambient_fraction": p.AmbientMean, "difference": gap, "by_rounding_fraction": p.RoundMean}
		f.Headline = "keys freed by rounding alone: " + gap.short()
		f.Note = fmt.Sprintf("Of %d projected keys %s are unselectable in exact coordinates, but %s as float32 numbers: rounding alone frees %s",
			p.Keys, p.AffineMean.percent(), p.AmbientMean.percent(), gap.percent())
		if !slices.Equal(p.Affine, p.Ambient) { // one set is enough
			f.Verdict = NotReproduced
		}
	}
	return f
}
