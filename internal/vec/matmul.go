package vec

import (
	"fmt"
	"sync"
)

const (
	panelColumns   = 16 // columns of a panel of a Packed
	productRows    = 12 // rows of a tile of the result, a multiple of every level's
	productColumns = 2 * panelColumns
	unitRows       = 4 * productRows // rows that a worker takes at a time
	inPlace        = 128             // columns up to which packing rows costs more than it saves
)

// Packed is a matrix of In rows by Out columns with a bias for each column, laid
// out for [MatMul]: panels of 16 columns side by side, in each first the biases
// and then row after row; columns up to a multiple of 32 are 0. It may be read
// concurrently while nobody changes it.
type Packed struct {
	In, Out int
	panel   int // numbers from one panel to the next
	data    []float32
}

// NewPacked returns a matrix of zeros. It panics unless in ≥ 1 and out ≥ 1.
func NewPacked(in, out int) *Packed {
	p := new(Packed)
	p.Reset(in, out)
	return p
}

// Reset makes p a matrix of zeros, in memory that it has if that is enough. It
// panics unless in ≥ 1 and out ≥ 1.
func (p *Packed) Reset(in, out int) {
	if in < 1 || out < 1 {
		panic(fmt.Sprintf("vec: packed matrix of %d×%d numbers", in, out))
	}
	p.In, p.Out, p.panel = in, out, (1+in)*panelColumns
	size := (out + productColumns - 1) / productColumns * 2 * p.panel
	if cap(p.data) < size {
		p.data = make([]float32, size)
		return
	}
	p.data = p.data[:size]
	clear(p.data)
}

// Set fills the columns from column at on: row i of column at+o is
// b[i·strideIn+o·strideOut], and its bias bias[o], 0 if bias is nil, for o <
// outs. So strides 1 and In take weights (out,in) as PyTorch stores them, Out
// and 1 those stored (in,out). It panics if columns or operands end before.
func (p *Packed) Set(at, outs int, b []float32, strideIn, strideOut int, bias []float32) {
	if at < 0 || outs < 0 || at+outs > p.Out || strideIn < 1 || strideOut < 1 || bias != nil && len(bias) < outs {
		panic(fmt.Sprintf("vec: columns %d to %d of %d, strides %d and %d, %d biases", at, at+outs, p.Out, strideIn, strideOut, len(bias)))
	}
	for o := range outs {
		column := p.data[(at+o)/panelColumns*p.panel+(at+o)%panelColumns:]
		if bias != nil {
			column[0] = bias[o]
		}
		to := panelColumns
		for i := o * strideOut; i <= o*strideOut+(p.In-1)*strideIn; i += strideIn {
			column[to] = b[i]
			to += panelColumns
		}
	}
}

// At returns the number in row i of column o.
func (p *Packed) At(i, o int) float32 {
	return p.data[o/panelColumns*p.panel+(1+i)*panelColumns+o%panelColumns]
}

// Bias returns the bias of column o.
func (p *Packed) Bias(o int) float32 { return p.data[o/panelColumns*p.panel+o%panelColumns] }

// Head returns the first rows and columns, in the same memory. It panics unless
// p has them.
func (p *Packed) Head(in, out int) *Packed {
	if in < 1 || out < 1 || in > p.In || out > p.Out {
		panic(fmt.Sprintf("vec: %d×%d of a matrix of %d×%d numbers", in, out, p.In, p.Out))
	}
	return &Packed{in, out, p.panel, p.data}
}

// MatMul sets c (m,Out) to a·b plus the biases, on at most so many goroutines:
//
//	c (m,Out) written; row i begins at c[i·ldc]
//	a (m,In);          row i begins at a[i·lda]
//
// Each number is one chain of additions that begins with the bias and goes in
// the order of In: neither m nor workers change its bits. The sums of a tile of
// c stay in registers, and the tile's rows of a and columns of b in the caches
// (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
// ACM TOMS 34, 2008). It panics on a wrong shape. c must not overlap a or b.
func MatMul(c []float32, ldc int, a []float32, lda, m int, b *Packed, workers int) {
	if m == 0 {
		return
	}
	if m < 0 || ldc < b.Out || lda < b.In || len(c) < (m-1)*ldc+b.Out || len(a) < (m-1)*lda+b.In {
		panic(fmt.Sprintf("vec: %d rows: %d numbers, %d a row, from %d, %d a row, by %d×%d", m, len(c), ldc, len(a), lda, b.In, b.Out))
	}
	rows, tiles, cuts := (m+unitRows-1)/unitRows, (b.Out+productColumns-1)/productColumns, 1
	if workers > 1 {
		cuts = min(tiles, max(1, 4*workers/rows))
	}
	Parallel(rows*cuts, workers, func(unit int) {
		first, cut := unit/cuts*unitRows, unit%cuts
		last := min(m, first+unitRows)
		w := share{b: b, c: c[first*ldc:], ldc: ldc, a: a[first*lda:], lda: lda, rows: last - first}
		w.columns(cut*tiles/cuts, (cut+1)*tiles/cuts)
	})
}

// share is what one worker has to do of a MatMul.
type share struct {
	b        *Packed
	c, a     []float32
	ldc, lda int
	rows     int
	packed   []float32                             // a, as far as it is not read in place
	rest     [productRows * productColumns]float32 // a tile that c has no room for
}

var packings = sync.Pool{New: func() any { return new([]float32) }}

// columns multiplies all rows with some tiles of columns.
func (p *share) columns(from, to int) {
	buffer := packings.Get().(*[]float32)
	defer packings.Put(buffer)
	size := (p.rows + productRows - 1) / productRows * productRows * p.b.In
	if cap(*buffer) < size {
		*buffer = make([]float32, size)
	}
	p.packed = (*buffer)[:size]
	for i := 0; i < p.rows; i += productRows {
		if !p.inPlace(i) {
			pack(p.packed[i*p.b.In:], p.a[i*p.lda:], p.lda, min(productRows, p.rows-i), p.b.In)
		}
	}
	for t := from; t < to; t++ {
		for i := 0; i < p.rows; i += productRows {
			p.tile(i, t)
		}
	}
}

// inPlace says whether the tile's rows from row i on are read where they are.
func (p *share) inPlace(i int) bool { return p.b.Out <= inPlace && i+productRows <= p.rows }

// tile multiplies the rows from row i on with the columns of tile t.
func (p *share) tile(i, t int) {
	a, row, step := p.packed[i*p.b.In:], 1, productRows
	if p.inPlace(i) {
		a, row, step = p.a[i*p.lda:], p.lda, 1
	}
	b, at := p.b.data[2*t*p.b.panel:], i*p.ldc+t*productColumns
	rows, columns := min(productRows, p.rows-i), min(productColumns, p.b.Out-t*productColumns)
	if rows == productRows && columns == productColumns {
		matMulTile(p.c[at:], a, b, p.ldc, row, step, p.b.panel, p.b.In)
		return
	}
	matMulTile(p.rest[:], a, b, productColumns, row, step, p.b.panel, p.b.In)
	for r := range rows {
		copy(p.c[at+r*p.ldc:][:columns], p.rest[r*productColumns:])
	}
}

// pack lays out rows of a, at most productRows, column by column, with zeros below.
func pack(to, a []float32, lda, rows, in int) {
	for r := range productRows {
		column := to[r : (in-1)*productRows+r+1]
		if r >= rows {
			for i := 0; i < len(column); i += productRows {
				column[i] = 0
			}
			continue
		}
		at := 0
		for _, v := range a[r*lda : r*lda+in] {
			column[at] = v
			at += productRows
		}
	}
}

// matMulTileGeneric sets a tile of c to the biases in b plus a·b, two rows and
// four columns at a time: as many sums as registers hold.
func matMulTileGeneric(c, a, b []float32, ldc, row, step, panel, k int) {
	for r := 0; r < productRows; r += 2 {
		for o := 0; o < productColumns; o += 4 {
			column := b[o/panelColumns*panel+o%panelColumns:]
			s0, s1, s2, s3 := column[0], column[1], column[2], column[3]
			t0, t1, t2, t3 := s0, s1, s2, s3
			x, y := a[r*row:], a[(r+1)*row:]
			for i := range k {
				w := column[(1+i)*panelColumns:][:4]
				u, v := x[i*step], y[i*step]
				s0 += u * w[0]
				s1 += u * w[1]
				s2 += u * w[2]
				s3 += u * w[3]
				t0 += v * w[0]
				t1 += v * w[1]
				t2 += v * w[2]
				t3 += v * w[3]
			}
			copy(c[r*ldc+o:], []float32{s0, s1, s2, s3})
			copy(c[(r+1)*ldc+o:], []float32{t0, t1, t2, t3})
		}
	}
}
