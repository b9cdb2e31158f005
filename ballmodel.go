package keyhull

import (
	"math"

	"keyhull/internal/vec"
)

// ballModel maximizes the quadratic model of a concave function on a ball.
type ballModel struct {
	dim     int
	l       []float64 // Cholesky factor of H + μ·1
	b, x, w []float64
}

func newBallModel(dim int) ballModel {
	return ballModel{dim: dim, l: make([]float64, dim*dim), b: make([]float64, dim), x: make([]float64, dim), w: make([]float64, dim)}
}

// solve returns the x of norm at most radius that maximizes the model at s
// with the Hessian −h, and what the model gains: (H + μ)·x = H·q + g with the
// least μ ≥ 0 for which ‖x‖ ≤ radius. That is a root of 1/radius − 1/‖x(μ)‖,
// nearly a straight line in μ, so that Newton's method from the last model's μ
// needs few steps. x is valid until the next call.
func (m *ballModel) solve(h []float64, s *spot, radius, last float64) (x []float64, gain, mu float64) {
	d := m.dim
	largest := 0.0
	for c := range d {
		m.b[c] = s.grad[c] + vec.Dot(h[c*d:(c+1)*d], s.q)
		largest = max(largest, h[c*d+c])
	}
	floor := 1e-15*largest + 1e-290
	lo, hi := floor, math.Inf(1)
	mu = max(last, floor)
	for range 100 {
		if !m.factor(h, mu) {
			lo = mu
			mu = min(8*mu, (mu+hi)/2)
			continue
		}
		size := m.point()
		if math.Abs(size-radius) <= 1e-9*radius || size < radius && mu <= floor {
			break
		}
		if size > radius {
			lo = mu
		} else {
			hi = mu
		}
		if next := mu + m.newton(size)*(size/radius-1); next > lo && next < hi {
			mu = next
		} else if math.IsInf(hi, 0) {
			mu = 8 * mu
		} else if mu = math.Sqrt(lo * hi); hi <= lo*(1+1e-12) {
			break
		}
	}
	return m.x, m.gain(h, s), mu
}

// factor sets l; false unless H + μ·1 is positive definite.
func (m *ballModel) factor(h []float64, mu float64) bool {
	d := m.dim
	for i := range d {
		row := m.l[i*d : (i+1)*d]
		for j := range i {
			row[j] = (h[i*d+j] - dot(row[:j], m.l[j*d:j*d+j])) / m.l[j*d+j]
		}
		v := h[i*d+i] + mu - dot(row[:i], row[:i])
		if !(v > 0) {
			return false
		}
		row[i] = math.Sqrt(v)
	}
	return true
}

// point sets x = (H + μ)⁻¹·b and returns its norm.
func (m *ballModel) point() float64 {
	d := m.dim
	for i := range d {
		m.x[i] = (m.b[i] - dot(m.l[i*d:i*d+i], m.x[:i])) / m.l[i*d+i]
	}
	for i := d - 1; i >= 0; i-- {
		m.x[i] /= m.l[i*d+i]
		v := m.x[i]
		for j, l := range m.l[i*d : i*d+i] {
			m.x[j] -= l * v
		}
	}
	return norm(m.x)
}

// newton is ‖x‖²/‖L⁻¹x‖², the slope of Newton's step for μ.
func (m *ballModel) newton(size float64) float64 {
	d := m.dim
	for i := range d {
		m.w[i] = (m.x[i]/size - dot(m.l[i*d:i*d+i], m.w[:i])) / m.l[i*d+i]
	}
	return 1 / dot(m.w, m.w)
}

// gain is what the model gains from s.q to x.
func (m *ballModel) gain(h []float64, s *spot) (gain float64) {
	d := m.dim
	for c := range d {
		m.w[c] = m.x[c] - s.q[c]
	}
	for c, v := range m.w {
		gain += v * (s.grad[c] - dot(h[c*d:(c+1)*d], m.w)/2)
	}
	return gain
}

// norm is ‖x‖, for numbers of any size.
func norm(x []float64) float64 {
	if s := dot(x, x); s > 1e-280 && s < 1e280 {
		return math.Sqrt(s)
	}
	s := 0.0
	for _, v := range x {
		s = math.Hypot(s, v)
	}
	return s
}

// dot is for vectors that are mostly short.
func dot(x, y []float64) (s float64) {
	if len(x) >= 24 {
		return vec.Dot(x, y[:len(x)])
	}
	y = y[:len(x)]
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
