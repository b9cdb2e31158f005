package hull

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"

	"keyhull/internal/vec"
)

const (
	unit = 0x1p-53 // unit roundoff of float64
	tiny = 0x1p-900
)

// set is a Source prepared for deciding: equal points merged, coordinates
// scaled by powers of two, dependent coordinates dropped, centred.
type set struct {
	src    *Source
	reps   []int32   // first point of each class of equal points
	class  []int32   // for each point its place in reps
	copies [][]int32 // for each rep the other points of its class; nil mostly

	cols  []int // coordinates kept: as many as the affine rank
	shift []int // exact integers of kept coordinate c are value/2^shift[c]
	exp   []int // working coordinates are value/2^exp[c], then centred
	rank  int
	same  bool // all coordinates kept in order, unscaled: queries need no mapping
	dim   int  // len(cols) == rank once reduce has run

	lean   bool      // w is not kept: see lean.go
	w      []float64 // working coordinates, reps × dim
	maxW   []float64 // largest |w| of each coordinate
	err    []float64 // bound of |w − exact| of each coordinate
	kept   []bool    // w is exact in this coordinate
	centre []float64 // what was subtracted, in scaled units
	mean   []float64 // of w, roughly

	ints   []atomicRow // exact rows, made when first asked for
	once   sync.Once   // makes shift and ints
	low    []int       // lowest bit of each working coordinate
	approx []float64   // reps × all coordinates, nearest floats; w takes its place
	relErr bool        // approx is rounded
}

type atomicRow = atomic.Pointer[[]big.Int]

func (t *set) n() int { return len(t.reps) }

// row returns the working coordinates of rep i, in new memory if the set is lean.
func (t *set) row(i int) []float64 {
	if t.lean {
		return t.rowIn(i, make([]float64, t.dim))
	}
	return t.w[i*t.dim : (i+1)*t.dim]
}

// newSet merges equal points and checks every number.
func newSet(src *Source, workers int) (*set, error) {
	t := &set{src: src, lean: src.lean()}
	d := src.Dim()
	if t.lean {
		t.merge(nil, d, workers)
		return t, nil
	}
	all := src.nearestAll(workers)
	if !src.plain() {
		for k, v := range all {
			if v-v != 0 {
				return nil, fmt.Errorf("key %d, coordinate %d is not finite after normalization", k/d, k%d)
			}
		}
	}
	t.relErr = !src.plain()
	t.merge(all, d, workers)
	return t, nil
}

// merge finds the classes of equal rows by hashing the nearest floats, and
// leaves in approx one row of each. A lean set has them made.
func (t *set) merge(all []float64, d, workers int) {
	n := t.src.N
	hashes := make([]uint64, n)
	inParts(workers, n, d, func(_, from, to int) {
		buf := make([]float64, d)
		for i := from; i < to; i++ {
			if t.lean {
				hashes[i] = hashRow(t.src.given(i, buf))
			} else {
				hashes[i] = hashRow(all[i*d : (i+1)*d])
			}
		}
	})
	t.class = make([]int32, n)
	t.reps = make([]int32, 0, n)
	size := 16
	for size < 2*n {
		size *= 2
	}
	table := make([]int32, size) // place in reps + 1
	for i, h := range hashes {
		slot := int(h) & (size - 1)
		for {
			r := table[slot]
			if r == 0 {
				t.reps = append(t.reps, int32(i))
				table[slot] = int32(len(t.reps))
				t.class[i] = int32(len(t.reps) - 1)
				break
			}
			j := int(t.reps[r-1])
			if h == hashes[j] && (t.lean && t.src.equal32(i, j) || !t.lean && slices.Equal(all[i*d:(i+1)*d], all[j*d:(j+1)*d]) && t.equal(i, j)) {
				t.addCopy(int(r-1), i)
				break
			}
			slot = (slot + 1) & (size - 1)
		}
	}
	t.approx = all
	if len(t.reps) < n && !t.lean {
		for r, i := range t.reps { // r ≤ i
			copy(all[r*d:(r+1)*d], all[int(i)*d:(int(i)+1)*d])
		}
	}
}

func (t *set) addCopy(r, i int) {
	if t.copies == nil {
		t.copies = make([][]int32, t.src.N)
	}
	t.class[i] = int32(r)
	t.copies[r] = append(t.copies[r], int32(i))
}

// equal compares two points exactly; their nearest floats agree already.
func (t *set) equal(i, j int) bool {
	if t.src.plain() {
		return true
	}
	for c := range t.src.Dim() {
		low := min(t.src.lowBit(i, c), t.src.lowBit(j, c))
		if low != math.MaxInt32 && t.src.exact(i, c, low).Cmp(t.src.exact(j, c, low)) != 0 {
			return false
		}
	}
	return true
}

// hashRow mixes four chains, so that one product need not wait for another.
func hashRow(row []float64) uint64 {
	const k0, k1, k2, k3 = 0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53, 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9
	h0, h1, h2, h3 := uint64(1), uint64(2), uint64(3), uint64(4)
	for ; len(row) >= 4; row = row[4:] {
		h0 = mix(h0^math.Float64bits(row[0]), k0)
		h1 = mix(h1^math.Float64bits(row[1]), k1)
		h2 = mix(h2^math.Float64bits(row[2]), k2)
		h3 = mix(h3^math.Float64bits(row[3]), k3)
	}
	for _, v := range row {
		h0 = mix(h0^math.Float64bits(v), k0)
	}
	h := mix(h0, k1) ^ mix(h1, k2) ^ mix(h2, k3) ^ mix(h3, k0)
	return h ^ h>>32
}

func mix(h, k uint64) uint64 {
	h *= k
	return h ^ h>>29
}

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

// ranges holds the least and largest number of each column, and the sum.
type ranges struct{ lo, hi, sum []float64 }

// partNumbers is about how many coordinates one part of a pass over all holds.
const partNumbers = 1 << 15

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
