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
