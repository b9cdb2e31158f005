package hull

import "math"

// What the 1e-12 that distances may be off are spent on, relative to |x|: on
// scores that differ, on rounding of them too, and on x being off the hull.
const (
	swiftSpread = 2e-13
	swiftLoss   = 6e-13
	swiftOff    = 2e-13
)

// prove finds the distance if all scores x·y_j can be shown to be near x·x: for
// any x, the least of them over |x| is a lower bound, and |x| is an upper one
// where x is a combination of corners with weights above 0. best is what the
// scan for x found, which did not see the corners.
func (w *swift) prove(best float64) (Length, bool) {
	k := w.k
	least := k.Spread()
	for range 2 {
		if least > k.Square*(1-swiftSpread) {
			break
		}
		if !k.Refine() {
			return Length{}, false
		}
		least, best = k.Spread(), w.scan()
	}
	root := math.Sqrt(k.Square)
	loss, off := w.errors(root)
	least -= loss
	if !(least > k.Square*(1-swiftLoss) && off < swiftOff*root && w.above(least, best)) {
		return Length{}, false
	}
	f, e := math.Frexp(least / root * (1 - float64(w.f.dim+8)*unit))
	return Length{f, e}, true
}

// errors bounds what a corner's score is off by: rounding of d products and of
// a difference, and twice the points' own errors; and how far x is from the hull.
func (w *swift) errors(root float64) (loss, off float64) {
	k, d := w.k, float64(w.f.dim)
	far, mean, sum := 0.0, 0.0, 0.0
	k.Corners(func(s int) {
		y := math.Sqrt(k.Norm[s])
		far, mean = max(far, y), mean+k.Weight[s]*y
	})
	for _, v := range k.X[:w.f.dim] {
		sum += math.Abs(v)
	}
	return (d+4)*unit*root*far + 2*w.c.err*sum + tiny, float64(w.f.dim+5)*unit*mean + 2*w.c.err*math.Sqrt(d)
}

// above reports that no point but the corners scores less than least for sure.
func (w *swift) above(least, best float64) bool {
	x, own := w.k.X[:w.f.dim], 0.0
	for c, v := range w.f.row(w.p) {
		own += x[c] * v
	}
	off := w.scoreError()
	return off < 1 && -(best+off)-own-w.f.bound64(x) >= least // and no score overflowed
}
