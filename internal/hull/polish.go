package hull

import (
	"math"
	"slices"
)

// two is a number as an unevaluated sum of two floats, good for 2^-100 or so
// relative (Dekker 1971; Ogita, Rump and Oishi 2005).
type two struct{ hi, lo float64 }

func twoSum(a, b float64) two {
	s := a + b
	bb := s - a
	return two{s, (a - (s - bb)) + (b - bb)}
}

func twoProd(a, b float64) two {
	p := a * b
	return two{p, math.FMA(a, b, -p)}
}

func (a two) add(b two) two {
	s := twoSum(a.hi, b.hi)
	t := twoSum(a.lo, b.lo)
	s = quick(s.hi, s.lo+t.hi)
	return quick(s.hi, s.lo+t.lo)
}

func (a two) sub(b two) two { return a.add(two{-b.hi, -b.lo}) }

func (a two) mul(b two) two {
	p := twoProd(a.hi, b.hi)
	return quick(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

// quick is twoSum for |a| ≥ |b| or a = 0.
func quick(a, b float64) two {
	s := a + b
	return two{s, b - (s - a)}
}

// twice is the roundoff of sums and products of two numbers, with room.
const twice = 0x1p-100

// polish is the memory of prove.
type polish struct {
	x       []two
	y       []two // rows of the corral
	rest    []two
	weights []float64
	precise []two // weights, but the first
	rho     []float64
	step    []float64
}

func newPolish(d int) polish {
	return polish{x: make([]two, d), y: make([]two, (d+2)*d), rest: make([]two, d), weights: make([]float64, d+2), precise: make([]two, d+2), rho: make([]float64, d+2), step: make([]float64, d+2)}
}

// difference sets y to x_j − x_p.
func (w *nearest) difference(y []two, j int) {
	d := w.f.dim
	xp, xj := w.c.row(w.p), w.c.row(j)
	for c := range y {
		y[c] = twoSum(xj[c], -xp[c])
		if w.c.Lo != nil {
			y[c] = y[c].add(twoSum(w.c.Lo[j*d+c], -w.c.Lo[w.p*d+c]))
		}
	}
}

// prove refines the corral's least point x until it is good for 1e-12 or so,
// and bounds x·y_j/|x| below for all j: the smallest is the margin. If that is
// not close to |x|, it fails, with a point that is below the corral or −1.
func (w *nearest) prove() (l Length, j int32, ok bool) {
	weights := w.polish.weights[:w.k.n()]
	copy(weights, w.k.lambda)
	least, square := w.refine(weights)
	if !(least > square*(1-1e-12)) || slices.ContainsFunc(weights, func(l float64) bool { return !(l > 0) }) {
		return l, -1, false
	}
	copy(w.k.lambda, weights)
	w.round()
	w.hide(w.k.index...)
	least, j = w.others(least, square)
	w.show(1)
	f, e := math.Frexp(least / math.Sqrt(square) * (1 - 4*unit))
	return Length{f, e}, j, j < 0 && least > square*(1-4e-13)
}

func (w *nearest) sharpen(u []float64) { w.refine(u) }

// round sets x to what refine found.
func (w *nearest) round() {
	for i, v := range w.polish.x {
		w.x[i] = v.hi
	}
}

// refine computes the least point x of the corral's affine hull and its weights
// in twice the precision, where it solves for what the scores of the corners
// differ by until they agree: weights that are positive then put x in the hull,
// even where x is nearer to 0 than rounding a weight moves it. least is a lower
// bound of the scores, square is x·x.
func (w *nearest) refine(weights []float64) (least, square float64) {
	d, n := w.f.dim, w.k.n()
	y := w.polish.y[:n*d]
	for i, j := range w.k.index {
		w.difference(y[i*d:(i+1)*d], int(j))
	}
	copy(w.polish.x, y[:d])
	precise := w.polish.precise[:n]
	clear(precise)
	w.move(weights)
	for range 8 {
		sum := w.score(w.polish.x)
		square, least = sum.hi, math.Inf(1)
		worst := 0.0
		for i := range n {
			s := w.score(y[i*d : (i+1)*d])
			r := s.sub(sum).hi
			w.polish.rho[i] = -r
			worst, least = max(worst, math.Abs(r)), min(least, s.hi)
		}
		if worst <= 1e-14*square {
			break
		}
		w.k.solve(w.polish.step, w.polish.rho)
		most := 0.0
		for _, v := range w.polish.step[:n] {
			most = max(most, math.Abs(v))
		}
		w.move(w.polish.step)
		if n == d+1 && most < 1e-12 { // the least point is 0
			break
		}
	}
	first := two{1, 0}
	for i, v := range precise[1:] {
		first = first.sub(v)
		weights[i+1] = v.hi
	}
	weights[0] = first.hi
	return least - w.slack(), square
}

// move adds Σ step_i·(y_i − y_0) to x, and the steps to the weights of x.
func (w *nearest) move(step []float64) {
	d, x, y := w.f.dim, w.polish.x, w.polish.y
	for i := 1; i < w.k.n(); i++ {
		f := two{step[i], 0}
		w.polish.precise[i] = w.polish.precise[i].add(f)
		for c := range x {
			x[c] = x[c].add(y[i*d+c].sub(y[c]).mul(f))
		}
	}
}

// score is x·y.
func (w *nearest) score(y []two) (s two) {
	for c, v := range w.polish.x {
		s = s.add(v.mul(y[c]))
	}
	return s
}

// slack bounds the error of a score: of rounding and of the points.
func (w *nearest) slack() float64 {
	size := tiny
	for _, v := range w.polish.x {
		size += math.Abs(v.hi)
	}
	return size * (float64(w.f.dim+4)*2*twice*w.c.largest + 2*w.c.Err) * 1.01
}

// others lowers least to the scores of the points outside the corral. A scan
// that does not see the corral finds the lowest; one too near to tell is
// computed in twice the precision and hidden too. A point that is below the
// corral is returned, else −1.
func (w *nearest) others(least, square float64) (float64, int32) {
	own := 0.0
	for c, v := range w.x {
		w.q[c] = -v
		own -= v * w.f.row(w.p)[c]
	}
	bound := 2 * w.f.bound64(w.q) * (1 + 2/float64(w.f.dim+3)) // x is rounded too
	for range w.f.dim + 4 {
		j, best := w.scan()
		if j < 0 || own-best-bound >= least {
			return least, -1
		}
		w.difference(w.polish.rest, int(j))
		s := w.score(w.polish.rest).hi
		if s < square*(1-1e-13) {
			return least, j
		}
		least = min(least, s-w.slack())
		w.hide(j)
	}
	return 0, -1 // too many are near
}
