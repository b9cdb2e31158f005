package hull

import (
	"math"
	"math/big"
)

// price sets y to the sum of the artificial rows; false when none is positive.
func (l *lp) price() bool {
	infeasible := false
	for c := range l.y {
		l.y[c].SetInt64(0)
	}
	for i, b := range l.basis {
		if b >= 0 || l.x[i].Sign() == 0 {
			continue
		}
		infeasible = true
	}
	if !infeasible {
		return false
	}
	for i, b := range l.basis {
		if b < 0 {
			for c := range l.y {
				l.y[c].Add(&l.y[c], &l.adj[i][c])
			}
		}
	}
	l.vp.SetInt64(0)
	if l.lifted {
		for c, v := range l.t.exactRow(l.p) {
			l.vp.Add(&l.vp, l.tmp.Mul(&l.y[c], &v))
		}
		l.vp.Add(&l.vp, &l.y[l.m-1])
	}
	return true
}

// value returns y·column j exactly.
func (l *lp) value(j int) *big.Int {
	l.column(j)
	var s, t big.Int
	for c := range l.col {
		s.Add(&s, t.Mul(&l.y[c], &l.col[c]))
	}
	return &s
}

// entering returns a point whose column improves, or −1 when there is none.
// Largest float value first; the smallest index while the method stalls
// (Bland 1977), so that it ends.
func (l *lp) entering() int {
	at := l.scan()
	bland := l.stalled > 8+2*l.m
	if at >= 0 && !bland {
		return at
	}
	first := at
	for _, j := range l.unsure {
		if first >= 0 && int(j) > first || l.inBasis(int(j)) {
			continue
		}
		if l.value(int(j)).Sign() > 0 {
			first = int(j)
			break
		}
	}
	return first
}

func (l *lp) inBasis(j int) bool {
	for _, b := range l.basis {
		if b == j {
			return true
		}
	}
	return false
}

// scan values every column in floats. It returns a surely positive one (the
// largest, or the first while stalling) and lists in unsure those whose sign
// the bound leaves open.
func (l *lp) scan() (at int) {
	t, buf := l.t, make([]float64, l.t.dim)
	base, bound := l.floatPrices()
	l.unsure = l.unsure[:0]
	at = -1
	best := 0.0
	bland := l.stalled > 8+2*l.m
	for j := range l.count {
		if j == l.p {
			continue
		}
		s := base
		row := t.rowIn(j, buf)
		for c, g := range l.g {
			s += g * row[c]
		}
		if s > bound {
			if at < 0 || s > best && !bland {
				best, at = s, j
			}
		} else if !(s < -bound) && (bound > 0 || s > 0) {
			l.unsure = append(l.unsure, int32(j))
		}
	}
	return at
}

// floatPrices rounds the prices to g, for working coordinates, scaled to
// about 1, and returns the constant and the bound of value_j = base + g·w_j.
// The bound is 0 when the float sum is exact.
func (l *lp) floatPrices() (base, bound float64) {
	t := l.t
	top := math.MinInt32
	for c := range t.dim {
		if l.y[c].Sign() != 0 {
			top = max(top, l.y[c].BitLen()+t.exp[c]-t.shift[c])
		}
	}
	if l.vp.Sign() != 0 {
		top = max(top, l.vp.BitLen()-1)
	}
	p := t.row(l.p)
	exact := true
	unitAt := math.MaxInt32
	size := 0.0
	for c := range t.dim {
		g, ok := toFloat(&l.y[c], t.exp[c]-t.shift[c]-top)
		l.g[c] = g
		exact = exact && ok && t.kept[c]
		if g != 0 && t.low[c] != math.MaxInt32 {
			unitAt = min(unitAt, lsb(g)+t.low[c])
		}
		base -= g * p[c]
		size += math.Abs(g) * t.maxW[c]
		bound += math.Abs(g) * (2*t.err[c] + float64(2*t.dim+12)*unit*t.maxW[c])
	}
	v, ok := toFloat(&l.vp, -top)
	if v != 0 {
		unitAt = min(unitAt, lsb(v))
	}
	if exact && ok && unitAt != math.MaxInt32 && 2*size+math.Abs(v) < math.Ldexp(1, min(unitAt+53, 1000)) && unitAt > -1000 {
		return base + v, 0
	}
	return base + v, bound*(1+0x1p-40) + float64(2*t.dim+12)*unit*math.Abs(v) + tiny
}

// toFloat returns z·2^e rounded, and whether it is exact.
func toFloat(z *big.Int, e int) (float64, bool) {
	if z.Sign() == 0 {
		return 0, true
	}
	f := new(big.Float).SetInt(z)
	f.SetMantExp(f, e)
	v, acc := f.Float64()
	return v, acc == big.Exact
}
