package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// swift finds nearest points as nearest does, its plain twin, where that takes
// no care: in few coordinates, not too near the origin, in plain floats. Whoever
// it cannot answer, nearest does. In place of factors it has an inverse (vec.Corral),
// and scans do not see the corral, so that the last one is the proof as well
// (swift_prove.go).
type swift struct {
	c     *Cloud
	f     *frame
	cover *cover
	all   vec.Panels32 // what matters to p; one coordinate more is 0, or −Inf for the hidden
	list  []int32      // the points in all
	place []int32      // where in all a point is
	p     int
	k     *vec.Corral
	wide  []float64 // a point with one coordinate more
}

const (
	swiftDim  = 24 // up to which dimension this is faster,
	swiftEach = 4  // where there are so many points a coordinate

	swiftLeast = 0x1p-200 // of squares: far from underflow
)

// newSwift is nil where it is of no use.
func newSwift(c *Cloud, cover *cover) *swift {
	d := c.Dim
	if d > swiftDim || c.n() < swiftEach*d {
		return nil
	}
	w := &swift{c: c, f: &c.w, cover: cover, list: slices.Clone(cover.vertices), place: make([]int32, c.n()),
		k: vec.NewCorral(d, 1-swiftSpread, swiftLeast), wide: make([]float64, d+1)}
	for at, j := range w.list {
		w.place[j] = int32(at)
	}
	w.all.Reset(d + 1)
	w.all.Resize(len(w.list) + cover.most())
	for at := range w.all.N {
		if w.wide[d] = math.Inf(-1); at < len(w.list) {
			copy(w.wide, c.w.row(int(w.list[at])))
			w.wide[d] = 0
		}
		w.all.Set(at, w.wide)
	}
	return w
}

// set makes scans find a point of all, or not.
func (w *swift) set(at int32, found bool) {
	v := float32(0)
	if !found {
		v = float32(math.Inf(-1))
	}
	const lanes = vec.Lanes32
	w.all.Data[(int(at)/lanes*w.all.Dim+w.f.dim)*lanes+int(at)%lanes] = v
}

// gather puts the points that matter to p alone behind the vertices, and hides what
// is left of those of another point.
func (w *swift) gather(p int) {
	old := len(w.list)
	w.list = append(w.list[:len(w.cover.vertices)], w.cover.of(p)...)
	w.wide[w.f.dim] = 0
	for at := len(w.cover.vertices); at < len(w.list); at++ {
		w.place[w.list[at]] = int32(at)
		copy(w.wide, w.f.row(int(w.list[at])))
		w.all.Set(at, w.wide)
	}
	for at := len(w.list); at < old; at++ {
		w.set(int32(at), false)
	}
}

// distance is nearest.distance of a vertex; false where it does not know.
func (w *swift) distance(p int, start []float64) (Length, bool) {
	if len(start) != w.f.dim {
		start = w.f.row(p)
	}
	for c, v := range start {
		w.wide[c] = -v
	}
	w.p = p
	w.k.Reset(w.c.row(p), w.wide[:w.f.dim])
	w.gather(p)
	w.set(w.place[p], false)
	l, ok := w.search()
	w.set(w.place[p], true)
	return l, ok
}

// search descends until a scan of all points finds none below.
func (w *swift) search() (Length, bool) {
	for range 8 + 8*w.f.dim {
		best := w.scan()
		added, why := w.k.Descend(w.c.Hi, w.list)
		switch {
		case why == vec.Lost:
			return Length{}, false
		case added > 0 && why == vec.Dependent:
			return w.prove(w.scan())
		case added == 0:
			return w.prove(best)
		}
	}
	return Length{}, false
}

// scan scores all points but p and the corral. Those that are surely not below the
// corral stay far.
func (w *swift) scan() (best float64) {
	w.k.Corners(func(s int) { w.set(w.place[w.k.Index[s]], false) })
	own := 0.0
	for c, v := range w.f.row(w.p) {
		own += float64(w.k.Q[c]) * v
	}
	best = float64(w.k.Approach(&w.all, float32(own-w.k.Square-2*w.scoreError())))
	w.k.Corners(func(s int) { w.set(w.place[w.k.Index[s]], true) })
	return best
}

// scoreError bounds what the score of a scan is off by: as frame.bound32 says, a little
// more since the query is rounded too.
func (w *swift) scoreError() float64 {
	off := 0x1p-139
	for c, q := range w.k.Q[:w.f.dim] {
		off += math.Abs(float64(q)) * (float64(w.f.dim+6)*unit32*w.f.maxW[c] + w.f.err[c])
	}
	return off * (1 + 0x1p-20)
}

// corral lists the corners.
func (w *swift) corral() (list []int32) {
	w.k.Corners(func(s int) { list = append(list, w.k.Index[s]) })
	return list
}
