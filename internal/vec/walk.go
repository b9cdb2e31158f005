package vec

import "unsafe"

// WalkDim is the largest dimension of a [Walk].
const WalkDim = 15

const walkLanes = WalkDim + 1

// Walk walks from simplex to simplex of known points towards a target: the primal
// simplex method for the longest step along the segment from the simplex's centre.
// It enters the known point that is farthest beyond the facet through which the
// segment leaves. M is the inverse of the matrix of columns [x; 1] of the corners,
// column after column: coordinate c of the query of corner i's facet is M[c][i], and
// M[Dim] belongs to the 1. Numbers beyond Dim+1 are 0. The assembler knows where the
// fields lie. Not for concurrent use.
type Walk struct {
	M      [walkLanes][walkLanes]float64
	Tau    [walkLanes]float64 // barycentric coordinates of the target
	Lambda [walkLanes]float64 // and of the point that was reached
	_      [walkLanes]float64 // the kernel's: coordinates of the entering point
	Q      [walkLanes]float32 // direction outwards of the facet where the walk stopped
	_      [Lanes32]int32     // and where the best of each lane is
	Basis  [walkLanes]int32   // the corners
	_      float64            // and how far along the segment leaves
	dim    int
}

// Stop says why a walk stopped.
type Stop int

// Reasons to stop.
const (
	Inside Stop = iota // the target is in the simplex, as far as floats can tell
	Stuck              // no known point is beyond the facet, or none farther than the target
	Long               // too many pivots
)

// NewWalk returns a walk for points of d coordinates; nil if this level has none for
// them.
func NewWalk(d int) *Walk {
	if !hasWalk() || d <= 0 || d > WalkDim {
		return nil
	}
	return &Walk{dim: d}
}

// Columns are the numbers of M that are in use, in one piece.
func (w *Walk) Columns() []float64 {
	return unsafe.Slice(&w.M[0][0], (w.dim+1)*walkLanes)
}

// Aim begins at the centre of the simplex, with target x of Dim numbers.
func (w *Walk) Aim(x []float64) {
	n := w.dim + 1
	tau := w.M[w.dim]
	for c, v := range x[:w.dim] {
		for i, m := range w.M[c][:n] {
			tau[i] += v * m
		}
	}
	w.Tau = tau
	for i := range n {
		w.Lambda[i] = 1 / float64(n)
	}
}

// Run pivots at most so often, at least once, and says why it stopped and at which
// facet. Known points are ids[j] for point j of the panels, with coordinates in row
// ids[j] of rows. The first few panels come first, then four times as many, until a
// point there is beyond the facet. entering, if not negative, is a point that replaces
// the corner of facet at once. It panics unless there is an id for each known point;
// ids and rows must agree.
func (w *Walk) Run(rows []float64, known *Panels32, few int, ids []int32, entering, facet, most int) (why Stop, out int) {
	known.check(w.dim, 1)
	if len(ids) < known.N {
		panic("vec: known points without a number")
	}
	return w.run(rows, known, min(max(few, 1), known.Panels()), ids, entering, facet, most)
}
