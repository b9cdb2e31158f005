package vec

import "fmt"

// SoftmaxSums adds to acc (d+1,n), for each of n columns c of x (d,n), over all
// rows t_k of table (K,d) with the weights e_k = 2^(bias_k + Σ_j x_jc·t_kj),
//
//	acc_jc += Σ_k e_k·t_kj for j < d,  acc_dc += Σ_k e_k
//
// that is, softmax's denominator and its mean of the rows before division. bias
// is nil for none. Exponents are clamped to −126 … 127, so that nothing wraps: a
// sum that is too large becomes +Inf. With scores of rounding error ε, each e_k
// has a relative error of at most ε·ln 2 + 2^-22. Rows are summed in parts, so
// the sums add (foldRows + K/foldRows)·u·Σ|e_k·t_kj| to that. A column's result
// depends on nothing but that column. It panics on a wrong shape.
//
// The two passes over a cross-entropy with a large vocabulary that this serves:
// lanes of positions over the rows of words, and lanes of words over the rows
// of positions; no score is ever stored.
func SoftmaxSums(acc, x Rows, table, bias []float32, d, n int) {
	if d < 1 || len(table)%d != 0 || bias != nil && len(bias)*d != len(table) {
		panic(fmt.Sprintf("vec: table of %d numbers and %d biases, %d a row", len(table), len(bias), d))
	}
	if n == 0 || len(table) == 0 {
		return
	}
	acc.need(d+1, n)
	x.need(d, n)
	s := newSoftmax(table, bias, d)
	for c := 0; c < n; c += MaxLaneBlock {
		s.columns(acc.Right(c), x.Right(c), min(MaxLaneBlock, n-c))
	}
}

const (
	tileRows = 48            // their exponentials stay in the nearest cache
	foldRows = 16 * tileRows // as many are summed before they go to acc
)

// softmax holds the operands and the buffers of SoftmaxSums.
type softmax struct {
	table, bias []float32
	d           int
	x, e, part  Rows
	none        [tileRows]float32 // biases
}

func newSoftmax(table, bias []float32, d int) *softmax {
	rows := func(n int) Rows { return Rows{make([]float32, n*MaxLaneBlock), MaxLaneBlock} }
	return &softmax{table: table, bias: bias, d: d, x: rows(d), e: rows(tileRows), part: rows(d + 1)}
}

// columns treats n ≤ MaxLaneBlock columns.
func (s *softmax) columns(acc, x Rows, n int) {
	clear(s.x.Data)
	for j := range s.d {
		copy(s.x.Row(j), x.Row(j)[:n])
	}
	block := LaneBlock()
	wide := (n + block - 1) / block * block
	rows := len(s.table) / s.d
	for k := 0; k < rows; k += tileRows {
		s.tile(k, min(tileRows, rows-k), wide)
		if next := k + tileRows; next%foldRows == 0 || next >= rows {
			for j := range s.d + 1 {
				addTo(acc.Row(j)[:n], s.part.Row(j))
			}
		}
	}
}

// tile adds count rows from k on to part, or starts it.
func (s *softmax) tile(k, count, n int) {
	bias, more := s.none[:], k%foldRows != 0
	if s.bias != nil {
		bias = s.bias[k:]
	}
	table := s.table[k*s.d : (k+count)*s.d]
	z := s.part.Row(s.d)[:n]
	if !more {
		clear(z)
	}
	exponentials(s.e, z, table, bias[:count], s.x, s.d, n)
	product(s.part, table, s.e, s.d, count, n, more, NoLeast)
}

func addTo(y, x []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] += x[i]
	}
}

// exponentialsGeneric sets row k of e to 2^(bias_k + Σ_j x_j·t_kj) for the rows
// t of table, and adds it to z.
func exponentialsGeneric(e Rows, z, table, bias []float32, x Rows, d, n int) {
	for k, b := range bias {
		out := e.Row(k)[:n]
		for c := range out {
			out[c] = b
		}
		for j, t := range table[k*d : (k+1)*d] {
			for c, v := range x.Row(j)[:len(out)] {
				out[c] += v * t
			}
		}
		for c, v := range out {
			out[c] = exp2of(v)
			z[c] += out[c]
		}
	}
}
