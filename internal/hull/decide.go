package hull

import (
	"context"
	"math"
	"slices"
	"sync"

	"keyhull/internal/vec"
)

// Options of a decision. Progress may be nil.
type Options struct {
	Workers  int
	Progress func(done, total int)
	Leads    bool // work for proofs that show large leads
}

// Outcome is what is known of every point of a source.
type Outcome struct {
	t       *set
	answers []answer // one a rep
	Rank    int
	// Points decided on each rung, and whether coordinates were whitened.
	Scan, Walk, Exact, Plane int
	Whitened                 bool
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
	o := &Outcome{t: t, Rank: t.rank, answers: make([]answer, t.n())}
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
		mean: t.mean, f: &frame{dim: t.dim, w: t.w, maxW: t.maxW, err: t.err}}
	s.step = meter.check
	if err := s.scanAll(); err != nil {
		return err
	}
	meter.settle(len(s.front))
	if err := s.bounceAll(); err != nil {
		return err
	}
	if err := s.approachAll(); err != nil {
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
	slices.SortStableFunc(list, func(a, b int32) int {
		switch {
		case far[a] > far[b]:
			return -1
		case far[a] < far[b]:
			return 1
		}
		return 0
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
	if basis == nil {
		return nil // flat as far as floats can tell
	}
	if pivotRatio < whitenBelow && s.whiten(basis) {
		todo = s.undecidedOnes()
	}
	s.frontPanels()
	first := newWalker(s)
	copy(first.basis, basis)
	if !first.refactor() {
		return nil
	}
	for size := walkChunk * 4; len(todo) > 0; size *= 2 {
		round := todo[:min(size, len(todo))]
		todo = todo[len(round):]
		if err := s.walkRound(first, round, meter); err != nil {
			return err
		}
	}
	return nil
}

func (s *solver) walkRound(first *walker, round []int32, meter *meter) error {
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
				r.answers[i] = s.translate(p, w.decide(int(p)))
			}
		}
		r.found = make([]answer, len(w.found))
		for i, f := range w.found {
			r.found[i] = s.translate(f.i, answer{rung: byWalk, verdict: Selectable, query: f.q, gap: f.gap})
		}
		r.met = w.found
		return meter.done(len(list))
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
	return s.t.selectable(byWalk, q, a.gap)
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

// firstSimplex picks affinely independent points greedily: Gaussian
// elimination with complete pivoting on the differences to a far point. It
// returns them and the ratio of the last pivot to the first.
func (s *solver) firstSimplex() (basis []int32, ratio float64) {
	d, n := s.f.dim, s.n()
	base, far := 0, -1.0
	for i := range n {
		if r := distance(s.f.row(i), s.mean); r > far {
			base, far = i, r
		}
	}
	s.scratch = resized(s.scratch, (n+1)*d)
	a, row := s.scratch[:n*d], s.scratch[n*d:]
	copy(a, s.f.w[:n*d])
	for i := range n {
		for c, v := range s.f.row(base) {
			a[i*d+c] -= v
		}
	}
	basis = append(make([]int32, 0, d+1), int32(base))
	first := 0.0
	for range d {
		at := largest(a)
		pivot, r, c := a[at], at/d, at%d
		if first == 0 {
			first = math.Abs(pivot)
		}
		if pivot == 0 {
			return nil, 0
		}
		ratio = math.Abs(pivot) / first
		basis = append(basis, int32(r))
		copy(row, a[r*d:(r+1)*d])
		for i := range n {
			if f := a[i*d+c] / pivot; f != 0 {
				vec.Axpy(-f, row, a[i*d:(i+1)*d])
			}
			a[i*d+c] = 0 // no pivot again
		}
	}
	return basis, ratio
}

// largest is the place of the number of largest size.
func largest(a []float64) (at int) {
	best := -1.0
	for k, v := range a {
		if v = math.Abs(v); v > best {
			best, at = v, k
		}
	}
	return at
}

func distance(x, y []float64) float64 {
	s := 0.0
	for c := range x {
		s += (x[c] - y[c]) * (x[c] - y[c])
	}
	return s
}
