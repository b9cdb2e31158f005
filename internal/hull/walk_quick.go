package hull

import (
	"slices"

	"keyhull/internal/vec"
)

// quickPanels is how many panels of known vertices quick scans first.
const quickPanels = 3

// quick is decide by the kernel vec.Walk, where there is one; false if plain
// walks must go on from where it ended.
func (w *walker) quick(p int) (answer, bool) {
	if slices.Contains(w.basis, int32(p)) {
		return answer{}, false
	}
	s, most := w.s, 60+12*w.d
	w.k.Aim(s.f.row(p))
	for e, r := -1, 0; ; {
		var why vec.Stop
		switch why, r = w.k.Run(s.f.w, &s.front32, quickPanels, s.front, e, r, most); why {
		case vec.Inside:
			w.unpack()
			return w.inside(p)
		case vec.Long:
			return answer{}, false
		}
		var lead float64
		if e, lead = w.beyondNew(p, r); lead > 0 {
			return answer{rung: byWalk, verdict: Selectable, query: w.reals.clone(w.q64), gap: lead}, true
		}
		if most--; e < 0 || most == 0 {
			return answer{}, false
		}
	}
}

// beyondNew is beyond where no vertex that was known before is.
func (w *walker) beyondNew(p, r int) (e int, lead float64) {
	for c := range w.row[:w.d+1] {
		w.row[c] = w.k.M[c][r]
	}
	copy(w.q32, w.k.Q[:])
	pv := -w.k.Tau[r]
	if w.local.N > 0 {
		e := int(w.found[vec.Top2F32(w.q32, &w.local).Index].i)
		if w.clear(e, w.row, pv) {
			return e, 0
		}
	}
	return w.beyondAll(p, w.row, pv)
}

// matrix is the inverse as walks of this walker keep it.
func (w *walker) matrix() []float64 {
	if w.k != nil {
		return w.k.Columns()
	}
	return w.m
}

// pack takes over the plain inverse.
func (w *walker) pack() {
	if w.k == nil {
		return
	}
	for i := range w.d + 1 {
		for c, v := range w.m[i*w.ld:][:w.d+1] {
			w.k.M[c][i] = v
		}
	}
}

// unpack is what undoes it.
func (w *walker) unpack() {
	for i := range w.d + 1 {
		row := w.m[i*w.ld:][:w.d+1]
		for c := range row {
			row[c] = w.k.M[c][i]
		}
	}
}
