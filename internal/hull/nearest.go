package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// nearest finds the point x of least norm in the hull of all y_j = x_j − x_p,
// j ≠ p (Wolfe, "Finding the nearest point in a polytope", 1976): it steps from
// corral to corral, each the corners of a simplex that has its least point
// inside.
type nearest struct {
	c      *Cloud
	f      *frame
	all    vec.Panels64
	all32  vec.Panels32
	p      int
	hidden []int32 // points that scans do not see: p, and in prove more
	slow   bool    // weights are refined at every step
	k      *corral
	x, q   []float64
	q32    []float32
	polish polish
}

func newNearest(c *Cloud) *nearest {
	d := c.Dim
	w := &nearest{c: c, f: &c.w, k: newCorral(d), x: make([]float64, d), q: make([]float64, d), q32: make([]float32, d), polish: newPolish(d)}
	fill(&w.all, w.f, c.n())
	fill(&w.all32, w.f, c.n())
	return w
}

// distance finds the distance of point p. The corral may be a first one.
func (w *nearest) distance(p int, start []float64, corral []int32) Length {
	w.p, w.slow = p, false
	w.hide(int32(p))
	defer w.show(0)
	if len(start) != w.f.dim {
		start = w.f.row(p)
	}
	for c, v := range start {
		w.x[c] = -v
	}
	w.begin(corral)
	for range 40 + 10*w.f.dim {
		j := int32(-1)
		if w.search() {
			var l Length
			var ok bool
			if l, j, ok = w.prove(); ok {
				return l
			}
		}
		if w.slow && j < 0 {
			break
		}
		w.slow = true
		if j >= 0 && !w.enter(j) || j < 0 && !w.settle() {
			break
		}
	}
	return w.c.exactDistance(p, w.k.index)
}

// begin takes over a corral, or begins with none.
func (w *nearest) begin(corral []int32) {
	w.k.reset()
	for _, j := range corral {
		if int(j) == w.p || !w.enter(j) {
			w.k.reset()
			return
		}
	}
}

// search walks from corral to corral until no scan finds a point below; false
// if rounding stops it.
func (w *nearest) search() bool {
	for range 40 + 10*w.f.dim {
		j := int32(-1)
		if w.slow {
			j, _ = w.scan()
		} else {
			j = w.scan32()
		}
		if !w.below(j) {
			return true
		}
		before := dotShort(w.x, w.x)
		started := w.k.n() > 0
		if !w.enter(j) {
			return false
		}
		if started && !(dotShort(w.x, w.x) < before) {
			return !w.slow
		}
	}
	return false
}

// below reports that point j is clearly below the corral and not in it.
func (w *nearest) below(j int32) bool {
	if w.k.n() == 0 {
		return true
	}
	if slices.Contains(w.k.index, j) {
		return false
	}
	s := 0.0
	xp, xj := w.c.row(w.p), w.c.row(int(j))
	for c, v := range w.x {
		s += v * (xj[c] - xp[c])
	}
	square := dotShort(w.x, w.x)
	return s < square*(1-1e-14)-2*w.f.bound64(w.x)
}

// scan32 returns the point with the least x·y_j, in float32.
func (w *nearest) scan32() int32 {
	size := 0.0
	for _, v := range w.x {
		size = max(size, math.Abs(v))
	}
	if !(size > 0) {
		return int32(w.c.other(w.p))
	}
	for c, v := range w.x {
		w.q32[c] = float32(-v / size)
	}
	return w.seen(vec.Top2F32(w.q32, &w.all32).Index)
}

// scan returns the point with the least x·y_j of those not hidden, and −x·x_j,
// in float64.
func (w *nearest) scan() (j int32, best float64) {
	for c, v := range w.x {
		w.q[c] = -v
	}
	top := vec.Top2F64(w.q, &w.all)
	return w.seen(top.Index), top.Best
}

// seen turns a hidden point into the one that stands in for it.
func (w *nearest) seen(j int32) int32 {
	if slices.Contains(w.hidden, j) {
		return w.behind()
	}
	return j
}

// behind is the point that stands in for hidden ones: the first not hidden, or
// −1.
func (w *nearest) behind() int32 {
	for j := range int32(w.c.n()) {
		if !slices.Contains(w.hidden, j) {
			return j
		}
	}
	return -1
}

// hide takes points out of the scans by putting another in their place; out
// of float32 scans only the first.
func (w *nearest) hide(points ...int32) {
	w.hidden = append(w.hidden, points...)
	b := w.behind()
	if b < 0 {
		return
	}
	for _, j := range w.hidden {
		w.all.Set(int(j), w.f.row(int(b)))
	}
	if len(w.hidden) == 1 {
		w.all32.Set(w.p, w.f.row(int(b)))
	}
}

// show brings back all hidden points but so many.
func (w *nearest) show(but int) {
	for _, j := range w.hidden[but:] {
		w.all.Set(int(j), w.f.row(int(j)))
	}
	if but == 0 {
		w.all32.Set(w.p, w.f.row(w.p))
	}
	w.hidden = w.hidden[:but]
}

// enter adds point j to the corral and moves to the new least point.
func (w *nearest) enter(j int32) bool {
	xp := w.c.row(w.p)
	for c, v := range w.c.row(int(j)) {
		w.q[c] = v - xp[c]
	}
	return w.k.add(j, w.q) && w.settle()
}

// settle moves to the least point of the corral.
func (w *nearest) settle() bool {
	if !w.slow {
		return w.k.settle(w.x, nil)
	}
	ok := w.k.settle(w.x, w.sharpen)
	w.round()
	return ok
}
