package audit

import (
	"context"
	"math"
	"slices"
	"sort"

	"keyhull/internal/vec"
)

// ranking tries for every key the state that its own row points to, all in
// blocked products. With a_j = (AP)ᵀ(k_j − mean) and b_j = C·(k_j − mean) + o_j, a
// state z gives key j the score z·a_j + b_j ≤ R·‖a_j‖ + b_j (Cauchy and
// Schwarz). The own state of key i, z = R·a_i/‖a_i‖, makes that an equality
// for i. So keys stand by decreasing R·‖a_j‖ + b_j, and each need be held
// against the keys ahead of it only: half of all pairs.
type ranking struct {
	c     *contest
	order []int32
	limit []float64 // upper bounds of scores, in that order
}

// ownStates sets to CanReach the keys, of those Undecided, that are proved to win
// the query of their own state. It leaves the panels in another order.
func (c *contest) ownStates(ctx context.Context, keys []Reachable, opt VocabOptions) error {
	r := c.rank(opt.Workers)
	const run = 96
	step := counted(c.n, opt.progress("states"))
	return vec.ParallelErr((c.n+run-1)/run, opt.Workers, func(k int) error {
		part := r.order[k*run : min((k+1)*run, c.n)]
		var list []int
		for _, i := range part {
			if keys[i] == Undecided {
				list = append(list, int(i))
			}
		}
		for _, i := range r.winners(list) {
			keys[i] = CanReach
		}
		step(len(part))
		return ctx.Err()
	})
}

func (c *contest) rank(workers int) *ranking {
	r := &ranking{c: c, order: make([]int32, c.n), limit: make([]float64, c.n)}
	limit := make([]float64, c.n)
	const run = 64
	vec.ParallelErr((c.n+run-1)/run, workers, func(k int) error {
		row, bound := make([]float64, c.width+1), make([]float64, c.width)
		for i := k * run; i < min((k+1)*run, c.n); i++ {
			limit[i] = c.limit(i, row, bound)
		}
		return nil
	})
	for i := range r.order {
		r.order[i] = int32(i)
	}
	slices.SortStableFunc(r.order, func(a, b int32) int {
		switch {
		case limit[a] > limit[b]:
			return -1
		case limit[a] < limit[b]:
			return 1
		}
		return 0
	})
	for k, i := range r.order {
		r.limit[k] = limit[i]
	}
	c.fill(r.order)
	return r
}

// limit bounds R·‖a_i‖ + b_i from above.
func (c *contest) limit(i int, row, bound []float64) float64 {
	c.centred(row, i)
	own, size := row[c.width], math.Abs(row[c.width])
	for k, v := range c.key(i) {
		bound[k] = 2 * unit * (math.Abs(float64(v)) + math.Abs(c.mean[k]))
		p := c.f.e.c[k] * row[k]
		own += p
		size += math.Abs(p) + math.Abs(c.f.e.c[k])*bound[k]/unit
	}
	long := c.f.e.radius * c.f.e.back(row[:c.width], bound)
	return own + long + 4*float64(c.width+10)*unit*(size+long) + underflow
}

// ownState is the state to which the row of key i points.
func (c *contest) ownState(i int) []float64 {
	row := make([]float64, c.width+1)
	c.centred(row, i)
	y, _ := c.f.lift(row[:c.width])
	if size := norm2(y); size > 0 {
		scaleBy(y, c.f.e.radius*(1-1e-9)/size)
	}
	return c.f.state(y)
}

// winners returns which of some keys are proved to win the query of their own
// state, in float32: scores of the rounded query (q, 1) and the rounded keys
// less their mean, with a bound of the error of a difference of two scores.
func (r *ranking) winners(list []int) (won []int) {
	c, d, cut := r.c, r.c.width+1, 0
	qs, bounds, own := make([]float32, len(list)*d), make([]float64, len(list)), make([]float64, len(list))
	row := make([]float64, d)
	for k, i := range list {
		z := c.ownState(i)
		if bounds[k] = math.Inf(1); !(length(z) <= c.f.e.radius) {
			continue
		}
		q, off := c.f.e.query(z)
		if bounds[k] = roundQuery(qs[k*d:(k+1)*d], q, off, c.most); math.IsInf(bounds[k], 1) {
			continue
		}
		c.centred(row, i)
		own[k] = vec.Dot(q, row[:c.width]) + row[c.width] - bounds[k]
		cut = max(cut, sort.Search(c.n, func(n int) bool { return r.limit[n] < own[k] }))
	}
	lanes := (cut + vec.Lanes32 - 1) / vec.Lanes32
	view := c.panels.Slice(0, lanes)
	top := make([]vec.Top2, len(list))
	vec.Top2BlockF32(top, qs, &view)
	for k, i := range list {
		if at := top[k].Index; at >= 0 && int(r.order[at]) == i && top[k].Best-top[k].Second > bounds[k] {
			won = append(won, i)
		}
	}
	return won
}

// roundQuery sets dst to (q, 1) rounded to float32 and returns a bound of the
// error of a difference of two scores. Of each product, a unit in the last place
// is lost in the query, one in the key and d+2 in the sum (package vec), for
// two keys: twice (d+6) of the largest product; and what q is off by.
func roundQuery(dst []float32, q, off, most []float64) (bound float64) {
	const unit32, large = 0x1p-24, 0x1p100
	d := len(dst)
	for c := range dst {
		x, e := 1.0, 0.0
		if c < len(q) {
			x, e = q[c], off[c]
		}
		if dst[c] = float32(x); !(math.Abs(x) < large && most[c] < large) {
			return math.Inf(1)
		}
		bound += (math.Abs(x)*float64(d+6)*unit32 + e + 0x1p-149) * (most[c] + 0x1p-149)
	}
	if bound *= 2 * (1 + 0x1p-20); !(bound < large) {
		return math.Inf(1)
	}
	return bound + float64(d)*0x1p-140
}
