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
const chunk = vec.MajorityChunk

// countWorker has the memory for one part at a time. Matrices are rows of
// items.
type countWorker struct {
	shape         Majority
	seqs, items   vec.Rows // (C+3,·): counts, then the rows below
	work          vec.Rows // the following, in the order that vec.MajorityItems wants
	hat, r        vec.Rows // (d+1), (f+1): normalized h, hidden numbers; below them ones
	h, dh         vec.Rows // (d): residual stream before and after the feed-forward network; its gradient
	dz            vec.Rows // (f)
	a             vec.Rows // (d+1): gradient of hat, then of N and Z
	logits        vec.Rows // (C), then their gradient
	uz            vec.Rows // (d+1): u and 1/Z
	rstd, right   []float32
	rightBits     []uint16
	allRight      []uint32  // (sequences): 0 if an item is wrong
	emb, in, out  []float32 // sums by lanes, as in countSums
	table, totals []float32 // of one class; totals as vec.MajorityItem's Sums
	sums          []float64 // of totals
}

// Rows of seqs and items below the counts.
const (
	labelRow  = iota // bits of an int32
	numberRow        // of the sequence within the part, likewise
	weightRow        // n_a, 0 for padding
	extraRows
)

// Numbers of totals before the gradient of the base.
const (
	lossTotal = iota
	rightTotal
	tokenTotal
	baseTotal
)

func newCountWorker(s Majority, sequences int) *countWorker {
	c, d, f := s.Classes, s.Dim, s.Hidden
	lanes := func(n int) []float32 { return make([]float32, n*vec.MaxLanes) }
	cols := sequences + vec.MaxLanes + vec.MaxLaneBlock
	w := &countWorker{shape: s, seqs: vec.NewRows(c+extraRows, cols), items: vec.NewRows(c+extraRows, cols),
		rstd: make([]float32, chunk), right: make([]float32, chunk), rightBits: make([]uint16, chunk/16), allRight: make([]uint32, sequences),
		emb: lanes(c * d), in: lanes(f * (d + 1)), out: lanes(d * (f + 1)), table: lanes(c * (d + 1)),
		totals: lanes(baseTotal + d), sums: make([]float64, baseTotal+d)}
	w.layOut()
	for i := range chunk {
		w.hat.Row(d)[i], w.r.Row(f)[i] = 1, 1
	}
	return w
}

// layOut makes work and its parts.
func (w *countWorker) layOut() {
	c, d, f := w.shape.Classes, w.shape.Dim, w.shape.Hidden
	parts := []struct {
		of   *vec.Rows
		rows int
	}{{&w.hat, d + 1}, {&w.r, f + 1}, {&w.h, d}, {&w.dh, d}, {&w.dz, f}, {&w.a, d + 1}, {&w.logits, c}, {&w.uz, d + 1}}
	rows := 0
	for _, p := range parts {
		rows += p.rows
	}
	w.work = vec.NewRows(rows, chunk)
	rows = 0
	for _, p := range parts {
		*p.of = w.work.Down(rows)
		rows += p.rows
	}
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
		if n > 0 {
			w.endClass(job, a, sums)
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

// endClass adds up what the items of class a gave.
func (w *countWorker) endClass(job countJob, a int, sums *countSums) {
	c, d := w.shape.Classes, w.shape.Dim
	clear(w.sums)
	vec.SumLanes(w.sums, w.totals)
	sums.loss += w.sums[lossTotal]
	sums.tokensRight += w.sums[rightTotal]
	sums.tokens += w.sums[tokenTotal]
	add(sums.base[a*d:(a+1)*d], w.sums[baseTotal:])
	if job.backward {
		vec.SumLanes(sums.table[a*c*(d+1):(a+1)*c*(d+1)], w.table)
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
