package audit

import (
	"math"

	"keyhull/internal/vec"
)

// factor is A = B·Qᵀ, rounded, with Q orthonormal (of dim×rank) and less the
// mean of each column if projected. The queries of the ellipsoid are B·y + c
// for ‖y‖ ≤ radius, z = Q·y. Of a diagonal A, B is A and Q the identity.
type factor struct {
	e     *ellipsoid
	rank  int
	b     []float64   // width×rank
	q     [][]float64 // rank rows of dim
	pivot []int       // rows of B in the order in which they are triangular
}

// negligible is the length of a row of A, in units of the longest, that counts
// as 0. It decides no verdict: rank is proved, or not claimed.
const negligible = 1e-11

// factorize is Gram and Schmidt's method on the rows of A, the longest of what
// is left first.
func (e *ellipsoid) factorize() *factor {
	f := &factor{e: e, rank: e.width}
	if e.diag != nil {
		return f
	}
	rows := make([][]float64, e.width)
	for c := range rows {
		rows[c] = append([]float64(nil), e.row(c)...)
		e.project(rows[c])
	}
	b := make([]float64, e.width*e.width)
	first, done := 0.0, make([]bool, e.width)
	for len(f.q) < e.width {
		at, size := longest(rows, done)
		first = max(first, size)
		if !(size > negligible*first) {
			break
		}
		k := len(f.q)
		q := append([]float64(nil), rows[at]...)
		scaleBy(q, 1/size)
		reduce(q, f.q) // once more: rounding
		scaleBy(q, 1/norm2(q))
		f.q, f.pivot, done[at] = append(f.q, q), append(f.pivot, at), true
		for c, x := range rows {
			if c == at || !done[c] {
				s := vec.Dot(q, x)
				b[c*e.width+k] = s
				vec.Axpy(-s, q, x)
			}
		}
	}
	f.rank = len(f.q)
	f.b = make([]float64, e.width*f.rank)
	for c := range e.width {
		copy(f.b[c*f.rank:(c+1)*f.rank], b[c*e.width:])
	}
	return f
}

func longest(rows [][]float64, done []bool) (at int, size float64) {
	for c, x := range rows {
		if s := norm2(x); !done[c] && s > size {
			at, size = c, s
		}
	}
	return at, size
}

// project takes the mean out of z, if states have none.
func (e *ellipsoid) project(z []float64) {
	if !e.projected {
		return
	}
	mean := 0.0
	for _, v := range z {
		mean += v / float64(e.dim)
	}
	for d := range z {
		z[d] -= mean
	}
}

// lift returns Bᵀk, what keys score under states y, and c·k.
func (f *factor) lift(k []float64) (a []float64, own float64) {
	e := f.e
	if own = vec.Dot(e.c, k); e.diag != nil {
		a = make([]float64, e.dim)
		for c, v := range k {
			a[c] = e.diag[c] * v
		}
		e.project(a)
		return a, own
	}
	a = make([]float64, f.rank)
	for c, v := range k {
		vec.Axpy(v, f.b[c*f.rank:(c+1)*f.rank], a)
	}
	return a, own
}

// state returns z = Q·y.
func (f *factor) state(y []float64) []float64 {
	if f.e.diag != nil {
		return append([]float64(nil), y...)
	}
	z := make([]float64, f.e.dim)
	for k, q := range f.q {
		vec.Axpy(y[k], q, z)
	}
	return z
}

// query returns B·y + c, roughly.
func (f *factor) query(y []float64) []float64 {
	e := f.e
	q := append([]float64(nil), e.c...)
	if e.diag != nil {
		z := append([]float64(nil), y...)
		e.project(z)
		for c, v := range z {
			q[c] += e.diag[c] * v
		}
		return q
	}
	for c := range q {
		q[c] += vec.Dot(f.b[c*f.rank:(c+1)*f.rank], y)
	}
	return q
}

// solve returns the z of least norm with A·z = x, roughly; nil if A has not
// full rank as far as floats can tell.
func (f *factor) solve(x []float64) []float64 {
	if f.rank < f.e.width || f.e.diag != nil {
		return nil
	}
	y := make([]float64, f.rank)
	for k, c := range f.pivot {
		row := f.b[c*f.rank : (c+1)*f.rank]
		y[k] = (x[c] - vec.Dot(row[:k], y[:k])) / row[k]
	}
	return f.state(y)
}

// depth proves that queries can have any direction. It returns an upper bound
// of ‖z‖/radius for some z with A·z + c = 0; +Inf if it finds none.
//
// If the bound is less than 1, then the origin is inside the ellipsoid: A maps
// onto all directions (below), so that a small ball around z goes to a small
// ellipsoid around the origin. So for every query q some multiple t·q, t > 0, is
// one that the model can make, and it scores keys in the same order. A turn by
// position is one-to-one and changes nothing of that.
//
// Proof of the bound. Let Z have columns z_k with A·z_k ≈ e_k, and E = A·Z − 1.
// If ‖E‖∞ < 1 then A·Z is invertible, and A maps onto all. With ρ = A·z₀ + c,
// z = z₀ − Z·(A·Z)⁻¹ρ has A·z + c = 0, and ‖(A·Z)⁻¹ρ‖∞ ≤ ‖ρ‖∞/(1 − ‖E‖∞). All
// errors of rounding are in the bounds of E and ρ.
func (f *factor) depth() float64 {
	e := f.e
	if e.diag != nil {
		return f.diagonalDepth()
	}
	origin := make([]float64, e.width)
	for c, v := range e.c {
		origin[c] = -v
	}
	z0 := f.solve(origin)
	if z0 == nil {
		return math.Inf(1)
	}
	rho, off := e.query(z0)
	worst := 0.0
	for c := range rho {
		worst = max(worst, math.Abs(rho[c])+off[c])
	}
	size, away := f.inverse()
	if !(away < 1) {
		return math.Inf(1)
	}
	more := size * math.Sqrt(float64(e.width)) * worst / (1 - away)
	return (length(z0) + more) / e.radius * above(e.dim)
}

// inverse returns bounds of the Frobenius norm of Z and of ‖E‖∞.
func (f *factor) inverse() (size, away float64) {
	e := f.e
	rows := make([]float64, e.width)
	linear := *e
	linear.c = make([]float64, e.width)
	for k := range e.width {
		unitary := make([]float64, e.width)
		unitary[k] = 1
		z := f.solve(unitary)
		l := length(z)
		size += l * l
		y, off := linear.query(z)
		y[k]--
		for c, v := range y {
			rows[c] += math.Abs(v)*(1+4*unit) + off[c] + 2*unit
		}
	}
	for _, v := range rows {
		away = max(away, v)
	}
	return math.Sqrt(size) * above(e.width), away * above(e.width)
}

// diagonalDepth: z_c = −c_c/a_c if all a_c differ from 0. States without mean
// leave a direction out.
func (f *factor) diagonalDepth() float64 {
	e := f.e
	if e.projected {
		return math.Inf(1)
	}
	s := 0.0
	for c, v := range e.c {
		if e.diag[c] == 0 {
			return math.Inf(1)
		}
		z := v / e.diag[c] * (1 + 2*unit)
		s += z*z + underflow
	}
	return math.Sqrt(s) / e.radius * above(e.dim)
}
