package hull

import (
	"slices"
	"sync"

	"keyhull/internal/vec"
)

// win is a vertex that a walk met, with a query that proves it.
type win struct {
	i   int32
	q   []float64 // frame coordinates
	gap float64   // proved lead over every other point
}

// walkChunk is how many points one walker takes in a row. Chunks are fixed and
// see only the vertices known before their round, so that no answer depends on
// the number of workers.
const walkChunk = 32

// walkAll walks to every undecided point, in rounds of growing size.
func (s *solver) walkAll(meter *meter) error {
	todo := s.undecidedOnes()
	if len(todo) == 0 {
		return nil
	}
	basis, pivotRatio := s.firstSimplex()
	if err := s.step(0); err != nil {
		return err
	}
	if basis == nil {
		return nil // flat as far as floats can tell
	}
	if pivotRatio < whitenBelow && s.whiten(basis) {
		todo = s.undecidedOnes()
	}
	s.frontPanels()
	s.walkers = &sync.Pool{New: func() any { return newWalker(s) }}
	first := newWalker(s)
	copy(first.basis, basis)
	if !first.refactorBy(s.workers) {
		return nil
	}
	s.starts = newStarts(first, len(todo))
	defer startsPool.Put(s.starts)
	for from, size := 0, walkChunk*4; from < len(todo); from, size = from+size, size*2 {
		if err := s.walkRound(first, todo[from:min(from+size, len(todo))], from/walkChunk, meter); err != nil {
			return err
		}
	}
	return nil
}

// walkRound walks to the points of a round, before which there were so many chunks.
func (s *solver) walkRound(first *walker, round []int32, before int, meter *meter) error {
	chunks := (len(round) + walkChunk - 1) / walkChunk
	type result struct {
		found []answer
		met   []win
	}
	results := make([]result, chunks)
	s.fresh = resized(s.fresh, len(round))
	own := s.fresh
	err := vec.ParallelErr(chunks, s.workers, func(k int) error {
		list := round[k*walkChunk : min((k+1)*walkChunk, len(round))]
		w := s.walkers.Get().(*walker)
		defer s.walkers.Put(w)
		w.start(first.basis, first.matrix())
		r := &results[k]
		for i, p := range list {
			if s.answers[p].rung == undecided && !slices.ContainsFunc(w.found, func(f win) bool { return f.i == p }) {
				w.resume(int(p), before, before+k)
				own[k*walkChunk+i] = s.translate(p, w.decide(int(p)))
				w.keep(int(p), (before+k)*walkChunk+i)
			}
			if err := meter.done(1); err != nil {
				return err
			}
		}
		r.found = make([]answer, len(w.found))
		for i, f := range w.found {
			r.found[i] = s.translate(f.i, answer{rung: byWalk, verdict: Selectable, query: f.q, gap: f.gap})
		}
		r.met = w.found
		return nil
	})
	for k, r := range results {
		for i := k * walkChunk; i < min((k+1)*walkChunk, len(round)); i++ {
			s.settle(round[i], own[i])
			own[i] = answer{}
		}
		for i, a := range r.found {
			s.settle(r.met[i].i, a)
		}
	}
	return err
}

// settle records a walk's answer.
func (s *solver) settle(p int32, a answer) {
	if a.rung == undecided || s.answers[p].rung != undecided {
		return
	}
	s.answers[p] = a
	if a.verdict == Selectable {
		s.front = append(s.front, p)
		s.front32.Append(s.f.row(int(p)))
	}
}

// translate turns a walk's answer into one about the source: a query found in
// whitened coordinates must be proved again.
func (s *solver) translate(p int32, a answer) answer {
	if a.rung == undecided || a.verdict != Selectable {
		return a
	}
	q := a.query
	if s.f.back != nil {
		q = s.f.queryBack(q)
		top := s.topBase(q)
		a.gap = top.Best - top.Second - 2*s.base.bound64(q)
		if top.Index != p || a.gap <= 0 {
			src, _, ok := s.t.sourceQuery(q)
			if ok {
				a.gap, ok = s.t.proveQuery(int(p), src)
			}
			if !ok {
				return answer{}
			}
			a.query = src
			return a
		}
	}
	return s.selectable(byWalk, q, a.gap)
}
