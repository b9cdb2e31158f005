package hull

import (
	"slices"

	"keyhull/internal/vec"
)

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
		if e := w.scanFront(few); e >= 0 && w.clear(e, row, pv) {
			return e, 0
		}
	}
	return w.beyondAll(p, row, pv)
}

// clear reports that point e is clearly beyond the facet of that row, and farther
// than pv.
func (w *walker) clear(e int, row []float64, pv float64) bool {
	v := -vec.Dot(row, w.extend(e))
	return v > pv*(1+1e-9) && v > 1e-9
}

// beyondAll is beyond among all points, by the query in q32.
func (w *walker) beyondAll(p int, row []float64, pv float64) (e int, lead float64) {
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
