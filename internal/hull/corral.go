package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// corral is a set of affinely independent points y_i with weights, and the
// factors L·Q of the matrix of rows [y_i s], s = |y_0|: its rows are linearly
// independent just when the points are affinely so. L is lower triangular, the
// rows of Q are orthonormal, z = L⁻¹·1. The point of least norm of the affine
// hull is then Qᵀz/(z·z), less the last coordinate, and its weights are
// L⁻ᵀz/(z·z). Adding or removing a point takes O(n·d).
type corral struct {
	d      int
	again  float64 // project anew what is left less of than this share
	index  []int32
	lambda []float64 // weights, sum 1
	s      float64
	l      [][]float64 // row i has room for i+2 numbers
	inv    []float64   // 1 over the diagonal of l
	q      []float64   // rows of d+1
	z, u   []float64
	v      []float64 // scratch
}

func newCorral(d int) *corral {
	m := d + 2
	return &corral{d: d, again: 0.25, inv: make([]float64, m), z: make([]float64, m), u: make([]float64, m), v: make([]float64, m)}
}

func (k *corral) n() int { return len(k.index) }

func (k *corral) reset() {
	k.index, k.lambda, k.q = k.index[:0], k.lambda[:0], k.q[:0]
}

func (k *corral) row(i int) []float64   { return k.l[i] }
func (k *corral) ortho(i int) []float64 { return k.q[i*(k.d+1) : (i+1)*(k.d+1)] }

// add appends a point y with weight 0; false if it depends on the others as
// far as floats can tell.
func (k *corral) add(j int32, y []float64) bool {
	n := k.n()
	square := dotShort(y, y)
	if n == 0 {
		k.s = math.Sqrt(square)
	}
	if n == k.d+1 || k.s == 0 {
		return false
	}
	if n == len(k.l) {
		k.l = append(k.l, make([]float64, n+2))
	}
	k.q = append(append(k.q, y...), k.s)
	r, l := k.ortho(n), k.row(n)
	clear(l[:n])
	left := k.project(r, l)
	if left < k.again*(square+k.s*k.s) { // cancellation: once more
		left = k.project(r, l)
	}
	if !(left > 1e-28*(square+k.s*k.s)) {
		k.q = k.q[:n*(k.d+1)]
		return false
	}
	l[n] = math.Sqrt(left)
	k.inv[n] = 1 / l[n]
	for c := range r {
		r[c] *= k.inv[n]
	}
	k.z[n] = (1 - dotShort(l[:n], k.z[:n])) * k.inv[n]
	k.index, k.lambda = append(k.index, j), append(k.lambda, 0)
	if n == 0 {
		k.lambda[0] = 1
	}
	return true
}

// project takes from r its parts along the rows of q, adds them to l, and
// returns what is left of r·r.
func (k *corral) project(r, l []float64) float64 {
	for i := range k.n() {
		q := k.ortho(i)
		f := dotShort(q, r)
		l[i] += f
		axpyShort(-f, q, r)
	}
	return dotShort(r, r)
}

// remove takes out point r: the rows of L below move up, and Givens rotations
// bring them back to triangular form.
func (k *corral) remove(r int) {
	n := k.n() - 1
	for i := r; i < n; i++ {
		copy(k.row(i)[:i+2], k.row(i + 1)[:i+2])
	}
	for i := r; i < n; i++ {
		l := k.row(i)
		h := math.Sqrt(l[i]*l[i] + l[i+1]*l[i+1])
		c, s := l[i]/h, l[i+1]/h
		l[i], k.inv[i] = h, 1/h
		for j := i + 1; j < n; j++ {
			t := k.row(j)
			t[i], t[i+1] = c*t[i]+s*t[i+1], c*t[i+1]-s*t[i]
		}
		a, b := k.ortho(i), k.ortho(i+1)
		for e, v := range a {
			a[e], b[e] = c*v+s*b[e], c*b[e]-s*v
		}
		k.z[i] = (1 - dotShort(l[:i], k.z[:i])) * k.inv[i]
	}
	k.q = k.q[:n*(k.d+1)]
	k.index = slices.Delete(k.index, r, r+1)
	k.lambda = slices.Delete(k.lambda, r, r+1)
}

// settle moves the weights to the least point of the affine hull, removing
// corners whose weight would turn negative on the way, and sets x to it.
// sharpen, if not nil, makes the weights of the least point more precise. False
// if rounding has made them meaningless.
func (k *corral) settle(x []float64, sharpen func(u []float64)) bool {
	for {
		sum := k.back(k.u, k.z)
		if !(sum > 0) {
			return false
		}
		u := k.u[:k.n()]
		for i := range u {
			u[i] /= sum
		}
		if sharpen != nil {
			sharpen(u)
		}
		theta, out := 1.0, -1
		for i, l := range k.lambda {
			if u := u[i]; u <= 0 && l-u > 0 {
				if t := l / (l - u); t < theta {
					theta, out = t, i
				}
			}
		}
		for i := range k.lambda {
			k.lambda[i] += theta * (u[i] - k.lambda[i])
		}
		if out < 0 {
			k.least(x)
			return true
		}
		k.remove(out)
	}
}

// least sets x to the point of least norm of the affine hull.
func (k *corral) least(x []float64) {
	n := k.n()
	clear(x)
	square := dotShort(k.z[:n], k.z[:n])
	for i, f := range k.z[:n] {
		axpyShort(f/square, k.ortho(i)[:k.d], x)
	}
}

// back solves Lᵀ·u = b and returns the sum of u.
func (k *corral) back(u, b []float64) (sum float64) {
	n := k.n()
	copy(u, b[:n])
	for i := n - 1; i >= 0; i-- {
		v := u[i] * k.inv[i]
		u[i] = v
		sum += v
		axpyShort(-v, k.row(i)[:i], u[:i])
	}
	return sum
}

// solve sets u to the solution of (L·Lᵀ)·u = b − c·1 whose sum is 0.
func (k *corral) solve(u, b []float64) {
	for i := range k.n() {
		k.v[i] = (b[i] - dotShort(k.row(i)[:i], k.v[:i])) * k.inv[i]
	}
	c := k.back(u, k.v)
	c /= k.back(k.v, k.z)
	for i := range k.n() {
		u[i] -= c * k.v[i]
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

// axpyShort adds a·x to y; both are mostly short.
func axpyShort(a float64, x, y []float64) {
	if len(x) >= 24 {
		vec.Axpy(a, x, y)
		return
	}
	y = y[:len(x)]
	for i, v := range x {
		y[i] += a * v
	}
}
