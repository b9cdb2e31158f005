package nn

import (
	"fmt"
	"sync"
	"sync/atomic"

	"keyhull/internal/vec"
)

// BertLanes computes loss and gradient of a Bert as it is trained: the tokens of
// a batch side by side without padding, through the kernels of package vec; in
// the feed-forward networks the hidden numbers side by side, so that gradients
// of their wide matrices need no sums over lanes. In the last layer only the
// first token of a sentence goes on behind attention: no other one matters to
// the loss. It holds the memory for that; calls must not overlap.
type BertLanes struct {
	shape   Bert
	weights *bertWeights
	workers []*bertWorker
	parts   []*bertPart
	small   []smallTensor

	dup, ddown []networkGrads // of each layer
}

// BertStats is what a batch gave.
type BertStats struct {
	Loss     float64 // cross-entropy, mean over sentences
	Examples int     // sentences
	Right    int     // sentences whose label has the largest logit
}

// bertParts is the number of parts that a batch is always cut into; their sums
// are added in order, so that no bit depends on the number of workers.
const bertParts = 4

// NewBertLanes returns an engine that uses at most the given number of workers.
// It panics on a shape that Check refuses.
func NewBertLanes(shape Bert, workers int) *BertLanes {
	if workers < 1 {
		panic(fmt.Sprintf("nn: %d workers", workers))
	}
	m := &BertLanes{shape: shape, weights: newBertWeights(shape), small: smallTensors(shape)}
	for range min(workers, bertParts) {
		m.workers = append(m.workers, newBertWorker(shape))
	}
	for range bertParts {
		m.parts = append(m.parts, newBertPart(shape))
	}
	for range shape.Layers {
		m.dup = append(m.dup, newNetworkGrads(m.parts, shape.Dim+1, shape.Hidden, func(p *bertPart) *[]vec.Rows { return &p.dup }))
		m.ddown = append(m.ddown, newNetworkGrads(m.parts, shape.Dim, shape.Hidden, func(p *bertPart) *[]vec.Rows { return &p.ddown }))
	}
	return m
}

// Loss returns the loss of p on a batch of sentences, which are token ids, and
// sets grad to its gradient unless grad is nil. key is the step's dropout, 0
// for none; the same key drops the same numbers again. The result depends on
// the kernels' level, never on the number of workers. It panics on a wrong
// shape, an empty batch, a sentence that is empty or too long, and on ids and
// labels out of range.
func (m *BertLanes) Loss(p *BertParams[float32], batch [][]int32, labels []int32, grad *BertParams[float32], key uint64) BertStats {
	m.check(p)
	if grad != nil {
		m.check(grad)
	}
	m.checkBatch(batch, labels)
	m.weights.prepare(p)
	job := bertJob{bertWeights: m.weights, batch: batch, labels: labels, drop: m.shape.drop(key), backward: grad != nil}
	cuts := cutByTokens(batch, bertParts)
	m.each(bertParts, func(w *bertWorker, i int) { m.parts[i].run(job, w, cuts[i], cuts[i+1]) })
	stats := BertStats{Examples: len(batch)}
	for _, part := range m.parts {
		stats.Loss += part.loss / float64(len(batch))
		stats.Right += part.right
	}
	if grad != nil {
		m.collect(grad)
	}
	return stats
}

// each runs f for 0 ≤ i < n, on all workers.
func (m *BertLanes) each(n int, f func(w *bertWorker, i int)) {
	var next atomic.Int32
	work := func(w *bertWorker) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(w, i)
		}
	}
	var group sync.WaitGroup
	for _, w := range m.workers[1:] {
		group.Go(func() { work(w) })
	}
	work(m.workers[0])
	group.Wait()
}

// bertJob is what all parts of a batch share.
type bertJob struct {
	*bertWeights
	batch    [][]int32
	labels   []int32
	drop     gpt2Drop
	backward bool
}

// cutByTokens returns where each of n parts of a batch begins, and its end:
// parts of whole sentences with about as many tokens each.
func cutByTokens(batch [][]int32, n int) []int {
	total, at, cuts := 0, 0, []int{0}
	for _, sentence := range batch {
		total += len(sentence)
	}
	for i, sentence := range batch {
		for len(cuts) < n && 2*n*at+n*len(sentence) > 2*total*len(cuts) { // past the middle of the sentence
			cuts = append(cuts, i)
		}
		at += len(sentence)
	}
	for len(cuts) <= n {
		cuts = append(cuts, len(batch))
	}
	return cuts
}

func (m *BertLanes) check(p *BertParams[float32]) {
	if p.Shape != m.shape {
		panic(fmt.Sprintf("nn: parameters of %+v for %+v", p.Shape, m.shape))
	}
}

func (m *BertLanes) checkBatch(batch [][]int32, labels []int32) {
	if len(batch) < 1 || len(batch) != len(labels) {
		panic(fmt.Sprintf("nn: a batch of %d sentences, %d labels", len(batch), len(labels)))
	}
	for i, sentence := range batch {
		m.checkSentence(sentence)
		if l := labels[i]; l < 0 || int(l) >= m.shape.Labels {
			panic(fmt.Sprintf("nn: sentence %d has label %d of %d", i, l, m.shape.Labels))
		}
	}
}

func (m *BertLanes) checkSentence(sentence []int32) {
	if len(sentence) < 1 || len(sentence) > m.shape.Positions {
		panic(fmt.Sprintf("nn: a sentence of %d tokens, want 1 to %d", len(sentence), m.shape.Positions))
	}
	for _, t := range sentence {
		if t < 0 || int(t) >= m.shape.Vocab {
			panic(fmt.Sprintf("nn: token %d of a vocabulary of %d", t, m.shape.Vocab))
		}
	}
}
