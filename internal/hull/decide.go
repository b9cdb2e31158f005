package hull

import (
	"context"
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

	ints  slab[int] // memory of proofs
	lists slab[[]int]
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
	s := solvers.Get().(*solver)
	defer s.release()
	s.t, s.count, s.plane, s.f, s.mean = t, t.n(), t.plainPlane(), t.frame(), t.mean
	s.workers, s.leads, s.answers, s.once64, s.step = opt.Workers, opt.Leads, o.answers, new(sync.Once), meter.done
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

// solvers keeps the memory of decisions of small sets for later ones.
var solvers = sync.Pool{New: func() any { return new(solver) }}

// release gives the memory back.
func (s *solver) release() {
	if s.n()*s.f.dim <= startNumbers {
		*s = solver{sieve: s.sieve, all64: s.all64, base64: s.base64, front: s.front[:0], front32: s.front32, scratch: s.scratch, places: s.places, fresh: s.fresh}
		solvers.Put(s)
	}
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
		s.once64.Do(func() { fill(&s.all64, s.f, s.n()) })
	}
}

// fill makes panels of the first n points of a frame.
func fill[T vec.Float](p *vec.Panels[T], f *frame, n int) {
	p.Reset(f.dim)
	p.Resize(n)
	p.SetRows(0, f.w, upTo(n))
}

func distance(x, y []float64) float64 {
	s := 0.0
	for c := range x {
		s += (x[c] - y[c]) * (x[c] - y[c])
	}
	return s
}
