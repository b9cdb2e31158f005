package hull

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
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

	w      []float64 // working coordinates, reps × dim
	maxW   []float64 // largest |w| of each coordinate
	err    []float64 // bound of |w − exact| of each coordinate
	kept   []bool    // w is exact in this coordinate
	centre []float64 // what was subtracted, in scaled units

	ints   []atomicRow // exact rows, made when first asked for
	once   sync.Once   // makes shift and ints
	low    []int       // lowest bit of each working coordinate
	approx []float64   // reps × all coordinates, nearest floats
	relErr bool        // approx is rounded
}

type atomicRow = atomic.Pointer[[]big.Int]

func (t *set) n() int              { return len(t.reps) }
func (t *set) row(i int) []float64 { return t.w[i*t.dim : (i+1)*t.dim] }

// newSet merges equal points and checks every number.
func newSet(src *Source) (*set, error) {
	t := &set{src: src}
	d := src.Dim()
	all := src.nearestAll()
	for k, v := range all {
		if v-v != 0 {
			return nil, fmt.Errorf("key %d, coordinate %d is not finite after normalization", k/d, k%d)
		}
	}
	t.relErr = !src.plain()
	t.merge(all, d)
	return t, nil
}

// merge finds the classes of equal rows by hashing the nearest floats.
func (t *set) merge(all []float64, d int) {
	n := t.src.N
	t.class = make([]int32, n)
	t.reps = make([]int32, 0, n)
	size := 16
	for size < 2*n {
		size *= 2
	}
	table := make([]int32, size) // place in reps + 1
	same := true
	for i := range n {
		row := all[i*d : (i+1)*d]
		slot := int(hashRow(row)) & (size - 1)
		for {
			r := table[slot]
			if r == 0 {
				t.reps = append(t.reps, int32(i))
				table[slot] = int32(len(t.reps))
				t.class[i] = int32(len(t.reps) - 1)
				break
			}
			if j := int(t.reps[r-1]); slices.Equal(row, all[j*d:(j+1)*d]) && t.equal(i, j) {
				same = false
				t.addCopy(int(r-1), i)
				break
			}
			slot = (slot + 1) & (size - 1)
		}
	}
	t.approx = all
	if !same {
		t.approx = make([]float64, 0, len(t.reps)*d)
		for _, i := range t.reps {
			t.approx = append(t.approx, all[int(i)*d:(int(i)+1)*d]...)
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

func hashRow(row []float64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, v := range row {
		h = (h ^ math.Float64bits(v)) * 0xff51afd7ed558ccd
		h ^= h >> 29
	}
	return h ^ h>>32
}

// centreAll fills the working coordinates from the kept columns: scaled by a
// power of two where the coordinates' sizes differ wildly, then centred at a
// short number so that the subtraction is mostly exact. err bounds what is lost.
func (t *set) centreAll() {
	d, n := len(t.cols), t.n()
	t.dim = d
	full := t.src.Dim()
	t.maxW, t.err, t.centre = make([]float64, d), make([]float64, d), make([]float64, d)
	t.kept = slices.Repeat([]bool{!t.relErr}, d)
	t.scaleExponents()
	t.same = d == full && slices.IsSorted(t.cols) && !slices.ContainsFunc(t.exp, func(e int) bool { return e != 0 })
	t.w = make([]float64, n*d)
	lo, hi := make([]float64, d), make([]float64, d)
	for c := range d {
		lo[c], hi[c] = math.Inf(1), math.Inf(-1)
	}
	for i := range n {
		src, dst := t.approx[i*full:(i+1)*full], t.w[i*d:(i+1)*d]
		for c, col := range t.cols {
			v := src[col]
			if t.exp[c] != 0 {
				v = math.Ldexp(v, -t.exp[c])
				t.kept[c] = t.kept[c] && math.Ldexp(v, t.exp[c]) == src[col]
			}
			dst[c] = v
			lo[c], hi[c] = min(lo[c], v), max(hi[c], v)
			t.centre[c] += v
		}
	}
	for c := range d {
		t.centre[c] = short(t.centre[c]/float64(n), hi[c]-lo[c])
		if t.relErr {
			t.err[c] = unit*max(math.Abs(lo[c]), math.Abs(hi[c])) + math.Ldexp(0x1p-1074, -t.exp[c])
		}
		t.err[c] += 0x1p-1000
	}
	t.subtractCentre()
}

func (t *set) subtractCentre() {
	d := t.dim
	lost := make([]float64, d)
	for i := range t.n() {
		row := t.w[i*d : (i+1)*d]
		for c, m := range t.centre {
			v := row[c] - m
			lost[c] = max(lost[c], math.Abs(twoDiffErr(row[c], m, v)))
			row[c] = v
			t.maxW[c] = max(t.maxW[c], math.Abs(v))
		}
	}
	for c := range d {
		t.err[c] += lost[c] * (1 + 4*unit)
		t.kept[c] = t.kept[c] && lost[c] == 0
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
func (t *set) scaleExponents() {
	full := t.src.Dim()
	t.exp = make([]int, len(t.cols))
	size := make([]float64, len(t.cols))
	for i := range t.n() {
		for c, col := range t.cols {
			size[c] = max(size[c], math.Abs(t.approx[i*full+col]))
		}
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
