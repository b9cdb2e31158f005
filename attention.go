package keyhull

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Attention is the answer of BestAttention.
type Attention struct {
	Weight     float64   // softmax weight of the key under Query
	UpperBound float64   // no query within the radius gives more, up to rounding
	Query      []float64 // Dim() numbers, scoring keys after factor and projection
}

// BestAttention returns the largest softmax weight that key i can get from a
// query of norm at most radius: max over ‖q‖ ≤ radius of softmax(q·k)_i. Its
// logarithm is concave in q, so the value is unique; UpperBound follows from
// the gradient and exceeds Weight by about 1e-8 relative at most. Keys equal to
// key i share the weight. Scores are q·k: put a model's 1/√d into the radius.
//
// It fails on keys that Decide refuses. It panics if i or radius is out of
// range. Newton's method, the model maximized over the ball exactly (Moré and
// Sorensen 1983), with backtracking.
func BestAttention(keys Keys, i int, radius float64) (Attention, error) {
	if i < 0 || i >= keys.n || !(radius > 0) || math.IsInf(radius, 0) {
		panic(fmt.Sprintf("keyhull: key %d of %d, radius %v", i, keys.n, radius))
	}
	if _, err := keys.source(); err != nil {
		return Attention{}, err
	}
	m := keys.metric()
	z, exp := m.hi, m.exp
	a := newAscent(z, keys.dim, i, math.Ldexp(radius, exp))
	for range 200 {
		a.evaluate(a.q)
		if a.gap() < 1e-9 || !a.step() {
			break
		}
	}
	a.evaluate(a.q)
	for c := range a.q {
		a.q[c] = math.Ldexp(a.q[c], -exp)
	}
	return Attention{math.Exp(a.value), math.Min(1, math.Exp(a.value+math.Max(a.bound, 0))), a.q}, nil
}

// ascent maximizes value(q) = −log Σ_j exp(q·p_j), p_j = k_j − k_i, on a ball.
type ascent struct {
	n, dim   int
	p        []float64
	radius   float64
	q, trial []float64
	share    []float64 // softmax weights at the last point evaluated
	value    float64
	grad     []float64
	bound    float64
	hess     *mat.SymDense // of −value
}

func newAscent(z []float64, dim, i int, radius float64) *ascent {
	n := len(z) / dim
	a := &ascent{n: n, dim: dim, p: make([]float64, len(z)), radius: radius, q: make([]float64, dim), trial: make([]float64, dim),
		share: make([]float64, n), grad: make([]float64, dim), hess: mat.NewSymDense(dim, nil)}
	for j := range n {
		for c := range dim {
			a.p[j*dim+c] = z[j*dim+c] - z[i*dim+c]
		}
	}
	return a
}

// evaluate sets value, share and grad at q.
func (a *ascent) evaluate(q []float64) {
	top := 0.0 // the key's own score
	for j := range a.n {
		s := 0.0
		for c, v := range a.p[j*a.dim : (j+1)*a.dim] {
			s += v * q[c]
		}
		a.share[j] = s
		top = max(top, s)
	}
	sum := 0.0
	for j, s := range a.share {
		a.share[j] = math.Exp(s - top)
		sum += a.share[j]
	}
	a.value = -top - math.Log(sum)
	clear(a.grad)
	for j := range a.share {
		a.share[j] /= sum
		for c, v := range a.p[j*a.dim : (j+1)*a.dim] {
			a.grad[c] -= a.share[j] * v
		}
	}
}

// gap bounds how far value is from its maximum: by concavity no more than the
// linear model gains on the ball.
func (a *ascent) gap() float64 {
	size, along := 0.0, 0.0
	for c, g := range a.grad {
		size = math.Hypot(size, g)
		along += g * a.q[c]
	}
	a.bound = a.radius*size - along
	return a.bound
}

// step moves q towards the maximum of the quadratic model on the ball; false
// when no step gains.
func (a *ascent) step() bool {
	target := a.model()
	start, slope := a.value, 0.0
	for c, g := range a.grad {
		slope += g * (target[c] - a.q[c])
	}
	for t := 1.0; t > 1e-12; t /= 2 {
		for c := range a.trial {
			a.trial[c] = a.q[c] + t*(target[c]-a.q[c])
		}
		a.evaluate(a.trial)
		if a.value > start && a.value >= start+0.01*t*slope {
			a.q, a.trial = a.trial, a.q
			return true
		}
	}
	return false
}

// model maximizes the quadratic model at q over the ball: (H + μ)·x = H·q + g
// with the least μ ≥ 0 for which ‖x‖ ≤ radius.
func (a *ascent) model() []float64 {
	a.hessian()
	var eig mat.EigenSym
	if !eig.Factorize(a.hess, true) {
		return a.grad
	}
	values := eig.Values(nil)
	var v mat.Dense
	eig.VectorsTo(&v)
	var hq, b mat.VecDense
	hq.MulVec(a.hess, mat.NewVecDense(a.dim, a.q))
	hq.AddVec(&hq, mat.NewVecDense(a.dim, a.grad))
	b.MulVec(v.T(), &hq)
	mu := a.multiplier(values, b.RawVector().Data)
	for c := range a.dim {
		b.SetVec(c, b.AtVec(c)/(max(values[c], 0)+mu))
	}
	var x mat.VecDense
	x.MulVec(&v, &b)
	if size := mat.Norm(&x, 2); size > a.radius {
		x.ScaleVec(a.radius/size, &x)
	}
	return x.RawVector().Data
}

// multiplier finds μ with ‖b/(λ+μ)‖ = radius, or a tiny one if the maximum is
// inside the ball, by bisection on the logarithm.
func (a *ascent) multiplier(values, b []float64) float64 {
	size := func(mu float64) float64 {
		s := 0.0
		for c, v := range values {
			s = math.Hypot(s, b[c]/(max(v, 0)+mu))
		}
		return s
	}
	lo := 1e-14 * (values[len(values)-1] + 1e-280)
	if size(lo) <= a.radius {
		return lo
	}
	hi := 0.0
	for _, v := range b {
		hi = math.Hypot(hi, v)
	}
	hi = max(hi/a.radius, 2*lo)
	for range 80 {
		mid := math.Sqrt(lo * hi)
		if size(mid) > a.radius {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// hessian sets hess to the covariance of p under share.
func (a *ascent) hessian() {
	d := a.dim
	raw := a.hess.RawSymmetric().Data
	clear(raw)
	for j, s := range a.share {
		if s < 1e-20 {
			continue
		}
		row := a.p[j*d : (j+1)*d]
		for c, v := range row {
			f := s * v
			for e := c; e < d; e++ {
				raw[c*d+e] += f * row[e]
			}
		}
	}
	for c := range d {
		for e := c; e < d; e++ {
			raw[c*d+e] -= a.grad[c] * a.grad[e]
		}
	}
}
