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
	return w
}

// start sets the walk to a given simplex and forgets what was found.
func (w *walker) start(basis []int32, m []float64) {
	copy(w.basis, basis)
	copy(w.m, m)
	w.found = nil
	w.local.Reset(w.d)
}

func (w *walker) extend(i int) []float64 {
	copy(w.ext, w.s.f.row(i))
	w.ext[w.d] = 1
	return w.ext
}

// decide walks towards p. It answers with a proof or not at all.
func (w *walker) decide(p int) (a answer) {
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

// beyond finds the point farthest beyond facet r: among known vertices first,
// among all points when p seems to beat those. lead > 0 is the proved lead of p
// over all others under the query left in q64.
func (w *walker) beyond(p, r int) (e int, lead float64) {
	row := w.m[r*w.ld : r*w.ld+w.ld]
	pv := -w.tau[r]
	for c := range w.q32 {
		w.q32[c] = float32(-row[c])
	}
	for _, few := range []bool{true, false} {
		if e := w.scanFront(few); e >= 0 {
			if v := -vec.Dot(row, w.extend(e)); v > pv*(1+1e-9) && v > 1e-9 {
				return e, 0
			}
		}
	}
	for c, v := range w.q32 {
		w.q64[c] = float64(v)
	}
	if e, lead, ok := w.s.among32(w.q32); ok && (e != p || lead > 0) {
		if e == p {
			return p, lead
		}
		return w.meet(e, row, pv, lead), 0
	}
	for pass := range 2 {
		for c := range w.q64 {
			w.q64[c] = float64(w.q32[c])
			if pass == 1 {
				w.q64[c] = -row[c]
			}
		}
		top := w.s.top64(w.q64)
		lead = top.Best - top.Second - 2*w.s.f.bound64(w.q64)
		e = int(top.Index)
		if e != p {
			return w.meet(e, row, pv, lead), 0
		}
		if lead > 0 {
			return p, lead
		}
	}
	return -1, 0
}

// meet notes a new vertex e found by a scan and accepts it for entering when
// it lies clearly beyond the facet.
func (w *walker) meet(e int, row []float64, pv, lead float64) int {
	if lead > 0 && w.s.answers[e].rung == undecided && !slices.ContainsFunc(w.found, func(f win) bool { return int(f.i) == e }) {
		w.found = append(w.found, win{i: int32(e), q: w.reals.clone(w.q64), gap: lead})
		w.local.Append(w.s.f.row(e))
	}
	if v := -vec.Dot(row, w.extend(e)); v < pv || v < 1e-12 || slices.Contains(w.basis, int32(e)) {
		return -1
	}
	return e
}

// fewPanels hold the vertices that are scanned first where four times as many
// are known. The first ones are the longest: most other points lie inside their
// hull, and walks to those need no others.
const fewPanels = 6

// scanFront returns the known vertex, or of the first few, that scores highest
// under q32; −1 for none, or if a few are not worth it.
func (w *walker) scanFront(few bool) int {
	front := w.s.front32
	if few {
		if front.Panels() < 4*fewPanels {
			return -1
		}
		front = front.Slice(0, fewPanels)
	}
	top := vec.Top2F32(w.q32, &front)
	at := -1
	if top.Index >= 0 {
		at = int(w.s.front[top.Index])
	}
	if w.local.N > 0 {
		if l := vec.Top2F32(w.q32, &w.local); at < 0 || l.Best > top.Best {
			at = int(w.found[l.Index].i)
		}
	}
	return at
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
	return invert(w.m, w.ld, cols, n, workers)
}
