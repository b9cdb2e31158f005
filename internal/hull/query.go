package hull

import (
	"math"
	"math/big"
)

// selectable is the answer for a point that the query q of working coordinates
// scores at least gap above every other: q in the source's coordinates, in
// floats if they can hold it.
func (t *set) selectable(by rung, q []float64, gap float64) answer {
	a := answer{rung: by, verdict: Selectable}
	src, up, ok := t.sourceQuery(q)
	if ok {
		a.query, a.gap = src, math.Ldexp(gap, up)
	} else {
		a.exact = t.exactSourceQuery(q)
	}
	return a
}

// sourceQuery turns a query of working coordinates into the source's, times
// 2^up; ok is false if that overflows or loses bits. It may return q itself.
func (t *set) sourceQuery(q []float64) (out []float64, up int, ok bool) {
	if t.same {
		return q, 0, true
	}
	low, high := math.MaxInt32, math.MinInt32
	for c, v := range q {
		if v != 0 {
			_, e := math.Frexp(v)
			low, high = min(low, lsb(v)-t.exp[c]), max(high, e-t.exp[c])
		}
	}
	switch { // as little as it takes, so that the lead fits too
	case low == math.MaxInt32:
	case high > 1000:
		up = 1000 - high
	case low < -1074:
		up = min(-1074-low, 1000-high)
	}
	out = make([]float64, t.src.Dim())
	for c, col := range t.cols {
		out[col] = math.Ldexp(q[c], up-t.exp[c])
	}
	return out, up, low == math.MaxInt32 || low+up >= -1074
}

// exactSourceQuery is sourceQuery in integers.
func (t *set) exactSourceQuery(q []float64) []*big.Rat {
	low := math.MaxInt32
	for c, v := range q {
		if v != 0 {
			low = min(low, lsb(v)-t.exp[c])
		}
	}
	out := make([]*big.Rat, t.src.Dim())
	for c := range out {
		out[c] = new(big.Rat)
	}
	for c, v := range q {
		if v != 0 {
			m, e := mantissa(v)
			z := big.NewInt(m)
			if e -= t.exp[c] + low; e >= 0 {
				z.Lsh(z, uint(e))
			} else {
				z.Rsh(z, uint(-e)) // exact: only zero bits leave
			}
			out[t.cols[c]].SetInt(z)
		}
	}
	return out
}
