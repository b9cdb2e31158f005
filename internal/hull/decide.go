package hull

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"keyhull/internal/vec"
)

// Options of a decision. Progress and Search may be nil.
type Options struct {
	Workers  int
	Progress func(done, total int)
	Search   func() // once, before the points that a scan leaves open
	Leads    bool   // work for proofs that show large leads
}

// Outcome is what is known of every point of a source.
type Outcome struct {
	t       *set
	answers []answer // one a rep
	Rank    int
	// Points decided on each rung, and whether coordinates were whitened.
	Scan, Walk, Exact, Plane int
	Whitened                 bool
	NoQueries                bool // proofs of vertices come without: a caller's choice
	leads                    bool // see Options
}

// Decide decides every point.
func Decide(ctx context.Context, src *Source, opt Options) (*Outcome, error) {
	t, err := newSet(src, opt.Workers)
	if err != nil {
		return nil, err
	}
	if err := t.reduce(opt.Workers); err != nil {
		return nil, err
	}
	t.centreAll(opt.Workers)
	o := &Outcome{t: t, Rank: t.rank, answers: make([]answer, t.n()), leads: opt.Leads}
	meter := newMeter(ctx, t.n(), opt.Progress)
	if t.rank <= 2 {
		err = t.decidePlane(o.answers, opt.Workers)
	} else {
		err = o.decideSpace(opt, meter)
	}
	if err != nil {
		return nil, err
	}
	o.count()
	return o, nil
}

func (o *Outcome) count() {
	for i := range o.answers {
		switch o.answers[i].rung {
		case byScan:
			o.Scan++
		case byWalk:
			o.Walk++
		case byExact:
			o.Exact++
		case byPlane:
			o.Plane++
		default:
			panic("hull: internal error: a point was left undecided")
		}
	}
}

// decideSpace is the ladder for rank 3 and more: scan, walk, walk in whitened
// coordinates, exact.
func (o *Outcome) decideSpace(opt Options, meter *meter) error {
	t := o.t
	s := &solver{t: t, count: t.n(), plane: t.plainPlane(), workers: opt.Workers, leads: opt.Leads, answers: o.answers, once64: new(sync.Once),
		mean: t.mean, f: t.frame()}
	s.step = meter.done
	if err := s.scanAll(); err != nil {
		return err
	}
	if opt.Search != nil && len(s.front) < t.n() {
		opt.Search()
	}
	if err := s.bounceAll(); err != nil {
		return err
	}
	meter.settled(len(s.front))
	if err := s.approachAll(meter.done); err != nil {
		return err
	}
	if err := s.walkAll(meter); err != nil {
		return err
	}
	o.Whitened = s.f.back != nil
	return s.exactAll(meter)
}

// undecidedOnes lists them, farthest from the mean first: those are likely
// vertices, which later walks can use.
func (s *solver) undecidedOnes() []int32 {
	var list []int32
	far := make([]float64, s.n())
	for i := range s.answers {
		if s.answers[i].rung == undecided {
			list = append(list, int32(i))
			for c, v := range s.f.row(i) {
				far[i] += (v - s.mean[c]) * (v - s.mean[c])
			}
		}
	}
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(far[b], far[a]), cmp.Compare(a, b))
	})
	return list
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
		answers []answer
		found   []answer
		met     []win
	}
	results := make([]result, chunks)
	err := vec.ParallelErr(chunks, s.workers, func(k int) error {
		list := round[k*walkChunk : min((k+1)*walkChunk, len(round))]
		w := newWalker(s)
		w.start(first.basis, first.m)
		r := &results[k]
		r.answers = make([]answer, len(list))
		for i, p := range list {
			if s.answers[p].rung == undecided && !slices.ContainsFunc(w.found, func(f win) bool { return f.i == p }) {
				w.resume(int(p), before, before+k)
				r.answers[i] = s.translate(p, w.decide(int(p)))
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
		for i, a := range r.answers {
			s.settle(round[k*walkChunk+i], a)
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

// exactAll decides exactly what floats left open.
func (s *solver) exactAll(meter *meter) error {
	var todo []int
	for i := range s.answers {
		if s.answers[i].rung == undecided {
			todo = append(todo, i)
		}
	}
	return vec.ParallelErr(len(todo), s.workers, func(k int) error {
		s.answers[todo[k]] = s.t.decideExact(todo[k], s.front)
		return meter.done(1)
	})
}

// need64 makes the float64 panels, which a set that scans decide never needs.
func (s *solver) need64() {
	if s.once64 != nil {
		s.once64.Do(func() { s.fill64(&s.all64) })
	}
}

// fill64 makes panels of all points of the frame.
func (s *solver) fill64(p *vec.Panels64) {
	order := make([]int32, s.n())
	for i := range order {
		order[i] = int32(i)
	}
	p.Reset(s.f.dim)
	p.Resize(s.n())
	p.SetRows(0, s.f.w, order)
}

func distance(x, y []float64) float64 {
	s := 0.0
	for c := range x {
		s += (x[c] - y[c]) * (x[c] - y[c])
	}
	return s
}
