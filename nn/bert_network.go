package nn

import "keyhull/internal/vec"

// bertWorker has the memory for the feed-forward network of one part at a time,
// a block of hidden numbers of all its tokens.
type bertWorker struct {
	d, wide   int       // hidden numbers up to a multiple of the block
	z, slope  vec.Rows  // (tokens,block): hidden numbers; gradients
	in, dout  []float32 // (d+1,tokens), (d,tokens) packed
	inT, outT []float32 // (tokens,d+1), (tokens,d) packed
	sums      []float32 // (tokens,d) by lanes
	total     []float64 // (tokens,d)
	rowSums   []float32 // (3d,d+1) by lanes, for small matrices
	matrix    []float64 // (3d,d+1)
}

func newBertWorker(s Bert) *bertWorker {
	d := s.Dim
	return &bertWorker{d: d, wide: roundUp(s.Hidden, hiddenBlock), rowSums: make([]float32, 3*d*(d+1)*vec.MaxLanes), matrix: make([]float64, 3*d*(d+1))}
}

// grow makes room for n tokens.
func (w *bertWorker) grow(n int) {
	if len(w.total) >= n*w.d {
		return
	}
	n += n / 2
	w.z, w.slope = denseRows(n, hiddenBlock), denseRows(n, hiddenBlock)
	w.in, w.dout = make([]float32, n*(w.d+1)), make([]float32, n*w.d)
	w.inT, w.outT = make([]float32, n*(w.d+1)), make([]float32, n*w.d)
	w.sums, w.total = make([]float32, n*w.d*vec.MaxLanes), make([]float64, n*w.d)
}

// feedForward sets out (d,n) to what the network adds, for the first n columns
// of x (d+1,n), whose last row is ones.
func (w *bertWorker) feedForward(out vec.Rows, l *bertLayerWeights, bias []float32, x vec.Rows, n int) {
	w.grow(n)
	pack(w.in, x, w.d+1, n)
	for at := 0; at < w.wide; at += hiddenBlock {
		vec.Product(w.z, w.in, l.up.Right(at), n, w.d+1, hiddenBlock, false, vec.NoLeast)
		vec.GeluErfForward(oneRow(w.z), oneRow(w.z), 1, n*hiddenBlock)
		vec.Outer(w.sums, w.z, l.down.Right(at), n, w.d, hiddenBlock)
	}
	total := w.takeSums(n)
	for j := range w.d {
		row := out.Row(j)[:n]
		for t := range row {
			row[t] = float32(total[t*w.d+j]) + bias[j]
		}
	}
}

// feedForwardBackward adds to dx (d,n) the gradient of x from dout (d,n), and
// writes that of the network to dup and ddown, which are laid out as its
// weights are.
func (w *bertWorker) feedForwardBackward(dx, dup, ddown, dout vec.Rows, l *bertLayerWeights, x vec.Rows, n int) {
	w.grow(n)
	d := w.d
	pack(w.in, x, d+1, n)
	pack(w.dout, dout, d, n)
	packTurned(w.inT, x, d+1, n)
	packTurned(w.outT, dout, d, n)
	for at := 0; at < w.wide; at += hiddenBlock {
		up, down := l.up.Right(at), l.down.Right(at)
		vec.Product(w.z, w.in, up, n, d+1, hiddenBlock, false, vec.NoLeast)
		vec.Product(w.slope, w.dout, down, n, d, hiddenBlock, false, vec.NoLeast)
		vec.GeluErfBackward(oneRow(w.z), oneRow(w.slope), oneRow(w.slope), oneRow(w.z), 1, n*hiddenBlock)
		vec.Outer(w.sums, w.slope, up, n, d, hiddenBlock)
		vec.Product(dup.Right(at), w.inT, w.slope, d+1, n, hiddenBlock, false, vec.NoLeast)
		vec.Product(ddown.Right(at), w.outT, w.z, d, n, hiddenBlock, false, vec.NoLeast)
	}
	total := w.takeSums(n)
	for j := range d {
		row := dx.Row(j)[:n]
		for t := range row {
			row[t] += float32(total[t*d+j])
		}
	}
}

// denseRows returns rows without room between them, oneRow the same as a single
// row: the GELU is fastest along long rows.
func denseRows(rows, cols int) vec.Rows { return vec.Rows{Data: make([]float32, rows*cols), Ld: cols} }

func oneRow(x vec.Rows) vec.Rows { return vec.Rows{Data: x.Data, Ld: len(x.Data)} }

// takeSums returns the sums (n,d) over lanes, and clears them.
func (w *bertWorker) takeSums(n int) []float64 {
	total := w.total[:n*w.d]
	clear(total)
	vec.SumLanes(total, w.sums)
	return total
}

// pack copies the first n columns of x (rows,n) to dst, row after row.
func pack(dst []float32, x vec.Rows, rows, n int) {
	for j := range rows {
		copy(dst[j*n:(j+1)*n], x.Row(j))
	}
}

// packTurned copies them column after column.
func packTurned(dst []float32, x vec.Rows, rows, n int) {
	for j := range rows {
		for t, v := range x.Row(j)[:n] {
			dst[t*rows+j] = v
		}
	}
}
