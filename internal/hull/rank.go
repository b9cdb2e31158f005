package hull

import (
	"fmt"
	"math/big"
	"slices"

	"keyhull/internal/vec"
)

// Primes under 2^23: sixty-four products can be added in a float64, exactly,
// before reducing.
var rankPrimes = [...]float64{8186579, 8164603, 7356787}

// reduce finds the affine rank and keeps as many coordinates: a set of columns
// on which the projection is injective on the affine hull, so that dropping
// the others changes no verdict. The rank modulo a prime is never above the
// true one; where it is below what shape allows, the dependence of the dropped
// columns is proved exactly.
func (t *set) reduce(workers int) error {
	full := min(t.src.Dim(), t.n()-1)
	if cols := t.fullRank(full, workers); cols != nil {
		t.cols, t.rank, t.dim = cols, full, full
		return nil
	}
	for _, p := range rankPrimes {
		e := t.eliminate(p, full)
		if len(e.cols) > len(t.cols) || t.cols == nil {
			t.cols = e.cols
		}
		if len(t.cols) == full || len(t.cols) <= maxProvedRank && t.proveDependent(e) {
			break
		}
		if p == rankPrimes[len(rankPrimes)-1] && len(t.cols) <= maxProvedRank {
			return fmt.Errorf("internal error: affine rank not proved")
		}
	}
	slices.Sort(t.cols)
	t.rank, t.dim = len(t.cols), len(t.cols)
	return nil
}

// maxProvedRank bounds the exact proof of rank deficiency. Above it three
// primes near 2^23 stand in for the proof of the dropped columns; certificates
// are still checked exactly by package cert.
const maxProvedRank = 96

// echelon is the outcome of eliminating differences to the first point.
type echelon struct{ rows, cols []int }

// eliminate brings rows x_i − x_0 modulo p to echelon form until full rows are
// independent.
func (t *set) eliminate(p float64, full int) echelon {
	sp := newSpan(t.src, p, int(t.reps[0]))
	var e echelon
	for i := 1; i < t.n() && len(sp.cols) < full; i++ {
		if sp.add(int(t.reps[i])) {
			e.rows = append(e.rows, i)
		}
	}
	e.cols = sp.cols
	return e
}

// span is the linear span, modulo a prime, of differences to a base point.
// Independent modulo the prime means independent. Residues are kept as floats,
// whose sums of products are exact, for the sake of the vector unit.
type span struct {
	m         modulus
	base, row []float64
	pivots    [][]float64
	cols      []int
}

func newSpan(src *Source, p float64, base int) *span {
	s := &span{m: modulus{p: p, src: src}, row: make([]float64, src.Dim())}
	s.base = s.m.row(base, make([]float64, src.Dim()))
	return s
}

// add adds point i and reports whether the span grew.
func (s *span) add(i int) bool {
	c := s.reduce(i)
	if c < 0 {
		return false
	}
	inv := new(big.Int).ModInverse(big.NewInt(int64(s.row[c])), big.NewInt(int64(s.m.p)))
	pivot := make([]float64, len(s.row))
	for j, v := range s.row {
		pivot[j] = s.m.residue(v * float64(inv.Int64()))
	}
	s.pivots, s.cols = append(s.pivots, pivot), append(s.cols, c)
	return true
}

// reduce leaves in row what remains of point i outside the span and returns
// its first column, or −1 if nothing remains.
func (s *span) reduce(i int) int {
	row := s.m.row(i, s.row)
	for c := range row {
		row[c] = s.m.residue(row[c] - s.base[c] + s.m.p)
	}
	for k, pivot := range s.pivots {
		if k%64 == 63 {
			s.m.residues(row)
		}
		first := s.cols[k]
		if f := s.m.residue(row[first]); f != 0 {
			vec.Axpy(s.m.p-f, pivot[first:], row[first:]) // zeros before
		}
	}
	s.m.residues(row)
	return slices.IndexFunc(row, func(v float64) bool { return v != 0 })
}

// proveDependent checks exactly that every dropped column of the differences
// is the combination of the kept ones that holds on the pivot rows.
func (t *set) proveDependent(e echelon) bool {
	r, d := len(e.cols), t.src.Dim()
	kept := make([]bool, d)
	for _, c := range e.cols {
		kept[c] = true
	}
	order := append([]int(nil), e.cols...)
	for c := range d {
		if !kept[c] {
			order = append(order, c)
		}
	}
	shift := t.shifts(order)
	base := t.exactCols(0, order, shift)
	diff := func(i int) []big.Int {
		row := t.exactCols(i, order, shift)
		for c := range row {
			row[c].Sub(&row[c], &base[c])
		}
		return row
	}
	m := make([][]big.Int, r)
	for k, i := range e.rows {
		m[k] = diff(i)
	}
	det := gaussJordan(m, r)
	if det == nil {
		return false
	}
	var sum, prod big.Int
	for i := 1; i < t.n(); i++ {
		row := diff(i)
		for c := r; c < d; c++ { // det·row[c] = Σ_k row[k]·m[k][c]
			sum.Mul(det, &row[c])
			for k := range r {
				sum.Sub(&sum, prod.Mul(&row[k], &m[k][c]))
			}
			if sum.Sign() != 0 {
				return false
			}
		}
	}
	return true
}

// shifts returns for each of the given columns a bit at or under every bit.
func (t *set) shifts(cols []int) []int {
	shift := make([]int, len(cols))
	for k, c := range cols {
		low := 1 << 20
		for _, i := range t.reps {
			low = min(low, t.src.lowBit(int(i), c))
		}
		if low == 1<<20 {
			low = 0
		}
		shift[k] = low
	}
	return shift
}

func (t *set) exactCols(i int, cols, shift []int) []big.Int {
	row := make([]big.Int, len(cols))
	for k, c := range cols {
		row[k] = *t.src.exact(int(t.reps[i]), c, shift[k])
	}
	return row
}
