package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// walker walks from simplex to simplex of known points towards a point p: the
// primal simplex method for the longest step from the simplex's centre to p,
// entering the point farthest beyond the facet through which the segment
// leaves. The inverse m of the matrix of columns [x_j; 1] has the barycentric
// coordinates for rows, so row i is the facet opposite corner i.
type walker struct {
	s      *solver
	d, ld  int
	basis  []int32
	m      []float64 // (d+1)×ld
	k      *vec.Walk // the same again, with the basis, for quick walks; or nil
	row    []float64 // of a facet
	tau    []float64 // barycentric coordinates of p
	lam    []float64 // of the point reached
	u      []float64
	ext    []float64 // [x; 1; 0…]
	q32    []float32
	near32 []float32 // [p; 1]
	q64    []float64
	res    []float64
	col    []float64
	found  []win        // vertices met on the way
	local  vec.Panels32 // the same as panels

	reals slab[float64] // memory of answers
	ints  slab[int32]
}

func newWalker(s *solver) *walker {
	d := s.f.dim
	ld := (d + 4) &^ 3
	buf := make([]float64, 4*(d+1)+ld+2*d+1)
	cut := func(n int) []float64 { b := buf[:n:n]; buf = buf[n:]; return b }
	w := &walker{s: s, d: d, ld: ld, basis: make([]int32, d+1), m: make([]float64, (d+1)*ld),
		tau: cut(d + 1), lam: cut(d + 1), u: cut(d + 1), ext: cut(ld), q64: cut(d), res: cut(d + 1), col: cut(d + 1), q32: make([]float32, d), near32: make([]float32, d+1)}
	w.local.Reset(d)
	if w.k = vec.NewWalk(d); w.k != nil {
		w.basis, w.row = w.k.Basis[:d+1], make([]float64, ld)
	}
	return w
}

// start sets the walk to a given simplex and forgets what was found.
func (w *walker) start(basis []int32, m []float64) {
	copy(w.basis, basis)
	copy(w.matrix(), m)
	w.found = nil
	w.local.Reset(w.d)
}

func (w *walker) extend(i int) []float64 {
	copy(w.ext, w.s.f.row(i))
	w.ext[w.d] = 1
	return w.ext
}

// decide walks towards p. It answers with a proof or not at all.
func (w *walker) decide(p int) answer {
	if w.k == nil {
		return w.plain(p)
	}
	a, ok := w.quick(p)
	if !ok {
		w.unpack()
		a = w.plain(p)
		w.pack()
	}
	return a
}

func (w *walker) plain(p int) answer {
	for range 2 {
		if !w.leave(p) {
			return answer{}
		}
		vec.MatVec(w.tau, w.m, w.ld, w.d+1, w.extend(p))
		for i := range w.lam {
			w.lam[i] = 1 / float64(w.d+1)
		}
		if a, ok := w.walk(p); ok {
			return a
		}
		if !w.refactor() {
			return answer{}
		}
	}
	return answer{}
}

// walk pivots until p is inside the simplex or alone beyond a facet, or a
// cancelled context ends it without an answer.
func (w *walker) walk(p int) (answer, bool) {
	for k := range 60 + 12*w.d {
		if k%64 == 63 && w.s.step != nil && w.s.step(0) != nil {
			return answer{}, true
		}
		r, step := w.exit()
		if r < 0 {
			return w.inside(p)
		}
		e, lead := w.beyond(p, r)
		if lead > 0 {
			return answer{rung: byWalk, verdict: Selectable, query: w.reals.clone(w.q64), gap: lead}, true
		}
		if e < 0 {
			return answer{}, false
		}
		for i := range w.lam {
			w.lam[i] += step * (w.tau[i] - w.lam[i])
		}
		w.lam[r] = 0
		w.pivot(r, e)
	}
	return answer{}, false
}

// exit is the facet through which the segment to p leaves the simplex, and how
// far along; −1 if p is inside as far as floats can tell.
func (w *walker) exit() (r int, step float64) {
	r = -1
	least := int64(math.MaxInt64)
	for i, tau := range w.tau {
		lam := w.lam[i]
		t := int64(math.Float64bits(lam / (lam - tau))) // ordered as the floats ≥ 0 are
		leaves := int64(math.Float64bits(tau+1e-13)) >> 63
		if t = t&leaves | math.MaxInt64&^leaves; t < least { // no branch on random signs
			r, least = i, t
		}
	}
	return r, math.Float64frombits(uint64(least))
}

// pivot replaces corner r by point e.
func (w *walker) pivot(r, e int) {
	vec.MatVec(w.u, w.m, w.ld, w.d+1, w.extend(e))
	vec.Pivot(w.m, w.ld, w.d+1, r, w.u)
	t := w.tau[r] / w.u[r]
	for k := range w.tau {
		w.tau[k] -= w.u[k] * t
	}
	w.tau[r] = t
	w.basis[r] = int32(e)
}

// leave makes sure that p is no corner of the simplex.
func (w *walker) leave(p int) bool {
	r := slices.Index(w.basis, int32(p))
	if r < 0 {
		return true
	}
	row := w.m[r*w.ld : r*w.ld+w.ld]
	best, at := 1e-9, -1
	for j := range w.s.n() {
		if j == p || slices.Contains(w.basis, int32(j)) {
			continue
		}
		if v := math.Abs(vec.Dot(row, w.extend(j))); v > best {
			best, at = v, j
		}
	}
	if at < 0 {
		return false
	}
	w.pivot(r, at)
	return true
}

// refactor inverts the matrix of the corners anew; false if it is singular.
func (w *walker) refactor() bool { return w.refactorBy(1) }

func (w *walker) refactorBy(workers int) bool {
	n := w.d + 1
	cols := make([]float64, n*n)
	for j, b := range w.basis {
		for c, v := range w.s.f.row(int(b)) {
			cols[c*n+j] = v
		}
		cols[w.d*n+j] = 1
	}
	ok := invert(w.m, w.ld, cols, n, workers)
	w.pack()
	return ok
}
