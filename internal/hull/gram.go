package hull

import (
	"math"

	"keyhull/internal/vec"
)

// gram holds the Cholesky factor L of G + s·11ᵀ, G the Gram matrix of some
// rows y, s = y_0·y_0, and z = L⁻¹·1. Adding or removing a row takes O(n²).
// The matrix is positive definite if and only if the rows are affinely
// independent.
type gram struct {
	n, ld int
	s     float64
	l     []float64 // n×ld, lower triangle
	inv   []float64 // 1 over its diagonal
	z     []float64
	v     []float64
}

func newGram(most int) gram {
	return gram{ld: most, l: make([]float64, most*most), inv: make([]float64, most), z: make([]float64, most), v: make([]float64, most)}
}

func (g *gram) reset() { g.n = 0 }

func (g *gram) row(i int) []float64 { return g.l[i*g.ld : (i+1)*g.ld] }

// add appends row y, the last of all rows; false if it depends on the others.
func (g *gram) add(rows, y []float64) bool {
	d := len(y)
	if g.n == 0 {
		g.s = dotShort(y, y)
	}
	r := g.row(g.n)
	zr := 1.0
	square := 0.0
	for i := range g.n {
		v := g.s + dotShort(rows[i*d:(i+1)*d], y)
		v = (v - dotShort(g.row(i)[:i], r[:i])) * g.inv[i]
		r[i] = v
		square += v * v
		zr -= v * g.z[i]
	}
	full := g.s + dotShort(y, y)
	left := full - square
	if !(left > 1e-15*full) {
		return false
	}
	r[g.n] = math.Sqrt(left)
	g.inv[g.n] = 1 / r[g.n]
	g.z[g.n] = zr * g.inv[g.n]
	g.n++
	return true
}

// remove takes row k out: the rows below move up, and Givens rotations bring
// them back to triangular form.
func (g *gram) remove(k int) {
	for i := k; i < g.n-1; i++ {
		copy(g.row(i)[:i+2], g.row(i + 1)[:i+2])
	}
	g.n--
	for i := k; i < g.n; i++ {
		r := g.row(i)
		a, b := r[i], r[i+1]
		h := math.Sqrt(a*a + b*b)
		c, s := a/h, b/h
		r[i], g.inv[i] = h, 1/h
		for j := i + 1; j < g.n; j++ {
			t := g.row(j)
			t[i], t[i+1] = c*t[i]+s*t[i+1], c*t[i+1]-s*t[i]
		}
		g.z[i] = (1 - dotShort(r[:i], g.z[:i])) * g.inv[i]
	}
}

// affine sets u to the weights, sum 1, of the least point of the affine hull.
// False if rounding has made that meaningless.
func (g *gram) affine(u []float64) bool {
	sum := g.back(u, g.z)
	for i := range u[:g.n] {
		u[i] /= sum
	}
	return sum > 0
}

// back solves Lᵀ·u = b and returns the sum of u.
func (g *gram) back(u, b []float64) (sum float64) {
	copy(u, b[:g.n])
	for i := g.n - 1; i >= 0; i-- {
		r := g.row(i)
		v := u[i] * g.inv[i]
		u[i] = v
		sum += v
		for j, l := range r[:i] {
			u[j] -= l * v
		}
	}
	return sum
}

// solve sets u to the solution of (G + s·11ᵀ)·u = b − c·1 whose sum is 0.
func (g *gram) solve(u, b []float64) {
	for i := range g.n {
		g.v[i] = (b[i] - dotShort(g.row(i)[:i], g.v[:i])) * g.inv[i]
	}
	c := g.back(u, g.v) / g.back(g.v, g.z)
	for i := range u[:g.n] {
		u[i] -= c * g.v[i]
	}
}

// dotShort is the dot product of vectors that are mostly short.
func dotShort(x, y []float64) (s float64) {
	if len(x) >= 24 {
		return vec.Dot(x, y[:len(x)])
	}
	y = y[:len(x)]
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
