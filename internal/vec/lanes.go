package vec

import (
	"fmt"
	"math"
	"slices"
)

// Rows is a matrix whose columns are items side by side: row i, column c lies
// at Data[i·Ld+c]. Kernels on Rows treat as many items at a time as a vector
// register has lanes, so that what all items share is a single number.
type Rows struct {
	Data []float32
	Ld   int
}

// NewRows returns rows of cols zeros. Rows lie an odd number of cache lines
// apart, so that they do not fall on each other in the cache.
func NewRows(rows, cols int) Rows {
	const line = 16
	ld := (cols+line-1)/line*line + line
	if ld/line%2 == 0 {
		ld += line
	}
	return Rows{make([]float32, rows*ld), ld}
}

// Row returns row i with all that follows in memory.
func (r Rows) Row(i int) []float32 { return r.Data[i*r.Ld:] }

// Down returns the rows from row i on.
func (r Rows) Down(i int) Rows { return Rows{r.Data[i*r.Ld:], r.Ld} }

// Right returns the columns from column c on.
func (r Rows) Right(c int) Rows { return Rows{r.Data[c:], r.Ld} }

// need panics unless r has the first n columns of some rows.
func (r Rows) need(rows, n int) {
	if rows < 1 || n < 1 || n > r.Ld || len(r.Data) < (rows-1)*r.Ld+n {
		panic(fmt.Sprintf("vec: %d rows, %d columns of %d numbers, %d a row", rows, n, len(r.Data), r.Ld))
	}
}

// MaxLanes is the largest number that Lanes returns.
const MaxLanes = 16

// MaxLaneBlock is a multiple of every number that LaneBlock returns.
const MaxLaneBlock = 96

// Lanes returns the number of lanes on this level. Kernels on Rows want a
// multiple of it as their number of columns n, and Product of LaneBlock.
func Lanes() int {
	if active == avx512 {
		return 16
	}
	return 8
}

// LaneBlock returns how many columns Product treats at a time.
func LaneBlock() int {
	switch active {
	case avx512:
		return 32
	case avx2:
		return 24
	}
	return 8
}

func needMultiple(n, of int) {
	if n%of != 0 {
		panic(fmt.Sprintf("vec: %d columns, want a multiple of %d", n, of))
	}
}

func sameLd(ld ...int) {
	for _, v := range ld {
		if v != ld[0] {
			panic(fmt.Sprintf("vec: rows of %v numbers, want the same", slices.Clone(ld))) // ld itself would escape
		}
	}
}

// NoLeast is Product's least for no maximum.
var NoLeast = float32(math.Inf(-1))

// Product sets the first n columns of y (rows,n) to max(least, W·x), or adds
// W·x to them before the maximum; least is −Inf for none. W is given column
// after column, as w (inner,rows); x is (inner,n) and does not overlap y. It
// panics on a wrong shape.
func Product(y Rows, w []float32, x Rows, rows, inner, n int, add bool, least float32) {
	needMultiple(n, LaneBlock())
	if n == 0 {
		return
	}
	y.need(rows, n)
	x.need(inner, n)
	_ = w[inner*rows-1]
	product(y, w, x, rows, inner, n, add, least)
}

// Outer adds a·bᵀ over the first n columns of a (rowsA,n) and b (rowsB,n) to
// sums (rowsA,rowsB,Lanes): the product of column c goes to lane c modulo
// Lanes. SumLanes adds the lanes. It panics on a wrong shape.
func Outer(sums []float32, a, b Rows, rowsA, rowsB, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	a.need(rowsA, n)
	b.need(rowsB, n)
	_ = sums[rowsA*rowsB*Lanes()-1]
	outer(sums, a, b, rowsA, rowsB, n)
}

// SumLanes adds to each number of dst the lanes of one of sums, which it sets
// to 0.
func SumLanes(dst []float64, sums []float32) {
	_ = sums[:len(dst)*Lanes()]
	done := sumLanes(dst, sums)
	sumLanesGeneric(dst[done:], sums[done*Lanes():])
}
