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
	k := &w.k
	least := k.scores()
	for range 2 {
		if least > k.square*(1-swiftSpread) {
			break
		}
		if !k.refine() {
			return Length{}, false
		}
		least, best = k.scores(), w.scan().Best
	}
	root := math.Sqrt(k.square)
	loss, off := w.errors(root)
	least -= loss
	if !(least > k.square*(1-swiftLoss) && off < swiftOff*root && w.above(least, best)) {
		return Length{}, false
	}
	f, e := math.Frexp(least / root * (1 - float64(w.f.dim+8)*unit))
	return Length{f, e}, true
}

// errors bounds what a corner's score is off by: rounding of d products and of
// a difference, and twice the points' own errors; and how far x is from the hull.
func (w *swift) errors(root float64) (loss, off float64) {
	k, d := &w.k, float64(w.f.dim)
	far, mean, sum := 0.0, 0.0, 0.0
	for i, l := range k.lambda[:k.n] {
		y := math.Sqrt(k.norms[i])
		far, mean = max(far, y), mean+l*y
	}
	for _, v := range k.x {
		sum += math.Abs(v)
	}
	return (d+4)*unit*root*far + 2*w.c.err*sum + tiny, float64(k.n+4)*unit*mean + 2*w.c.err*math.Sqrt(d)
}

// above reports that no point but the corners scores less than least for sure.
// A score that the scan finds is off as frame.bound32 says, a little more since
// its query is rounded too; p's own by bound64.
func (w *swift) above(least, best float64) bool {
	x, own, off := w.k.x[:w.f.dim], 0.0, 0x1p-139
	for c, v := range w.f.row(w.p) {
		own += x[c] * v
		off += math.Abs(float64(w.q32[c])) * (float64(w.f.dim+6)*unit32*w.f.maxW[c] + w.f.err[c])
	}
	return -w.size*(best+off*(1+0x1p-20))-own-w.f.bound64(x) >= least
}
