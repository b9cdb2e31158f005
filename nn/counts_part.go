package nn

import (
	"math"

	"keyhull/internal/vec"
)

// countJob is what all parts of a batch share.
type countJob struct {
	*majorityTables
	counts, labels []uint16
	backward       bool
}

// chunk is how many items go through all stages at a time: few enough for
// their numbers to stay in the cache.
const chunk = 2 * vec.MaxLaneBlock

// countWorker has the memory for one part at a time. Matrices are rows of
// items.
type countWorker struct {
	shape        Majority
	seqs, items  vec.Rows // (C+3,·): counts, then the rows below
	uz, a        vec.Rows // (d+1): u and 1/Z; gradient of hat, then of N and Z
	h, dh        vec.Rows // (d): residual stream before and after the feed-forward network; its gradient
	hat, r       vec.Rows // (d+1), (f+1): normalized h, hidden numbers; below them ones
	dz           vec.Rows // (f)
	logits       vec.Rows // (C), then their gradient
	rstd, right  []float32
	allRight     []uint32  // (sequences): 0 if an item is wrong
	emb, in, out []float32 // sums by lanes, as in countSums
	table, base  []float32 // of one class
}

// Rows of seqs and items below the counts.
const (
	labelRow  = iota // bits of an int32
	numberRow        // of the sequence within the part, likewise
	weightRow        // n_a, 0 for padding
	extraRows
)

func newCountWorker(s Majority, sequences int) *countWorker {
	c, d, f := s.Classes, s.Dim, s.Hidden
	lanes := func(n int) []float32 { return make([]float32, n*vec.MaxLanes) }
	cols := sequences + vec.MaxLanes + vec.MaxLaneBlock
	rows := func(n int) vec.Rows { return vec.NewRows(n, chunk) }
	w := &countWorker{shape: s, seqs: vec.NewRows(c+extraRows, cols), items: vec.NewRows(c+extraRows, cols),
		uz: rows(d + 1), a: rows(d + 1), h: rows(d), dh: rows(d), hat: rows(d + 1), r: rows(f + 1), dz: rows(f), logits: rows(c),
		rstd: make([]float32, chunk), right: make([]float32, chunk), allRight: make([]uint32, sequences),
		emb: lanes(c * d), in: lanes(f * (d + 1)), out: lanes(d * (f + 1)), table: lanes(c * (d + 1)), base: lanes(d)}
	for i := range chunk {
		w.hat.Row(d)[i], w.r.Row(f)[i] = 1, 1
	}
	return w
}

// run adds the items of the given sequences to sums.
func (w *countWorker) run(job countJob, batch []int32, sums *countSums) {
	if len(batch) == 0 {
		return
	}
	cols := w.load(job, batch)
	for a := range w.shape.Classes {
		n := w.gather(a, cols)
		sums.items += n
		for at := 0; at < n; at += chunk {
			w.chunk(job, a, at, min(chunk, n-at), sums)
		}
		if n > 0 && job.backward {
			c, d := w.shape.Classes, w.shape.Dim
			vec.SumLanes(sums.table[a*c*(d+1):(a+1)*c*(d+1)], w.table)
			vec.SumLanes(sums.base[a*d:(a+1)*d], w.base)
		}
	}
	if job.backward {
		vec.SumLanes(sums.emb, w.emb)
		vec.SumLanes(sums.in, w.in)
		vec.SumLanes(sums.out, w.out)
	}
	for _, right := range w.allRight[:len(batch)] {
		if right != 0 {
			sums.right++
		}
	}
}

// load fills seqs with a column for each sequence, and columns of zeros up to
// a multiple of the lanes; it returns their number.
func (w *countWorker) load(job countJob, batch []int32) (cols int) {
	c := w.shape.Classes
	vec.Transpose(w.seqs, job.counts, c, batch)
	cols = roundUp(len(batch), vec.Lanes())
	for i := range c {
		clear(w.seqs.Row(i)[len(batch):cols])
	}
	label, number := w.seqs.Row(c+labelRow), w.seqs.Row(c+numberRow)
	for i, r := range batch {
		label[i] = math.Float32frombits(uint32(job.labels[r]))
		number[i] = math.Float32frombits(uint32(i))
		w.allRight[i] = math.MaxUint32
	}
	return cols
}

// gather fills items with the sequences that have class a and returns how many
// they are. Up to a multiple of the block that kernels want, padding of weight
// 0 follows: sequences of one token, so that Z is not 0.
func (w *countWorker) gather(a, cols int) int {
	c := w.shape.Classes
	n := vec.Compress(w.items, w.seqs, c+weightRow, a, cols)
	copy(w.items.Row(c + weightRow)[:n], w.items.Row(a))
	end := roundUp(n, vec.LaneBlock())
	for i := range c + extraRows {
		clear(w.items.Row(i)[n:end])
	}
	for i := n; i < end; i++ {
		w.items.Row(a)[i] = 1
	}
	return n
}

func roundUp(n, of int) int { return (n + of - 1) / of * of }

// chunk takes n items of class a, from column at on, through the model and
// back.
func (w *countWorker) chunk(job countJob, a, at, n int, sums *countSums) {
	c, d, f := w.shape.Classes, w.shape.Dim, w.shape.Hidden
	items := w.items.Right(at)
	m := roundUp(n, vec.LaneBlock())
	// 1. Attention, residual, LayerNorm.
	if job.wide[a] {
		w.attendEach(job, a, items, m)
	} else {
		vec.Product(w.uz, job.table[a*c*(d+1):], items, d+1, c, m, false, vec.NoLeast)
	}
	vec.NormForward(w.uz, w.h, w.hat, w.rstd, job.base[a*d:(a+1)*d], m)
	// 2. Feed-forward network, logits, loss.
	vec.Product(w.r, job.inT, w.hat, f, d+1, m, false, 0)
	vec.Product(w.h, job.outT, w.r, d, f+1, m, true, vec.NoLeast)
	vec.Product(w.logits, job.embT, w.h, c, d, m, false, vec.NoLeast)
	weights := items.Row(c + weightRow)
	loss, hits := vec.CrossEntropy(w.logits, items.Row(c+labelRow), weights, w.right, c, m)
	sums.loss += loss
	sums.tokensRight += hits
	sums.tokens += w.mark(items.Row(c + numberRow)[:n], weights[:n])
	if !job.backward {
		return
	}
	// 3. Back: output matrix, network, LayerNorm, attention.
	vec.Outer(w.emb, w.logits, w.h, c, d, m)
	vec.Product(w.dh, job.emb, w.logits, d, c, m, false, vec.NoLeast)
	vec.Outer(w.out, w.dh, w.r, d, f+1, m)
	vec.Product(w.dz, job.out, w.dh, f, d, m, false, vec.NoLeast)
	vec.Gate(w.dz, w.r, f, m)
	vec.Outer(w.in, w.dz, w.hat, f, d+1, m)
	vec.Product(w.a, job.in, w.dz, d, f, m, false, vec.NoLeast)
	vec.NormBackward(w.dh, w.a, w.uz, w.hat, w.rstd, d, m)
	vec.Outer(w.base, w.hat.Down(d), w.dh, 1, d, m)
	if job.wide[a] {
		w.attendEachBackward(job, a, items, n, sums)
	} else {
		vec.Outer(w.table, items, w.a, c, d+1, m)
	}
}

// mark notes which sequences have an item that is wrong, and returns the
// number of tokens.
func (w *countWorker) mark(number, weight []float32) float64 {
	tokens := float32(0) // exact: below 2^24, since a count is below 2^16
	right := w.right[:len(number)]
	weight = weight[:len(number)]
	for i, v := range number {
		tokens += weight[i]
		w.allRight[math.Float32bits(v)] &= math.Float32bits(right[i])
	}
	return float64(tokens)
}
