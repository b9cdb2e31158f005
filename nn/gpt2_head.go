package nn

import (
	"math"

	"keyhull/internal/vec"
)

// gpt2Head is the output matrix with softmax and cross-entropy, in two passes
// that never store a logit. With l = f·w the logits of a position, Z = Σ e^l and
// P = e^l/Z over all words,
//
//	loss = log Z − l_label,  df = Σ P·w − w_label,  dw = Σ P·f − Σ f of the positions it is the label of
//
// The first pass has positions in its lanes and gives Z and Σ e^l·w; the second
// has words in its lanes and gives Σ P·f, since P needs only Z.
type gpt2Head struct {
	p         *GPT2Params[float32]
	offsets   []int    // of the sequences' first columns, and the end
	predicted int      // positions that have a label: all columns
	x         vec.Rows // (d,predicted): f·log2(e)
	sums      vec.Rows // (d+1,predicted): Σ e^l·w and Z; then the gradient of f
	labels    []int32
	losses    []float64
	table     []float32 // (predicted,d): x, the other way round
	bias      []float32 // (predicted): −log2 Z

	words, wordSums vec.Rows  // (d,vocab): W the other way round; (d+1,vocab)
	direct          []float64 // (vocab,d): gradient of the embeddings as such and as those of labels
	positionSums    []float64 // (context,d)
}

// Columns that one call of a kernel takes.
const headColumns = 10 * vec.MaxLaneBlock

func partsOfColumns(from, to int) int { return (to - from + headColumns - 1) / headColumns }

// begin makes room for a batch.
func (e *gpt2Head) begin(p *GPT2Params[float32], batch [][]int32, backward bool) {
	d, v := p.Shape.Dim, p.Shape.Vocab
	e.p, e.offsets = p, append(e.offsets[:0], 0)
	for i, tokens := range batch {
		e.offsets = append(e.offsets, e.offsets[i]+len(tokens)-1)
	}
	e.predicted = e.offsets[len(batch)]
	if n := e.predicted; len(e.labels) < n {
		e.x, e.sums = vec.NewRows(d, n), vec.NewRows(d+1, n)
		e.labels, e.losses, e.table, e.bias = make([]int32, n), make([]float64, n), make([]float32, n*d), make([]float32, n)
	}
	if !backward {
		return
	}
	if e.direct == nil {
		e.words, e.wordSums = vec.NewRows(d, v), vec.NewRows(d+1, v)
		e.direct, e.positionSums = make([]float64, v*d), make([]float64, p.Shape.Context*d)
	}
	clear(e.direct)
	clear(e.positionSums)
	clear(e.wordSums.Data)
	for j := range d {
		w := e.words.Row(j)[:v]
		for c := range w {
			w[c] = p.Tokens[c*d+j]
		}
	}
}

// columns returns which columns the sequences from one number to another have.
func (e *gpt2Head) columns(first, end int) (from, to int) { return e.offsets[first], e.offsets[end] }

// take copies what a sequence's forward pass gave.
func (e *gpt2Head) take(q *gpt2Sequence) {
	from, to := e.columns(q.number, q.number+1)
	d := e.p.Shape.Dim
	copy(e.labels[from:to], q.tokens[1:])
	for j := range d {
		x, f := e.x.Row(j)[from:to], q.f.Row(j)
		for c := range x {
			x[c] = f[c] * math.Log2E
			e.table[(from+c)*d+j] = x[c]
		}
		clear(e.sums.Row(j)[from:to])
	}
	clear(e.sums.Row(d)[from:to])
}

// positions is the first pass, over part i of the columns from one to another.
func (e *gpt2Head) positions(from, to, i int) {
	from += i * headColumns
	to = min(to, from+headColumns)
	vec.SoftmaxSums(e.sums.Right(from), e.x.Right(from), e.p.Tokens, nil, e.p.Shape.Dim, to-from)
	for c := from; c < to; c++ {
		e.position(c)
	}
}

// Sums outside of these bounds may have terms that the kernel clamped, and are
// computed anew. Within them, terms that were too small for it do not count:
// they are below 2^-126 each.
const leastSum, mostSum = 0x1p-80, 0x1p100

// position finishes a column: its loss, and the gradient of f.
func (e *gpt2Head) position(c int) {
	d := e.p.Shape.Dim
	z := float64(e.sums.Row(d)[c])
	log2 := math.Log2(z)
	if !(z >= leastSum && z <= mostSum) {
		log2 = e.safely(c)
		z = 1
	}
	own, label := 0.0, row(e.p.Tokens, int(e.labels[c]), d)
	for j, w := range label {
		own += float64(e.x.Row(j)[c]) * float64(w)
		s := e.sums.Row(j)
		s[c] = float32((float64(s[c])/z - float64(w)) / float64(e.predicted))
	}
	e.losses[c] = (log2 - own) * math.Ln2
	e.bias[c] = float32(-log2)
}

// safely computes a column in float64 with its largest logit subtracted: Σ P·w
// in sums, and the logarithm of Z to the base 2. NaN stays NaN.
func (e *gpt2Head) safely(c int) (log2 float64) {
	d := e.p.Shape.Dim
	x := make([]float64, d)
	for j := range x {
		x[j] = float64(e.x.Row(j)[c])
	}
	top, z, sums := math.Inf(-1), 0.0, make([]float64, d)
	logit := func(v int) (l float64) {
		for j, w := range row(e.p.Tokens, v, d) {
			l += x[j] * float64(w)
		}
		return l
	}
	for v := range e.p.Shape.Vocab {
		top = max(top, logit(v))
	}
	for v := range e.p.Shape.Vocab {
		p := math.Exp2(logit(v) - top)
		z += p
		for j, w := range row(e.p.Tokens, v, d) {
			sums[j] += p * float64(w)
		}
	}
	for j, s := range sums {
		e.sums.Row(j)[c] = float32(s / z)
	}
	return top + math.Log2(z)
}

// loss is the mean over all columns.
func (e *gpt2Head) loss() float64 {
	sum := 0.0
	for _, l := range e.losses[:e.predicted] {
		sum += l
	}
	return sum / float64(e.predicted)
}

// give sets dh to the gradient of a sequence's f.
func (e *gpt2Head) give(dh vec.Rows, q *gpt2Sequence) {
	from, to := e.columns(q.number, q.number+1)
	for j := range e.p.Shape.Dim {
		out := dh.Row(j)[:q.columns]
		clear(out[copy(out, e.sums.Row(j)[from:to]):])
	}
}

// scatter adds the gradients of a sequence's embeddings, and those of its
// labels' rows of the output matrix that do not go through P.
func (e *gpt2Head) scatter(q *gpt2Sequence) {
	from, to := e.columns(q.number, q.number+1)
	d := e.p.Shape.Dim
	for j := range d {
		for c, v := range q.h.Row(j)[:len(q.tokens)] {
			e.direct[int(q.tokens[c])*d+j] += float64(v)
			e.positionSums[c*d+j] += float64(v)
		}
		for c, v := range e.x.Row(j)[from:to] {
			e.direct[int(e.labels[from+c])*d+j] -= float64(v) * math.Ln2 / float64(e.predicted)
		}
	}
}

func (e *gpt2Head) wordParts() int { return partsOfColumns(0, e.p.Shape.Vocab) }

// wordGradient is the second pass, over part i of the words; it sets their
// gradients, rows of tokens (vocab,d).
func (e *gpt2Head) wordGradient(tokens []float32, i int) {
	d, from, n := e.p.Shape.Dim, i*headColumns, e.predicted
	to := min(e.p.Shape.Vocab, from+headColumns)
	vec.SoftmaxSums(e.wordSums.Right(from), e.words.Right(from), e.table[:n*d], e.bias[:n], d, to-from)
	for j := range d {
		for c, v := range e.wordSums.Row(j)[from:to] {
			at := (from+c)*d + j
			tokens[at] = float32(float64(v)*math.Ln2/float64(n) + e.direct[at])
		}
	}
}
