package nn

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// The majority model sees of a sequence only how often each class occurs: all
// tokens of a class have the same key, query and value. So attention from a
// token of class a is, with counts n_c and tables over classes,
//
//	u = N/Z,  (N, Z) = Σ_c n_c·T_a[c],  T_a[c] = (P_ac·W_O·v_c, P_ac),  P_ac = exp(S_ac − max_c S_ac)
//
// and tokens of a class that is in a sequence n_a times are one item of weight
// n_a. What follows attention is computed once an item; the gradient of the
// tables is gathered over items, and goes on to the parameters once a batch.

// MajorityCounts computes loss and gradient of a Majority from class counts.
// It holds the memory for that; calls must not overlap.
type MajorityCounts struct {
	shape    Majority
	maxBatch int
	tables   *majorityTables
	workers  []*countWorker
	parts    []*countSums
}

// MajorityStats is what a batch gave.
type MajorityStats struct {
	Loss                      float64 // cross-entropy, mean over tokens
	Tokens, TokensRight       int     // right: the label has the largest logit
	Sequences, SequencesRight int     // right: all its tokens are
	Items                     int     // pairs of a sequence and a class in it
}

// MajorityTables are what the classes look like to attention.
type MajorityTables struct {
	Keys      []float64 // (classes,d) normalized embeddings x_c
	Queries   []float64 // (classes,d) W_Kᵀ·W_Q·x_c/√d: a token's scores are its products with keys
	Attention []float64 // (classes,classes) exp of a query's scores less the largest: 1 for that
}

// A batch is always cut into the same parts, whose sums are added in order, so
// that no bit depends on the number of workers.
const (
	leastParts = 8
	partSize   = 1024 // sequences, at most
)

func partsOf(batch int) int { return max(leastParts, (batch+partSize-1)/partSize) }

// NewMajorityCounts returns an engine for batches of at most maxBatch sequences
// and at most the given number of workers. It panics on a shape that Check
// refuses.
func NewMajorityCounts(shape Majority, maxBatch, workers int) *MajorityCounts {
	if err := shape.Check(); err != nil {
		panic("nn: " + err.Error())
	}
	if maxBatch < 1 || workers < 1 {
		panic(fmt.Sprintf("nn: batches of %d sequences by %d workers", maxBatch, workers))
	}
	m := &MajorityCounts{shape: shape, maxBatch: maxBatch, tables: newMajorityTables(shape)}
	parts := partsOf(maxBatch)
	for range min(workers, parts) {
		m.workers = append(m.workers, newCountWorker(shape, (maxBatch+parts-1)/parts))
	}
	for range parts {
		m.parts = append(m.parts, newCountSums(shape))
	}
	return m
}

// Tables returns the tables of classes for p.
func (m *MajorityCounts) Tables(p *MajorityParams[float32]) MajorityTables {
	m.check(p)
	m.tables.forward(p)
	return m.tables.export()
}

// Loss returns the loss of p on the sequences whose row numbers are in batch,
// and sets grad to its gradient unless grad is nil. Row r of counts
// (rows,classes) holds how often each class occurs in sequence r; labels[r] is
// its majority class. A sequence has at least one token. The result depends on
// the kernels' level, never on the number of workers. Loss panics on a wrong
// shape, on an empty batch or one above maxBatch, and on a label or row number
// out of range.
func (m *MajorityCounts) Loss(p *MajorityParams[float32], counts, labels []uint16, batch []int32, grad *MajorityParams[float32]) MajorityStats {
	m.check(p)
	if grad != nil {
		m.check(grad)
	}
	m.checkBatch(counts, labels, batch)
	m.tables.forward(p)
	parts := partsOf(len(batch))
	job := countJob{m.tables, counts, labels, grad != nil}
	var next atomic.Int32
	work := func(w *countWorker) {
		for i := int(next.Add(1)) - 1; i < parts; i = int(next.Add(1)) - 1 {
			m.parts[i].clear()
			w.run(job, batch[i*len(batch)/parts:(i+1)*len(batch)/parts], m.parts[i])
		}
	}
	var group sync.WaitGroup
	for _, w := range m.workers[1:] {
		group.Go(func() { work(w) })
	}
	work(m.workers[0])
	group.Wait()
	total := m.parts[0]
	for _, part := range m.parts[1:parts] {
		total.add(part)
	}
	if grad != nil {
		m.tables.backward(total, grad)
	}
	return total.stats(len(batch))
}

func (m *MajorityCounts) check(p *MajorityParams[float32]) {
	if p.Shape != m.shape {
		panic(fmt.Sprintf("nn: parameters of %+v for %+v", p.Shape, m.shape))
	}
}

func (m *MajorityCounts) checkBatch(counts, labels []uint16, batch []int32) {
	if len(counts) != len(labels)*m.shape.Classes {
		panic(fmt.Sprintf("nn: %d counts of %d classes, %d labels", len(counts), m.shape.Classes, len(labels)))
	}
	if len(batch) < 1 || len(batch) > m.maxBatch {
		panic(fmt.Sprintf("nn: a batch of %d, want 1 to %d", len(batch), m.maxBatch))
	}
	for _, r := range batch {
		if int(labels[r]) >= m.shape.Classes {
			panic(fmt.Sprintf("nn: sequence %d has label %d of %d classes", r, labels[r], m.shape.Classes))
		}
	}
}
