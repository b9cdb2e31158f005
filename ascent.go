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
	mu           float64
	model        ballModel
}

// spot is a query with what was found there.
type spot struct {
	q, share, grad []float64
	active         []int32 // keys whose share is not negligible
	value          float64
	gap            float64 // value is at most this far from its maximum
}

// negligible is how far below the largest a score is whose share is left out.
const negligible = 45

func newAscent(n, dim int) *ascent {
	a := &ascent{n: n, dim: dim, p: make([]float64, n*dim), size: make([]float64, n), hess: make([]float64, dim*dim),
		rows: make([]float64, n*dim), model: newBallModel(dim)}
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
	a.cap, a.mu = 1/float64(equal), 0
	clear(a.at.q)
	a.evaluate(a.at)
}

// climb ends when the value is within 1e-10 of its maximum, or where rounding
// leaves nothing to gain.
func (a *ascent) climb() {
	ceiling := math.Log(a.cap)
	for range 200 {
		if a.at.gap < 1e-10 || ceiling-a.at.value < 1e-11 || !a.step() {
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
	s.gap = a.radius*max(0, math.Sqrt(square)-0x1p-53*noise) - along
}

// step moves towards the maximum of the quadratic model on the ball, and on
// while that gains; false when nothing does.
func (a *ascent) step() bool {
	a.hessian()
	target, gain, mu := a.model.solve(a.hess, a.at, a.radius, a.mu)
	a.mu = mu
	for t := 1.0; t > 1e-12; t /= 2 {
		a.move(a.try, target, t)
		rise := a.try.value - a.at.value
		if rise >= 1e-4*t*gain && rise > 0 {
			if t == 1 && rise > 1.2*gain {
				a.goOn(target)
			}
			a.at, a.try = a.try, a.at
			return true
		}
		if t == 1 && math.Abs(rise) < 1e-12 && a.try.gap < 0.9*a.at.gap { // only rounding is between them
			a.at, a.try = a.try, a.at
			return true
		}
		if t == 1 && gain < 1e-15 {
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

// roots2 are the powers 2^(i/32).
var roots2 = func() (t [32]float64) {
	for i := range t {
		t[i] = math.Exp2(float64(i) / 32)
	}
	return t
}()

// exponentials replaces x_j by exp(x_j − top), for the listed j, where it is
// between e⁻⁴⁵ and 1, within 2 units in the last place, and returns their sum. With x = n·ln2/32 + r,
// |r| < 0.011, Taylor's series to r⁶ is enough (Tang 1989).
func exponentials(x []float64, list []int32, top float64) (sum float64) {
	const hi, lo = 0x1.62e42feep-06, 0x1.a39ef35793c76p-38 // ln2/32; hi has 32 bits
	const round = 0x1.8p52
	for _, j := range list {
		v := x[j] - top
		n := (v*(32*math.Log2E) + round) - round
		r := v - n*hi - n*lo
		p := r + r*r*(1.0/2+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720)))))
		k := int64(n)
		t := roots2[k&31]
		e := (t + t*p) * math.Float64frombits(uint64(k>>5+1023)<<52)
		x[j] = e
		sum += e
	}
	return sum
}
