package nn

import (
	"fmt"
	"sync"
	"sync/atomic"

	"keyhull/internal/vec"
)

// GPT2Lanes is a GPT2 as it is trained: positions lie side by side in the lanes
// of vector registers, and no logit is ever stored: those of the paper's batch
// would take 3 GiB. It holds the memory for that; calls must not overlap.
//
// A batch may be of any size: it is taken a group of sequences at a time. So
// accumulating the gradients of several batches is one call with all of them.
type GPT2Lanes struct {
	shape   GPT2
	packed  gpt2Packed
	workers []*gpt2Worker
	group   []*gpt2Sequence // that are in work
	head    gpt2Head
	total   *gpt2Sums
}

// GPT2Stats is what a batch gave.
type GPT2Stats struct {
	Loss   float64 // cross-entropy, mean over predicted tokens
	Tokens int     // predicted: all but the first of each sequence
}

// leastGroup is how many sequences of a batch are in work at a time; as many as
// there are workers, if those are more.
const leastGroup = 16

// NewGPT2Lanes returns an engine of so many workers. It panics on a shape that
// Check refuses.
func NewGPT2Lanes(shape GPT2, workers int) *GPT2Lanes {
	if err := shape.Check(); err != nil {
		panic("nn: " + err.Error())
	}
	if workers < 1 {
		panic(fmt.Sprintf("nn: %d workers", workers))
	}
	e := &GPT2Lanes{shape: shape, packed: newGPT2Packed(shape), total: newGPT2Sums(shape)}
	for range workers {
		e.workers = append(e.workers, newGPT2Worker(shape))
	}
	return e
}

// Loss returns the loss of p on a batch: of each token from those before it in
// its sequence. Sequences have 2 tokens or more, at most the model's context.
// It sets grad to the gradient, that of frozen tensors too, unless grad is nil.
// key chooses what dropout drops, 0 for no dropout. The result depends on the
// kernels' level, never on the number of workers. Loss panics on a wrong shape,
// on an empty batch and on a token out of range.
func (e *GPT2Lanes) Loss(p *GPT2Params[float32], batch [][]int32, grad *GPT2Params[float32], key uint64) GPT2Stats {
	e.check(p)
	if grad != nil {
		e.check(grad)
	}
	e.checkBatch(batch)
	e.packed.pack(p)
	e.head.begin(p, batch, grad != nil)
	e.total.clear()
	drop := e.shape.drop(key)
	size := max(leastGroup, len(e.workers))
	for at := 0; at < len(batch); at += size {
		e.groupLoss(p, batch[at:min(at+size, len(batch))], at, grad != nil, drop)
	}
	stats := GPT2Stats{Loss: e.head.loss(), Tokens: e.head.predicted}
	if grad != nil {
		e.packed.unpack(e.total, p, grad)
		store(grad.Positions, e.head.positionSums)
		parts := e.head.wordParts()
		e.parallel(parts, func(_ *gpt2Worker, i int) { e.head.wordGradient(grad.Tokens, i) })
	}
	return stats
}

// groupLoss takes sequences of the batch, from number first on, forth and back.
func (e *GPT2Lanes) groupLoss(p *GPT2Params[float32], group [][]int32, first int, backward bool, drop gpt2Drop) {
	for len(e.group) < len(group) {
		e.group = append(e.group, newGPT2Sequence(e.shape))
	}
	e.parallel(len(group), func(w *gpt2Worker, i int) {
		s := e.group[i]
		s.begin(group[i], first+i, drop)
		w.forward(s, &e.packed, p)
		e.head.take(s)
	})
	from, to := e.head.columns(first, first+len(group))
	e.parallel(partsOfColumns(from, to), func(_ *gpt2Worker, i int) { e.head.positions(from, to, i) })
	if !backward {
		return
	}
	e.parallel(len(group), func(w *gpt2Worker, i int) {
		s := e.group[i]
		e.head.give(w.dh, s)
		w.backward(s, &e.packed, p)
	})
	for _, s := range e.group[:len(group)] {
		e.total.add(s.sums)
		e.head.scatter(s)
	}
}

// parallel calls do for each of so many parts, on all workers.
func (e *GPT2Lanes) parallel(parts int, do func(w *gpt2Worker, i int)) {
	var next atomic.Int32
	work := func(w *gpt2Worker) {
		for i := int(next.Add(1)) - 1; i < parts; i = int(next.Add(1)) - 1 {
			do(w, i)
		}
	}
	var group sync.WaitGroup
	for _, w := range e.workers[1:min(len(e.workers), max(1, parts))] {
		group.Go(func() { work(w) })
	}
	work(e.workers[0])
	group.Wait()
}

func (e *GPT2Lanes) check(p *GPT2Params[float32]) {
	if p.Shape != e.shape {
		panic(fmt.Sprintf("nn: parameters of %+v for %+v", p.Shape, e.shape))
	}
}

func (e *GPT2Lanes) checkBatch(batch [][]int32) {
	if len(batch) == 0 {
		panic("nn: an empty batch")
	}
	for i, tokens := range batch {
		if len(tokens) < 2 || len(tokens) > e.shape.Context {
			panic(fmt.Sprintf("nn: sequence %d has %d tokens, want 2 to %d", i, len(tokens), e.shape.Context))
		}
		e.checkTokens(tokens)
	}
}

func (e *GPT2Lanes) checkTokens(tokens []int32) {
	for _, t := range tokens {
		if t < 0 || int(t) >= e.shape.Vocab {
			panic(fmt.Sprintf("nn: token %d of %d", t, e.shape.Vocab))
		}
	}
}

// States is GPT2Params.States.
func (e *GPT2Lanes) States(p *GPT2Params[float32], tokens []int32) GPT2States[float32] {
	e.check(p)
	if len(tokens) < 1 || len(tokens) > e.shape.Context {
		panic(fmt.Sprintf("nn: %d tokens, want 1 to %d", len(tokens), e.shape.Context))
	}
	e.checkTokens(tokens)
	e.packed.pack(p)
	if len(e.group) == 0 {
		e.group = append(e.group, newGPT2Sequence(e.shape))
	}
	s, states := e.group[0], GPT2States[float32]{}
	s.begin(tokens, 0, e.shape.drop(0))
	s.states = &states
	e.workers[0].forward(s, &e.packed, p)
	s.states = nil
	return states
}

// rowsOf returns the first n columns of rows (d,·) as a buffer (n,d).
func rowsOf(x vec.Rows, d, n int) []float32 {
	out := make([]float32, n*d)
	for j := range d {
		for c, v := range x.Row(j)[:n] {
			out[c*d+j] = v
		}
	}
	return out
}
