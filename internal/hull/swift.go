package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// swift finds nearest points as nearest does, its plain twin, where that takes
// no care: in few coordinates, not too near the origin, in plain floats. Whoever
// it cannot answer, nearest does. In place of factors it has the inverse of the
// corral's matrix (swift_corral.go), and scans do not see the corral, so that the
// last one is the proof as well (swift_prove.go).
type swift struct {
	c     *Cloud
	f     *frame
	cover *cover
	all   vec.Panels32 // what matters to p; p, the corral and places that are free are hidden
	list  []int32      // the points in all
	place []int32      // where in all a point is
	p     int
	k     swiftCorral
	z     []float64 // a point less p, padded
	q32   []float32
	size  float64 // what q32 is to be multiplied by to give −x
	zeros []float64
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
	w := &swift{c: c, f: &c.w, cover: cover, list: slices.Clone(cover.vertices), place: make([]int32, c.n()), k: newSwiftCorral(d),
		z: make([]float64, (d+3)&^3), q32: make([]float32, d), zeros: make([]float64, d)}
	for at, j := range w.list {
		w.place[j] = int32(at)
	}
	w.all.Reset(d)
	w.all.Resize(len(w.list) + cover.most())
	w.all.SetRows(0, c.w.w, w.list)
	for at := len(w.list); at < w.all.N; at++ {
		w.all.Set(at, w.zeros)
	}
	return w
}

// hide puts the mean in a point's place.
func (w *swift) hide(j int) { w.all.Set(int(w.place[j]), w.zeros) }
func (w *swift) show(j int) { w.all.Set(int(w.place[j]), w.f.row(j)) }

// gather puts the points that matter to p alone behind the vertices, and hides what
// is left of those of another point.
func (w *swift) gather(p int) {
	old := len(w.list)
	w.list = append(w.list[:len(w.cover.vertices)], w.cover.of(p)...)
	for at := len(w.cover.vertices); at < len(w.list); at++ {
		w.place[w.list[at]] = int32(at)
		w.show(int(w.list[at]))
	}
	for at := len(w.list); at < old; at++ {
		w.all.Set(at, w.zeros)
	}
}

// distance is nearest.distance of a vertex; false where it does not know.
func (w *swift) distance(p int, start []float64) (Length, bool) {
	w.p = p
	w.k.reset()
	if len(start) != w.f.dim {
		start = w.f.row(p)
	}
	for c, v := range start {
		w.k.x[c] = -v
	}
	w.gather(p)
	w.hide(p)
	l, ok := w.search()
	for _, j := range w.k.index[:w.k.n] {
		w.show(int(j))
	}
	w.show(p)
	return l, ok
}

// search walks from corral to corral until no point is below.
func (w *swift) search() (Length, bool) {
	k := &w.k
	for range 8 + 8*w.f.dim {
		top := w.scan()
		if int(top.Index) >= len(w.list) {
			return Length{}, false // the mean is as low as any point
		}
		j := w.list[top.Index]
		if int(j) == w.p || slices.Contains(k.index[:k.n], j) {
			return Length{}, false
		}
		w.difference(int(j))
		if k.n > 0 && !(dotShort(k.x, w.z) < k.square*(1-swiftSpread)) {
			return w.prove(top.Best)
		}
		before := k.square
		if !k.add(j, w.z) {
			return w.prove(top.Best)
		}
		w.hide(int(j))
		if !k.settle(w.show) || !(k.square < before && k.square > swiftLeast) {
			return Length{}, false
		}
	}
	return Length{}, false
}

// scan scores all points but those hidden under q32 = −x/size.
func (w *swift) scan() vec.Top2 {
	w.size = 0
	for _, v := range w.k.x {
		w.size = max(w.size, math.Abs(v))
	}
	f := -1 / w.size
	for c := range w.q32 {
		w.q32[c] = float32(w.k.x[c] * f)
	}
	return vec.Top2F32(w.q32, &w.all)
}

// difference sets z to x_j − x_p.
func (w *swift) difference(j int) {
	xp := w.c.row(w.p)
	for c, v := range w.c.row(j) {
		w.z[c] = v - xp[c]
	}
}
