package audit

import (
	"math"
	"math/big"
	"testing"
)

// exactly is a number as a fraction.
func exactly(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

func times(x, y *big.Rat) *big.Rat { return new(big.Rat).Mul(x, y) }

// hard is an ellipsoid of numbers of very different size that nearly cancel.
func hard(r draws, width, dim int, projected bool) *ellipsoid {
	m := QueryMap{Dim: dim, A: r.normals(width*dim, 1), C: r.normals(width, 1e3), Radius: 2, Projected: projected}
	for k := range m.A {
		m.A[k] *= float32(math.Exp(8 * r.NormFloat64()))
		if k%3 == 1 {
			m.A[k] = -m.A[k-1]
		}
	}
	return m.at(-1, width)
}

// exactQuery is A·z + c without rounding.
func (e *ellipsoid) exactQuery(z []float64) []*big.Rat {
	mean := new(big.Rat)
	for _, v := range z {
		mean.Add(mean, exactly(v))
	}
	mean.Quo(mean, big.NewRat(int64(e.dim), 1))
	if !e.projected {
		mean = new(big.Rat)
	}
	var q []*big.Rat
	for c := range e.width {
		s := exactly(e.c[c])
		for d, v := range z {
			if e.diag == nil {
				s.Add(s, times(exactly(e.row(c)[d]), new(big.Rat).Sub(exactly(v), mean)))
			} else if c == d {
				s.Add(s, times(exactly(e.diag[c]), new(big.Rat).Sub(exactly(v), mean)))
			}
		}
		q = append(q, s)
	}
	return q
}

func TestBoundsOfQueriesHold(t *testing.T) {
	tight := 0.0
	for seed := range uint64(40) {
		r := newDraws(seed)
		e := hard(r, 3, 4+r.IntN(30), seed%2 == 0)
		if seed%5 == 4 {
			e = &ellipsoid{width: 6, dim: 6, diag: []float64{1, 1e5, -3, 0, 1e-9, 2}, c: []float64{1, 2, 3, 4, 5, 6}, projected: seed%2 == 0}
			e.sums()
		}
		z := make([]float64, e.dim)
		for d := range z {
			z[d] = 1 + r.NormFloat64()*math.Exp(3*r.NormFloat64())
		}
		q, bound := e.query(z)
		for c, x := range e.exactQuery(z) {
			off, _ := new(big.Rat).Sub(x, exactly(q[c])).Float64()
			if abs(off) > bound[c] {
				t.Errorf("seed %d: off by %v, bound %v", seed, off, bound[c])
			}
			tight = max(tight, abs(off)/bound[c])
		}
	}
	if tight < 1e-3 {
		t.Errorf("bounds are 1/%v of what is seen", tight)
	}
}

func TestBoundsOfBackHold(t *testing.T) {
	for seed := range uint64(40) {
		r := newDraws(seed)
		e := hard(r, 2+r.IntN(20), 5, seed%2 == 0)
		if seed%5 == 4 {
			e = &ellipsoid{width: 3, dim: 3, diag: []float64{1, 1e5, -3}, c: make([]float64, 3), projected: seed%2 == 0}
			e.sums()
		}
		v, zero := make([]float64, e.width), make([]float64, e.width)
		for c := range v {
			v[c] = r.NormFloat64() * math.Exp(5*r.NormFloat64())
		}
		got := e.back(v, zero)
		mean, square := new(big.Rat), new(big.Rat)
		w := make([]*big.Rat, e.dim)
		for d := range w {
			w[d] = new(big.Rat)
			for c := range v {
				if e.diag == nil {
					w[d].Add(w[d], times(exactly(e.row(c)[d]), exactly(v[c])))
				} else if c == d {
					w[d].Add(w[d], times(exactly(e.diag[c]), exactly(v[c])))
				}
			}
			mean.Add(mean, times(w[d], big.NewRat(1, int64(e.dim))))
		}
		for d := range w {
			if e.projected {
				w[d].Sub(w[d], mean)
			}
			square.Add(square, times(w[d], w[d]))
		}
		if times(exactly(got), exactly(got)).Cmp(square) < 0 {
			t.Errorf("seed %d: %v is below the norm", seed, got)
		}
		if f, _ := square.Float64(); got > (math.Sqrt(f)+1e-300)*(1+1e-6) && seed%2 == 1 {
			t.Errorf("seed %d: %v is far above %v", seed, got, math.Sqrt(f))
		}
	}
}

// The factor gives back the map, states have the length of their coordinates,
// and solve inverts.
func TestFactorGivesBackTheMap(t *testing.T) {
	for seed := range uint64(10) {
		r := newDraws(seed)
		width := 1 + r.IntN(6)
		m := QueryMap{Dim: width + 2 + r.IntN(5), Radius: 1, C: r.normals(width, 1), Projected: seed%2 == 0}
		m.A = r.normals(width*m.Dim, 1)
		e := m.at(-1, width)
		f := e.factorize()
		y := make([]float64, f.rank)
		for k := range y {
			y[k] = r.NormFloat64()
		}
		z := f.state(y)
		if abs(norm2(z)-norm2(y)) > 1e-13*norm2(y) || length(z) < norm2(z) {
			t.Errorf("‖z‖ = %v, ‖y‖ = %v", norm2(z), norm2(y))
		}
		want, got := e.apply(z), f.query(y)
		for c := range want {
			if abs(want[c]-got[c]) > 1e-12 {
				t.Errorf("query %v, want %v", got, want)
			}
		}
		k := make([]float64, width)
		for c := range k {
			k[c] = r.NormFloat64()
		}
		a, own := f.lift(k)
		s, plain := own, 0.0
		for n, v := range a {
			s += v * y[n]
		}
		for c, v := range k {
			plain += v * want[c]
		}
		if abs(s-plain) > 1e-12 {
			t.Errorf("score %v, want %v", s, plain)
		}
		back := e.apply(f.solve(k))
		for c, v := range k {
			if abs(back[c]-e.c[c]-v) > 1e-10 {
				t.Errorf("solved %v, want %v", back[c]-e.c[c], v)
			}
		}
	}
}

// A map that leaves a direction out is never whole, however small c.
func TestDepthNeedsFullRank(t *testing.T) {
	r := newDraws(9)
	m := QueryMap{Dim: 6, A: r.normals(3*6, 1), C: r.normals(3, 0.01), Radius: 1}
	if d := m.at(-1, 3).factorize().depth(); !(d < 0.2) {
		t.Errorf("depth %v", d)
	}
	copy(m.A[12:], m.A[:6])
	if d := m.at(-1, 3).factorize().depth(); !math.IsInf(d, 1) {
		t.Errorf("depth %v with two equal rows", d)
	}
	one := QueryMap{Dim: 3, A: []float32{1, 1, 1}, C: []float32{0}, Radius: 1, Projected: true}
	if d := one.at(-1, 1).factorize().depth(); !math.IsInf(d, 1) {
		t.Errorf("depth %v of states without mean along 1", d)
	}
	diagonal := &ellipsoid{width: 2, dim: 2, diag: []float64{2, -4}, c: []float64{1, 2}, radius: 1}
	if d := diagonal.factorize().depth(); abs(d-math.Sqrt(0.5)) > 1e-9 {
		t.Errorf("depth %v", d)
	}
}
