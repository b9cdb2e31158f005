package hull

import (
	"math"
	"math/big"
	"slices"
)

// below returns the point with the least x·(x_j − x_p) if that is less than
// the corral's, else −1.
func (e *exactNearest) below() int {
	at := -1
	var s, least big.Int
	least.Set(&e.square)
	sure := e.filter()
	for j := range e.rows {
		if j == e.p || slices.Contains(e.corral, j) || sure(j) {
			continue
		}
		inner(&s, e.x, e.row(j))
		if s.Mul(&s, &e.sum).Cmp(&least) < 0 {
			at = j
			least.Set(&s)
		}
	}
	return at
}

// filter tells in floats of which points x·(x_j − x_p) is above the corral's
// for sure.
func (e *exactNearest) filter() func(j int) bool {
	top := math.MinInt32
	for k := range e.x {
		top = max(top, e.x[k].BitLen())
	}
	x, size, worst := make([]float64, len(e.x)), 0.0, tiny
	for k := range x {
		x[k], _ = toFloat(&e.x[k], -top)
		size += math.Abs(x[k])
	}
	own := e.c.row(e.p)
	limit := 0.0
	for i, j := range e.corral {
		s := 0.0
		for k, v := range e.c.row(j) {
			s += x[k] * (v - own[k])
		}
		if i == 0 || s > limit {
			limit = s
		}
	}
	worst += size * (2*float64(len(x)+6)*unit*e.c.largest + 4*e.c.err)
	return func(j int) bool {
		s := 0.0
		for k, v := range e.c.row(j) {
			s += x[k] * (v - own[k])
		}
		return s-limit > 2*worst
	}
}
