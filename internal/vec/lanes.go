package vec

import (
	"fmt"
	"math"
	"time"
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

// Product sets the first n columns of y (rows,n) to max(least, W·x), or adds
// W·x to them before the maximum; least is −Inf for none. W is given column
// after column, as w (inner,rows); x is (inner,n) and does not overlap y. The
// terms of a sum are added in the order of inner, starting from 0 or y. It
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
	lanes := Lanes()
	for i := range dst {
		s := sums[i*lanes : (i+1)*lanes]
		var t float64
		for len(s) >= 8 {
			v := (*[8]float32)(s)
			t += ((float64(v[0]) + float64(v[1])) + (float64(v[2]) + float64(v[3]))) +
				((float64(v[4]) + float64(v[5])) + (float64(v[6]) + float64(v[7])))
			s = s[8:]
		}
		dst[i] += t
	}
	clear(sums[:len(dst)*lanes])
}

// NormForward divides by the last row and normalizes, for each of n columns
// and j < d:
//
//	uz   (d+1,n) in: N and z; out: u = N/z and 1/z
//	h    (d,n)   written: u + base
//	hat  (d,n)   written: (h − mean(h))·rstd
//	rstd (n)     written: 1/√variance(h), 0 where that is 0
//	base (d)
//
// uz, h and hat have the same Ld. It panics on a wrong shape.
func NormForward(uz, h, hat Rows, rstd, base []float32, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	d := len(base)
	uz.need(d+1, n)
	h.need(d, n)
	hat.need(d, n)
	sameLd(uz.Ld, h.Ld, hat.Ld)
	normForward(uz, h, hat, rstd[:n], base, n)
}

// NormBackward is the gradient of NormForward for each of n columns:
//
//	dh   (d,n)   in: the gradient of h that passes the normalization by; out: all of it
//	a    (d+1,n) in: the gradient of hat in the first d rows; out: that of N and z
//	uz, hat, rstd as NormForward left them
//
// All have the same Ld. It panics on a wrong shape.
func NormBackward(dh, a, uz, hat Rows, rstd []float32, d, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	dh.need(d, n)
	a.need(d+1, n)
	uz.need(d+1, n)
	hat.need(d, n)
	sameLd(dh.Ld, a.Ld, uz.Ld, hat.Ld)
	normBackward(dh, a, uz, hat, rstd[:n], d, n)
}

// Gate sets x (rows,n) to 0 where r (rows,n), which is ≥ 0, is 0. Both have the
// same Ld. It panics on a wrong shape.
func Gate(x, r Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	x.need(rows, n)
	r.need(rows, n)
	sameLd(x.Ld, r.Ld)
	gate(x, r, rows, n)
}

// CrossEntropy takes n columns of logits x (rows,n), their labels, which are
// row numbers as the bits of an int32, and their weights. It replaces x by the
// gradient w·(softmax(x) − onehot(label)), sets right to 1 where the label's
// logit is the largest and else to 0, and returns the sums over the columns of
// w·(log Σ exp x − x_label) and of w·right. Each loss has an error of at most
// 2^-21·(1 + its logits' spread), each exponential one of 2^-22 relative. It panics on a wrong
// shape.
func CrossEntropy(x Rows, label, w, right []float32, rows, n int) (loss, hits float64) {
	needMultiple(n, Lanes())
	if n == 0 {
		return 0, 0
	}
	x.need(rows, n)
	var sums [2 * MaxLanes]float32
	crossEntropy(x, label[:n], w[:n], right[:n], sums[:], rows, n)
	var total [2]float64
	SumLanes(total[:], sums[:2*Lanes()])
	return total[0], total[1]
}

// Compress copies those of n columns of src (rows,n) to dst, side by side in
// their order, whose number in row key of src is above 0, and returns how many
// they are. It overwrites up to Lanes columns of dst behind them, so dst has
// n+Lanes columns. It panics on a wrong shape.
func Compress(dst, src Rows, rows, key, n int) int {
	needMultiple(n, Lanes())
	if n == 0 {
		return 0
	}
	dst.need(rows, n+Lanes())
	src.need(rows, n)
	src.need(key+1, n)
	return compress(dst, src, rows, key, n)
}

// Transpose writes, as column i of dst (width,len(rows)), row rows[i] of src
// (·,width). It panics on a wrong shape.
func Transpose(dst Rows, src []uint16, width int, rows []int32) {
	if len(rows) == 0 {
		return
	}
	dst.need(width, len(rows))
	for _, r := range rows {
		_ = src[int(r)*width : (int(r)+1)*width]
	}
	done := transpose(dst, src, width, rows)
	transposeGeneric(dst.Right(done), src, width, rows[done:])
}

func sameLd(ld ...int) {
	for _, v := range ld {
		if v != ld[0] {
			panic(fmt.Sprintf("vec: rows of %v numbers, want the same", ld))
		}
	}
}

// NoLeast is Product's least for no maximum.
var NoLeast = float32(math.Inf(-1))

// Peak measures how many floating-point operations a second one core does in
// fused products of float32 vectors, all in registers; 0 on the generic level.
func Peak() float64 {
	best := 0.0
	for range 20 {
		start := time.Now()
		operations := peak(100_000)
		best = max(best, float64(operations)/time.Since(start).Seconds())
	}
	return best
}
