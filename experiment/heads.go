package experiment

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"keyhull"
	"keyhull/run"
)

// Heads asks what a head sees: keys after LayerNorm in d dimensions, mapped by
// a random W_K to the w dimensions of a head. The image of a sphere in fewer
// dimensions is a filled ellipsoid, so keys can be hidden again.
type Heads struct {
	Dims  []int  `json:"dims"`  // d; the widths w of each are in widths
	Keys  []int  `json:"keys"`  // numbers of keys n
	Runs  int    `json:"runs"`  // key sets a point, each with its own W_K
	Seeds int    `json:"seeds"` // so many of them, at most, have every key decided
	Seed  uint64 `json:"seed"`
}

// HeadsResult holds a point for every (d, w, n), in this order.
type HeadsResult struct {
	Config  Heads       `json:"config"`
	Points  []HeadPoint `json:"points"`
	Seconds float64     `json:"seconds"`
}

// HeadPoint says what share of the keys is unselectable, and how often a set
// holds such a key.
type HeadPoint struct {
	Dim    int      `json:"dim"`
	Width  int      `json:"width"`
	Keys   int      `json:"keys"`
	Hidden []int    `json:"hidden"` // unselectable keys, for each seed
	Share  Interval `json:"share"`  // of the keys: mean over seeds
	With   int      `json:"with"`   // key sets with an unselectable key
	Runs   Interval `json:"runs"`   // the same as a share
}

// Run decides every key of every set.
func (c Heads) Run(ctx context.Context, pool run.Pool) (Result, error) {
	points := c.points()
	points, took, err := run.Map(ctx, pool, "heads", c, len(points),
		func(ctx context.Context, i int) (HeadPoint, error) { return c.measure(ctx, points[i]) })
	if err != nil {
		return nil, err
	}
	return &HeadsResult{c, points, took.Seconds()}, nil
}

func (c Heads) points() []HeadPoint {
	var points []HeadPoint
	for _, d := range c.Dims {
		for _, w := range widths(d) {
			for _, n := range c.Keys {
				points = append(points, HeadPoint{Dim: d, Width: w, Keys: n})
			}
		}
	}
	return points
}

// widths returns every width up to 8, then powers of two, d−1 and d.
func widths(d int) []int {
	var ws []int
	for w := 1; w <= d; w++ {
		if w <= 8 && d <= 8 || w&(w-1) == 0 || w >= d-1 {
			ws = append(ws, w)
		}
	}
	return ws
}

func (c Heads) measure(ctx context.Context, p HeadPoint) (HeadPoint, error) {
	var solver keyhull.Solver
	var shares []float64
	for s := range c.Runs {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		keys := headKeys(stream(c.Seed, p.Dim, p.Width, p.Keys, s), p)
		hidden, err := c.hidden(ctx, &solver, keys, s < c.Seeds)
		if err != nil {
			return p, fmt.Errorf("d %d, width %d, n %d, set %d: %w", p.Dim, p.Width, p.Keys, s, err)
		}
		if s < c.Seeds {
			p.Hidden = append(p.Hidden, hidden)
			shares = append(shares, float64(hidden)/float64(p.Keys))
		}
		p.With += min(hidden, 1)
	}
	p.Share, p.Runs = average(shares), share(p.With, c.Runs)
	return p, nil
}

// hidden counts the unselectable keys of a set; if not all, it stops at one.
func (c Heads) hidden(ctx context.Context, solver *keyhull.Solver, keys keyhull.Keys, all bool) (int, error) {
	if !all {
		_, found, err := solver.AnyUnselectable(keys)
		if found {
			return 1, err
		}
		return 0, err
	}
	res, err := keyhull.Decide(ctx, keys, keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
	if err != nil {
		return 0, err
	}
	return res.Counts().Unselectable(), nil
}

// headKeys returns what one head scores. A W_K of full rank and d columns
// changes no verdict, but rounding its product would add a dimension that the
// keys do not have (see Rounding): for w = d the keys are decided exactly,
// before W_K.
func headKeys(rng *rand.Rand, p HeadPoint) keyhull.Keys {
	x := draw(rng, "normal", p.Keys, p.Dim)
	if p.Width == p.Dim {
		return normed(x, p.Dim, "layernorm")
	}
	wk := draw(rng, "normal", p.Width, p.Dim)
	s := factors(x, p.Dim, true)
	keys := make([]float64, 0, p.Keys*p.Width)
	for i := range p.Keys {
		row := x[i*p.Dim : (i+1)*p.Dim]
		m := mean(row)
		for j := range p.Width {
			sum := 0.0
			for c, w := range wk[j*p.Dim : (j+1)*p.Dim] {
				sum += float64(w) * (s[i] * (float64(row[c]) - m))
			}
			keys = append(keys, sum/math.Sqrt(float64(p.Dim)))
		}
	}
	return keyhull.Float64(keys, p.Width)
}

// Table has a row for every point.
func (r *HeadsResult) Table() Table {
	t := Table{Header: []string{"d", "width", "n", "seeds", "unselectable_fraction", "low95", "high95", "runs", "with_unselectable", "runs_fraction", "runs_low95", "runs_high95"}}
	for _, p := range r.Points {
		t.add(p.Dim, p.Width, p.Keys, len(p.Hidden), p.Share.Value, p.Share.Low, p.Share.High, r.Config.Runs, p.With, p.Runs.Value, p.Runs.Low, p.Runs.High)
	}
	return t
}

// Finding takes the paper's own shape, 8 dimensions and 4 heads of width 2,
// at the largest number of keys, and the width from which on no key is lost.
func (r *HeadsResult) Finding() Finding {
	f := Finding{Verdict: Reproduced, Seconds: r.Seconds, Ours: object{}}
	for _, p := range r.Points {
		if p.Dim != 8 || p.Width != 2 || p.Keys != r.Config.Keys[len(r.Config.Keys)-1] {
			continue
		}
		enough := r.enough(p.Dim)
		f.Ours = object{"d": p.Dim, "width": p.Width, "keys": p.Keys, "seeds": len(p.Hidden), "unselectable_fraction": p.Share,
			"width_without_unselectable": enough}
		f.Headline = "unselectable keys at w = 2 of d = 8: " + p.Share.short()
		f.Note = fmt.Sprintf("A head of width %d on keys of %d dimensions after LayerNorm cannot select %s of %d keys; heads of width %d and more lost none",
			p.Width, p.Dim, p.Share.percent(), p.Keys, enough)
		if p.Share.Value > 0 { // one key is enough
			f.Verdict = NotReproduced
		}
	}
	return f
}

// enough returns the least width from which on no set of d dimensions held an
// unselectable key.
func (r *HeadsResult) enough(d int) int {
	least := 1
	for _, p := range r.Points {
		if p.Dim == d && p.With > 0 {
			least = max(least, p.Width+1)
		}
	}
	return least
}
