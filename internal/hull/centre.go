package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// centreAll turns approx into the working coordinates, in place: the kept
// columns, scaled by a power of two where the coordinates' sizes differ wildly,
// then centred at a short number so that the subtraction is mostly exact. err
// bounds what is lost.
func (t *set) centreAll(workers int) {
	d := len(t.cols)
	t.dim = d
	t.maxW, t.err, t.centre = make([]float64, d), make([]float64, d), make([]float64, d)
	t.mean = make([]float64, d)
	t.kept = slices.Repeat([]bool{!t.relErr}, d)
	if t.lean && d != t.src.Dim() {
		t.fatten(workers)
	}
	t.keepColumns()
	r := t.ranges(workers)
	if t.scaleExponents(r); slices.ContainsFunc(t.exp, func(e int) bool { return e != 0 }) {
		if t.lean {
			t.fatten(workers)
			t.keepColumns()
		}
		t.scale()
		r = t.ranges(workers)
	}
	t.same = d == t.src.Dim() && !slices.ContainsFunc(t.exp, func(e int) bool { return e != 0 })
	for c := range d {
		t.centre[c] = short(r.sum[c]/float64(t.n()), r.hi[c]-r.lo[c])
		t.mean[c] = r.sum[c]/float64(t.n()) - t.centre[c]
		if t.relErr {
			t.err[c] = unit*max(math.Abs(r.lo[c]), math.Abs(r.hi[c])) + math.Ldexp(0x1p-1074, -t.exp[c])
		}
		t.err[c] += 0x1p-1000
	}
	t.subtractCentre(workers)
}

// keepColumns moves the kept columns of approx together and makes them w.
func (t *set) keepColumns() {
	if t.lean {
		return
	}
	d, full := t.dim, t.src.Dim()
	t.w, t.approx = t.approx[:t.n()*d], nil
	if d == full {
		return
	}
	all := t.w[:t.n()*full]
	for i := range t.n() {
		for c, col := range t.cols { // sorted: what is overwritten was read
			t.w[i*d+c] = all[i*full+col]
		}
	}
}

// scale divides the columns by their powers of two.
func (t *set) scale() {
	for k, v := range t.w {
		c := k % t.dim
		if e := t.exp[c]; e != 0 {
			t.w[k] = math.Ldexp(v, -e)
			t.kept[c] = t.kept[c] && math.Ldexp(t.w[k], e) == v
		}
	}
}

func (t *set) subtractCentre(workers int) {
	d, n := t.dim, t.n()
	type loss struct{ lost, size []float64 }
	parts := make([]loss, partCount(n, d))
	inParts(workers, n, d, func(k, from, to int) {
		p := loss{make([]float64, d), make([]float64, d)}
		vec.Centre(t.part(from, to), t.centre, p.lost, p.size)
		parts[k] = p
	})
	for c := range d {
		lost := 0.0
		for _, p := range parts {
			lost, t.maxW[c] = max(lost, p.lost[c]), max(t.maxW[c], p.size[c])
		}
		t.err[c] += lost * (1 + 4*unit)
		t.kept[c] = t.kept[c] && lost == 0
	}
}

// short rounds x to a multiple of 2^-10 of the spread (0 stays 0).
func short(x, spread float64) float64 {
	if spread == 0 || math.IsInf(spread, 0) {
		return x
	}
	_, e := math.Frexp(spread)
	step := math.Ldexp(1, e-10)
	if q := x / step; math.Abs(q) < 1e15 {
		return math.Round(q) * step
	}
	return x
}

// scaleExponents chooses exp: 0 everywhere for ordinary data, else each
// coordinate's own size.
func (t *set) scaleExponents(r ranges) {
	t.exp = make([]int, t.dim)
	size := make([]float64, t.dim)
	for c := range size {
		size[c] = max(math.Abs(r.lo[c]), math.Abs(r.hi[c]))
	}
	if len(size) == 0 || (slices.Min(size) > 0x1p-100 && slices.Max(size) < 0x1p100 && slices.Max(size) < 0x1p20*slices.Min(size)) {
		return
	}
	for c, s := range size {
		if s > 0 {
			_, t.exp[c] = math.Frexp(s)
		}
	}
}

// ranges holds the least and largest number of each column, and the sum.
type ranges struct{ lo, hi, sum []float64 }

// ranges of the columns of w. Parts are fixed, so that sums do not depend on
// the number of workers.
func (t *set) ranges(workers int) ranges {
	d, n := t.dim, t.n()
	parts := make([]ranges, partCount(n, d))
	inParts(workers, n, d, func(k, from, to int) {
		r, rows := ranges{make([]float64, d), make([]float64, d), make([]float64, d)}, t.part(from, to)
		copy(r.lo, rows)
		copy(r.hi, rows)
		vec.Range(r.lo, r.hi, r.sum, rows)
		parts[k] = r
	})
	r := parts[0]
	for _, p := range parts[1:] {
		for c := range d {
			r.lo[c], r.hi[c] = min(r.lo[c], p.lo[c]), max(r.hi[c], p.hi[c])
			r.sum[c] += p.sum[c]
		}
	}
	return r
}
