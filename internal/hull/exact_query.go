package hull

import (
	"math"
	"math/big"
)

// proveQuery reports whether the query scores p strictly above every other
// point, and by how much at least: in floats where the bound allows, exactly
// where it does not (the lead is then 0).
func (t *set) proveQuery(p int, q []float64) (gap float64, ok bool) {
	return t.proveAmong(p, q, t.n())
}

// proveAmong is proveQuery among the first count points.
func (t *set) proveAmong(p int, q []float64, count int) (gap float64, ok bool) {
	gap = math.Inf(1)
	g := make([]float64, t.dim)
	bound, own, x := tiny, 0.0, t.row(p)
	for c, col := range t.cols {
		g[c] = math.Ldexp(q[col], t.exp[c])
		if math.IsInf(g[c], 0) {
			return 0, false
		}
		own += g[c] * x[c]
		bound += math.Abs(g[c]) * (2*t.err[c] + float64(2*t.dim+12)*unit*t.maxW[c])
	}
	var exact *exactQuery
	buf := make([]float64, t.dim)
	for j := range count {
		s := 0.0
		for c, v := range t.rowIn(j, buf) {
			s += g[c] * v
		}
		if j == p {
			continue
		}
		gap = min(gap, max(own-s-bound, 0))
		if own-s > bound {
			continue
		}
		if own-s < -bound {
			return 0, false
		}
		if exact == nil {
			exact = t.newExactQuery(q)
		}
		if exact.compare(p, j) <= 0 {
			return 0, false
		}
	}
	return gap, true
}

// exactQuery is a float query as integers over the exact coordinates.
type exactQuery struct {
	t *set
	q []big.Int
}

func (t *set) newExactQuery(q []float64) *exactQuery {
	t.once.Do(t.prepareExact)
	low := math.MaxInt32
	for c, col := range t.cols {
		if q[col] != 0 {
			low = min(low, lsb(q[col])+t.shift[c])
		}
	}
	e := &exactQuery{t, make([]big.Int, t.dim)}
	for c, col := range t.cols {
		if q[col] != 0 {
			m, x := mantissa(q[col])
			e.q[c].SetInt64(m)
			if up := x + t.shift[c] - low; up >= 0 {
				e.q[c].Lsh(&e.q[c], uint(up))
			} else {
				e.q[c].Rsh(&e.q[c], uint(-up))
			}
		}
	}
	return e
}

// compare is the sign of query·(x_i − x_j).
func (e *exactQuery) compare(i, j int) int {
	var sum, d big.Int
	a, b := e.t.exactRow(i), e.t.exactRow(j)
	for c := range e.q {
		d.Sub(&a[c], &b[c])
		sum.Add(&sum, d.Mul(&d, &e.q[c]))
	}
	return sum.Sign()
}
