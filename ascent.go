package keyhull

import (
	"math"

	"keyhull/internal/vec"
)

// ascent maximizes value(q) = −log Σ_j exp(q·p_j), p_j = k_j − k_i, on a ball:
// Newton's method, the model maximized over the ball exactly (Moré and Sorensen
// 1983), with a search along each step.
type ascent struct {
	n, dim       int
	p            []float64 // dim×n, coordinate after coordinate
	size         []float64 // sum of |p| of each key
	radius       float64
	cap          float64 // 1 over the number of keys equal to key i
	at, try, far *spot
	hess         []float64 // dim×dim, of −value at at
	heavy        []int32   // keys that make up the Hessian,
	root         []float64 // the roots of their shares,
	rows         []float64 // and p times that, coordinate after coordinate
	mu, pull     float64   // of the last model
	best         []float64 // the query of the highest value,
	value        float64   // that value,
	bound        float64   // and the least upper bound found
	model        ballModel
}

// spot is a query with what was found there.
type spot struct {
	q, share, grad []float64
	active         []int32 // keys whose share is not negligible
	value          float64
	gap            float64 // value is at most this far from its maximum
	noise          float64 // bounds the rounding error of grad
}

// negligible is how far below the largest a score is whose share is left out.
const negligible = 45

func newAscent(n, dim int) *ascent {
	a := &ascent{n: n, dim: dim, p: make([]float64, n*dim), size: make([]float64, n), hess: make([]float64, dim*dim),
		rows: make([]float64, n*dim), best: make([]float64, dim), model: newBallModel(dim)}
	for _, s := range []**spot{&a.at, &a.try, &a.far} {
		*s = &spot{q: make([]float64, dim), share: make([]float64, n), grad: make([]float64, dim), active: make([]int32, 0, n)}
	}
	return a
}

func (a *ascent) column(c int) []float64 { return a.p[c*a.n : (c+1)*a.n] }

// start sets p and evaluates q = 0.
func (a *ascent) start(m *metric, i int) {
	clear(a.size)
	for c := range a.dim {
		col, own := a.column(c), m.hi[c*a.n+i]
		for j, x := range m.hi[c*a.n : (c+1)*a.n] {
			col[j] = x - own
		}
		if m.lo != nil {
			own := m.lo[c*a.n+i]
			for j, x := range m.lo[c*a.n : (c+1)*a.n] {
				col[j] += x - own
			}
		}
		for j, x := range col {
			a.size[j] += math.Abs(x)
		}
	}
	equal := 0
	for _, s := range a.size {
		if s == 0 {
			equal++
		}
	}
	a.cap, a.mu, a.pull = 1/float64(equal), 0, 0
	a.value, a.bound = math.Inf(-1), math.Log(a.cap)
	clear(a.at.q)
	a.evaluate(a.at)
}

// climb ends when the best value is within 1e-10 of the least bound, or where
// rounding leaves nothing to gain.
func (a *ascent) climb() {
	ceiling := math.Log(a.cap)
	for range 200 {
		if a.bound-a.value < 1e-10 || ceiling-a.value < 1e-11 || !a.step() {
			return
		}
	}
}

// evaluate sets all of s at s.q.
func (a *ascent) evaluate(s *spot) {
	clear(s.share)
	for c, v := range s.q {
		vec.Axpy(v, a.column(c), s.share)
	}
	top := 0.0 // the key's own score
	for _, v := range s.share {
		if v > top {
			top = v
		}
	}
	s.active = s.active[:0]
	for j, v := range s.share {
		if v > top-negligible {
			s.active = append(s.active, int32(j))
		} else {
			s.share[j] = 0
		}
	}
	sum := exponentials(s.share, s.active, top)
	s.value = -top - math.Log(sum)
	sum = 1 / sum
	for _, j := range s.active {
		s.share[j] *= sum
	}
	a.gradient(s)
}

// gradient sets grad and gap. By concavity the value gains no more than the
// linear model on the ball; of the gradient what its rounding explains is left
// out: scores are good for some units in the last place of ‖q‖·‖p‖.
func (a *ascent) gradient(s *spot) {
	square, along, largest, noise := 0.0, 0.0, 0.0, 0.0
	for c, q := range s.q {
		g := -vec.Dot(s.share, a.column(c))
		s.grad[c] = g
		square += g * g
		along += g * q
		largest = max(largest, math.Abs(q))
	}
	for _, j := range s.active {
		size := a.size[j]
		noise += s.share[j] * size * (8 + 2*largest*size)
	}
	s.noise = 0x1p-53 * noise
	s.gap = a.radius*max(0, math.Sqrt(square)-s.noise) - along
	a.bound = min(a.bound, s.value+max(s.gap, 0))
	if s.value > a.value {
		copy(a.best, s.q)
		a.value = s.value
	}
}
