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

// selectable is that of a query in the solver's memory, with fewer digits unless
// leads should show.
func (s *solver) selectable(by rung, q []float64, gap float64) answer {
	if !s.leads {
		gap = s.t.shorten(q, gap)
	}
	return s.t.selectable(by, q, gap)
}

// shortLoss is the part of a lead that fewer digits may cost.
const shortLoss = 1.0 / 16

// shorten rounds q, of which a lead of gap is proved, to integers times a power of
// two, which then is 1: few digits to write and to check. It returns the lead that
// is left, and does nothing where that would take more digits than float32 has.
func (t *set) shorten(q []float64, gap float64) float64 {
	spread, size := 0.0, 0.0
	for c, v := range q {
		spread += t.maxW[c] + t.err[c]
		size = max(size, math.Abs(v))
	}
	_, e := math.Frexp(shortLoss * gap / spread) // half a step costs at most spread·2^e
	step := math.Ldexp(1, e-1)
	if !(size < step*0x1p24) || !(step > 0x1p-400) || size == 0 {
		return gap
	}
	off := tiny
	for c, v := range q {
		q[c] = math.RoundToEven(v / step)
		off += math.Abs(q[c]*step-v) * 2 * (t.maxW[c] + t.err[c])
	}
	return (gap - off*(1+0x1p-20)) / step
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
