package keyhull

import (
	"math"

	"keyhull/internal/vec"
)

// A pull is at least weakest times the gradient's rounding over the radius, so
// that rounding moves a step by 1/weakest of the radius at most.
const weakest, stronger = 1024, 64

// step moves to a better spot; false when rounding leaves none. Where the
// model goes wrong, because its maximum along directions that hardly change the
// value is only rounding, or scores that it leaves out rise on the way there, a
// pull towards the spot shortens the step (Levenberg 1944).
func (a *ascent) step() bool {
	a.hessian()
	last := 0.0
	for a.pull = max(a.pull, weakest*a.at.noise/a.radius); a.pull < 1e300; a.pull *= stronger {
		for c := range a.dim {
			a.hess[c*a.dim+c] += a.pull - last
		}
		last = a.pull
		target, gain, mu := a.model.solve(a.hess, a.at, a.radius, a.mu)
		a.mu = mu
		if a.search(target, gain) {
			return true
		}
		if gain < 1e-18 {
			return false
		}
	}
	return false
}

// search moves towards target, which the model says gains so much, and on
// while that gains; false when nothing does. The last steps gain less than
// values are rounded by: then the gap must fall.
func (a *ascent) search(target []float64, gain float64) bool {
	for t := 1.0; t > 0.1; t /= 2 {
		a.move(a.try, target, t)
		rise := a.try.value - a.at.value
		gains := rise > 0 && rise >= 1e-4*t*gain
		if gains || t == 1 && rise > -max(1e-12, 1e-4*a.at.gap) && a.try.gap < 0.9*a.at.gap {
			if t == 1 {
				a.pull /= stronger
			}
			if t == 1 && gains && rise > 1.2*gain {
				a.goOn(target)
			}
			a.at, a.try = a.try, a.at
			return true
		}
		if gain < 1e-18 {
			return false
		}
	}
	return false
}

// goOn doubles the step while the value rises: where weights vanish as exp(−t),
// Newton's steps are all alike.
func (a *ascent) goOn(target []float64) {
	for t := 2.0; t < 0x1p500; t *= 2 {
		a.move(a.far, target, t)
		if !(a.far.value > a.try.value) {
			return
		}
		a.try, a.far = a.far, a.try
	}
}

// move evaluates at + t·(target − at), brought back to the ball, in s.
func (a *ascent) move(s *spot, target []float64, t float64) {
	for c, q := range a.at.q {
		s.q[c] = q + t*(target[c]-q)
	}
	if size := math.Sqrt(vec.Dot(s.q, s.q)); size > a.radius {
		for c := range s.q {
			s.q[c] *= a.radius / size
		}
	}
	a.evaluate(s)
}

// hessian sets hess to the covariance of p under the shares at at. Shares far
// below the largest are left out, which changes steps by little.
func (a *ascent) hessian() {
	d, share, most := a.dim, a.at.share, 0.0
	for _, j := range a.at.active {
		if share[j] > most && a.size[j] > 0 {
			most = share[j]
		}
	}
	a.heavy, a.root = a.heavy[:0], a.root[:0]
	for _, j := range a.at.active {
		if s := share[j]; s > 1e-9*most {
			a.heavy, a.root = append(a.heavy, j), append(a.root, math.Sqrt(s))
		}
	}
	m := len(a.heavy)
	for c := range d {
		col, row := a.column(c), a.rows[c*m:(c+1)*m]
		for k, j := range a.heavy {
			row[k] = a.root[k] * col[j]
		}
		for e := range c + 1 {
			h := vec.Dot(row, a.rows[e*m:(e+1)*m]) - a.at.grad[c]*a.at.grad[e]
			a.hess[c*d+e], a.hess[e*d+c] = h, h
		}
	}
}
