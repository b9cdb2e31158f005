package hull

import (
	"slices"

	"keyhull/internal/vec"
)

// leanFrom is how many float32 numbers a set is kept in from on: its working
// coordinates, as float64, are made when they are asked for, and so are the
// queries that a scan proves. A test lowers it.
var leanFrom = 1 << 22

func (s *Source) lean() bool {
	return s.plain() && s.F32 != nil && s.Dim() >= rowsAt && s.N*s.Dim() >= leanFrom
}

// given writes the nearest floats of point i of the source to dst, which for
// float32 are its numbers.
func (s *Source) given(i int, dst []float64) []float64 {
	for c, v := range s.F32[i*s.Width : (i+1)*s.Width] {
		dst[c] = float64(v) + 0
	}
	return dst
}

// rowIn is row, in the memory of buf where the set is lean.
func (t *set) rowIn(i int, buf []float64) []float64 {
	if !t.lean {
		return t.w[i*t.dim : (i+1)*t.dim]
	}
	x := t.src.F32[int(t.reps[i])*t.src.Width:][:len(t.centre)]
	buf = buf[:len(x)]
	for c, v := range t.centre { // one pass: scans of one query take these
		buf[c] = float64(x[c]) + 0 - v
	}
	return buf
}

// part returns rows from ≤ row < to before they are centred, to be changed at will
// by who centres them.
func (t *set) part(from, to int) []float64 {
	d := t.dim
	if !t.lean {
		return t.w[from*d : to*d]
	}
	rows := make([]float64, (to-from)*d)
	for i := from; i < to; i++ {
		t.src.given(int(t.reps[i]), rows[(i-from)*d:][:d])
	}
	return rows
}

// fatten makes approx of a lean set: coordinates must be dropped or scaled.
func (t *set) fatten(workers int) {
	d := t.src.Dim()
	t.lean, t.approx = false, make([]float64, t.n()*d)
	inParts(workers, t.n(), d, func(_, from, to int) {
		for i := from; i < to; i++ {
			t.src.given(int(t.reps[i]), t.approx[i*d:(i+1)*d])
		}
	})
}

// frame is the frame of the set's own coordinates.
func (t *set) frame() *frame {
	f := &frame{dim: t.dim, w: t.w, maxW: t.maxW, err: t.err}
	if t.lean {
		f.lean = t
	}
	return f
}

// rowIn is row, in the memory of buf where the frame is lean.
func (f *frame) rowIn(i int, buf []float64) []float64 {
	if f.lean != nil {
		return f.lean.rowIn(i, buf)
	}
	return f.w[i*f.dim : (i+1)*f.dim]
}

// setRows sets points from first on of panels to rows of the frame.
func (f *frame) setRows(p *vec.Panels32, first int, order []int32) {
	if f.lean == nil {
		p.SetRows(first, f.w, order)
		return
	}
	buf := make([]float64, f.dim)
	for k, i := range order {
		p.Set(first+k, f.rowIn(int(i), buf))
	}
}

// top scans the first n points.
func (f *frame) top(q []float64, n int) vec.Top2 {
	if f.lean == nil {
		return vec.Top2Rows(q, f.w[:n*f.dim])
	}
	const some = 16
	rows, best := make([]float64, some*f.dim), vec.Top2{}
	for from := 0; from < n; from += some {
		to := min(from+some, n)
		for i := from; i < to; i++ {
			f.rowIn(i, rows[(i-from)*f.dim:][:f.dim])
		}
		r := vec.Top2Rows(q, rows[:(to-from)*f.dim])
		if r.Index += int32(from); from > 0 {
			r = best.Merge(r)
		}
		best = r
	}
	return best
}

// query returns the query of an answer, nil if it has none in floats, and its lead.
func (o *Outcome) query(a *answer) (q []float64, lead float64) {
	if a.own == 0 {
		return a.query, a.gap
	}
	own := make([]float32, o.t.dim)
	s := &solver{f: o.t.frame(), plane: o.t.plainPlane(), mean: o.t.mean}
	s.ownQuery(own, int(a.own-1))
	if q = widen(own); o.leads {
		return q, a.gap
	}
	return q, o.t.shorten(q, a.gap)
}

// equal32 compares points as given.
func (s *Source) equal32(i, j int) bool {
	return slices.Equal(s.F32[i*s.Width:(i+1)*s.Width], s.F32[j*s.Width:(j+1)*s.Width])
}
