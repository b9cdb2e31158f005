package hull

import (
	"math"
	"sync"

	"keyhull/internal/vec"
)

// starts keeps the simplices in which walks ended. A later walk begins in the one
// whose point is nearest to its own, which takes about half the pivots that it
// takes from any other. Every chunk of walks has a panel of points for itself.
type starts struct {
	d, ld  int
	points vec.Panels32 // [x; −x·x/2]: the nearest to p scores highest under [p; 1]
	basis  []int32      // d+1 a simplex
	m      []float64    // (d+1)×ld a simplex
}

// startNumbers is how many numbers of inverses are kept, or as many as the set has.
const startNumbers = 1 << 16

// startsPool keeps memory between decisions: of many small ones it is a quarter of
// what they take.
var startsPool = sync.Pool{New: func() any { return new(starts) }}

// newStarts makes room for the ends of so many walks, or as many as are kept. Its
// memory goes back to startsPool.
func newStarts(w *walker, walks int) *starts {
	n := w.d + 1
	ld := len(w.matrix()) / n
	most := max(startNumbers, w.s.n()*w.d) / (n * ld)
	count := min(walks+walkChunk-1, most) / walkChunk * walkChunk
	t := startsPool.Get().(*starts)
	t.d, t.ld = w.d, ld
	t.basis, t.m = resized(t.basis, count*n), resized(t.m, count*n*ld)
	t.points.Reset(n)
	t.points.Resize(count)
	for i := range t.points.Data {
		t.points.Data[i] = float32(math.NaN())
	}
	return t
}

// at returns simplex k.
func (t *starts) at(k int) (basis []int32, m []float64) {
	n := t.d + 1
	return t.basis[k*n : (k+1)*n], t.m[k*n*t.ld : (k+1)*n*t.ld]
}

// nearest returns the simplex of one of the given panels whose point is nearest to
// [p; 1]: those of the first few, and one more; −1 if there is none.
func (t *starts) nearest(p []float32, first, own int) int {
	first = min(first, t.points.Panels())
	before := t.points.Slice(0, first)
	top := vec.Top2F32(p, &before)
	if own < t.points.Panels() {
		panel := t.points.Slice(own, own+1)
		if r := vec.Top2F32(p, &panel); r.Best > top.Best {
			return own*walkChunk + int(r.Index)
		}
	}
	if !(top.Best > math.Inf(-1)) {
		return -1
	}
	return int(top.Index)
}

// resume begins the walk to p, of a chunk, in the nearest simplex where a walk of the
// rounds before or of its own chunk ended, if there is one.
func (w *walker) resume(p, round, chunk int) {
	for c, v := range w.extend(p)[:w.d+1] {
		w.near32[c] = float32(v)
	}
	if k := w.s.starts.nearest(w.near32, round, chunk); k >= 0 {
		basis, m := w.s.starts.at(k)
		copy(w.basis, basis)
		copy(w.matrix(), m)
	}
}

// keep keeps the simplex in which walk k ended, at p.
func (w *walker) keep(p, k int) {
	if t := w.s.starts; k < t.points.N {
		row := w.extend(p)[:w.d+1]
		row[w.d] = -vec.Dot(row[:w.d], row[:w.d]) / 2
		t.points.Set(k, row)
		basis, m := t.at(k)
		copy(basis, w.basis)
		copy(m, w.matrix())
	}
}
