package nn

import (
	"keyhull/internal/vec"
	"keyhull/norm"
)

// gpt2Sequence is what a sequence's forward pass leaves for its backward pass.
// Matrices are rows of positions, all with the same Ld. Columns behind the
// last position, up to what kernels want, hold numbers without meaning, whose
// gradients are 0.
type gpt2Sequence struct {
	number  int // in the batch
	drop    gpt2Drop
	tokens  []int32
	columns int      // len(tokens), rounded up for the kernels
	h       vec.Rows // (d): the residual stream; in the end the gradient of the embeddings
	layers  []gpt2Columns
	hatF    vec.Rows  // (d): normalized after the last layer
	rstdF   []float32 // of that
	f       vec.Rows  // (d): with gain and shift, for the output matrix
	sums    *gpt2Sums
	states  *GPT2States[float32] // to fill, or nil
}

// gpt2Columns is what one layer computes.
type gpt2Columns struct {
	x1, x2       vec.Rows  // (d): the residual stream before either normalization, of DyT only
	hat1, hat2   vec.Rows  // (d+1): normalized; below it ones
	rstd1, rstd2 []float32 // of that
	qkv          vec.Rows  // (3d)
	qkHat        vec.Rows  // (2d): queries and keys normalized, before their gains
	qkRstd       vec.Rows  // (2·heads)
	attended     vec.Rows  // (d+1), below it ones
	lse          vec.Rows  // (heads)
	z, g         vec.Rows  // (f), (f+1): before and after GELU; below it ones
}

// room returns how many columns kernels may want for sequences of s.
func (g GPT2) room() int { return roundUp(g.Context, vec.MaxLaneBlock) }

func newGPT2Sequence(s GPT2) *gpt2Sequence {
	n, d, f := s.room(), s.Dim, s.Hidden
	rows := func(rows int) vec.Rows { return vec.NewRows(rows, n) }
	withOnes := func(r int) vec.Rows {
		x := rows(r + 1)
		Fill(x.Row(r)[:n], 1)
		return x
	}
	q := &gpt2Sequence{h: rows(d), hatF: rows(d), rstdF: make([]float32, n), f: rows(d), sums: newGPT2Sums(s)}
	for range s.Layers {
		l := gpt2Columns{hat1: withOnes(d), hat2: withOnes(d), rstd1: make([]float32, n), rstd2: make([]float32, n),
			qkv: rows(3 * d), attended: withOnes(d), lse: rows(s.Heads), z: rows(f), g: withOnes(f)}
		if s.Norm1.Kind == norm.DyT {
			l.x1 = rows(d)
		}
		if s.Norm2.Kind == norm.DyT {
			l.x2 = rows(d)
		}
		if s.QKNorm != norm.None {
			l.qkHat, l.qkRstd = rows(2*d), rows(2*s.Heads)
		}
		q.layers = append(q.layers, l)
	}
	return q
}

// begin takes a sequence of the batch.
func (q *gpt2Sequence) begin(tokens []int32, number int, drop gpt2Drop) {
	q.tokens, q.number, q.drop = tokens, number, drop
	q.columns = roundUp(len(tokens), vec.LaneBlock())
}

// gpt2Sums are gradients summed over a sequence's positions: of the packed
// matrices, and of what is not packed.
type gpt2Sums struct {
	layers        []gpt2LayerSums
	gainF, shiftF []float64 // (d)
	alphaF        []float64 // (1)
	flat          []float64 // all of them
}

type gpt2LayerSums struct {
	qkv, out, in, up []float64 // as packedLinear.w
	qGain, kGain     []float64 // (w)
	alpha            []float64 // (2): of DyT, before and after attention
}

func newGPT2Sums(s GPT2) *gpt2Sums {
	d, f := s.Dim, s.Hidden
	sums := &gpt2Sums{layers: make([]gpt2LayerSums, s.Layers)}
	var all []view[float64]
	room := func(x *[]float64, n int) { all = append(all, view[float64]{data: x, shape: []int{n}}) }
	for i := range sums.layers {
		l := &sums.layers[i]
		room(&l.qkv, (d+1)*3*d)
		room(&l.out, (d+1)*d)
		room(&l.in, (d+1)*f)
		room(&l.up, (f+1)*d)
		room(&l.qGain, s.Width())
		room(&l.kGain, s.Width())
		room(&l.alpha, 2)
	}
	room(&sums.gainF, d)
	room(&sums.shiftF, d)
	room(&sums.alphaF, 1)
	sums.flat = allot(all)
	return sums
}

func (s *gpt2Sums) clear() { clear(s.flat) }

func (s *gpt2Sums) add(o *gpt2Sums) { add(s.flat, o.flat) }
