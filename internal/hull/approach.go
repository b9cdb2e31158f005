package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// approachAll decides the last open points by the nearest point of the hull of
// all others (Wolfe 1976, see nearest.go), each among few of them: a pool. Where
// the nearest point shows a way out, one scan of all points, for all open ones at
// once, finds that the query wins, or who is beyond; those join the pool
// (column generation). Where it is the point itself, its corral is a simplex
// around it, which encloses proves. What rounding hides from both stays open.
func (s *solver) approachAll(done func(k int) error) error {
	d := s.f.dim
	if d <= bounceAbove {
		return nil
	}
	todo := s.undecidedOnes()
	if len(todo) == 0 || d < min(approachFrom, ringFrom) && d/len(todo) < leastRounds {
		return nil
	}
	p, size := s.newPool(), max(leastGroup, approachNumbers/(d*d))
	if d >= ringFrom {
		p.ring = s.newRing(p.list)
		if err := s.quickAll(p, todo, done); err != nil {
			return err
		}
	}
	for len(todo) > 0 {
		k := min(size, len(todo))
		if err := s.approachGroup(p, todo[:k], done); err != nil {
			return err
		}
		todo = todo[k:]
	}
	return nil
}

const (
	// approachFrom is the dimension from which approaches are better than walks
	// however many points are open; below, there must be leastRounds dimensions a
	// point.
	approachFrom = 192
	leastRounds  = 16
	// approachNumbers bounds, roughly, what the corrals of a group take, where that
	// allows leastGroup of them. Groups share what joins the pool, so that their
	// size may not depend on the number of workers.
	approachNumbers = 1 << 24
	leastGroup      = 2
	// mostAgain is how often an approach may begin anew, from elsewhere, where rounding
	// hides what its simplex proves.
	mostAgain = 3
	// mostScans is how many scans of all points one approach may take.
	mostScans = 100
	// askRing is the part of a simplex that tells that a point is hardly a vertex.
	askRing = 4
)

// approach is the search for the proof of one point.
type approach struct {
	at    int
	k     *corral
	x, y  []float64 // the least point so far; a difference
	q     []float32 // −x in float32
	state approachState
	proof answer // when proved
	again int    // how often it has begun anew
	asked bool   // whether the ring and what is beyond were tried
}

type approachState uint8

const (
	searching approachState = iota
	outside                 // of the hull of the pool
	proved                  // alone
	stuck
)

// newApproach begins to approach point p, with the memory of a corral or nil.
func (s *solver) newApproach(p int32, k *corral) *approach {
	d := s.f.dim
	if k == nil {
		k = newCorral(d)
	}
	k.reset()
	k.again = 1e-3 // precision enough for weights that are refined
	a := &approach{at: int(p), k: k, x: make([]float64, d), y: make([]float64, d), q: make([]float32, d)}
	for c, v := range s.f.row(a.at) {
		a.x[c] = s.mean[c] - v
	}
	a.aim()
	return a
}

// aim makes the query of x.
func (a *approach) aim() {
	size := 0x1p-1000
	for _, v := range a.x {
		size = max(size, math.Abs(v))
	}
	for c, v := range a.x {
		a.q[c] = float32(-v / size)
	}
}

// approachGroup approaches some points side by side.
func (s *solver) approachGroup(p *pool, points []int32, done func(k int) error) error {
	open := make([]*approach, 0, len(points))
	for _, i := range points {
		k := len(open)
		if s.answers[i].rung != undecided { // met meanwhile
			continue
		}
		if len(p.corrals) == k {
			p.corrals = append(p.corrals, newCorral(s.f.dim))
		}
		open = append(open, s.newApproach(i, p.corrals[k]))
	}
	for scans := 0; len(open) > 0 && scans < mostScans; scans++ {
		if err := s.amongFew(p, open, done); err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(a *approach) bool { return a.state != outside })
		decided := s.amongAll(p, open)
		open = slices.DeleteFunc(open, func(a *approach) bool { return a.state == stuck || s.answers[a.at].rung != undecided })
		if err := done(decided); err != nil {
			return err
		}
	}
	return nil
}

// amongFew steps until each open point is outside the hull of the pool, proved,
// or stuck.
func (s *solver) amongFew(p *pool, open []*approach, done func(k int) error) error {
	left := slices.Clone(open)
	for _, a := range left {
		a.state = searching
	}
	for len(left) > 0 {
		tops := p.scan(left, s.workers)
		err := vec.ParallelErr(len(left), s.workers, func(k int) error {
			s.approachStep(p, left[k], p.list[tops[k].Index])
			return done(0)
		})
		if err != nil {
			return err
		}
		decided := 0
		for _, a := range left {
			if a.state != proved {
				continue
			}
			if s.answers[a.at] = a.proof; a.proof.verdict == Selectable {
				s.front = append(s.front, int32(a.at))
			}
			decided++
		}
		if err := done(decided); err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(a *approach) bool { return a.state != searching })
	}
	return nil
}

// approachStep takes one step towards i, the point of the pool that is farthest
// along the query.
func (s *solver) approachStep(p *pool, a *approach, i int32) {
	own, lead := s.f.row(a.at), 0.0
	for c, v := range s.f.row(int(i)) {
		a.y[c] = v - own[c]
		lead -= a.x[c] * a.y[c]
	}
	switch {
	case lead < 0 || int(i) == a.at:
		a.state = outside
	case !a.enter(i):
		a.state = stuck
	case a.k.n() == s.f.dim+1:
		if proof, ok := s.surrounded(p, a); ok {
			a.proof, a.state = proof, proved
		} else if a.again++; a.again > mostAgain {
			a.state = stuck
		} else {
			s.beginAgain(a, p.list[a.again*len(p.list)/(mostAgain+2)])
		}
	case p.ring != nil && !a.asked && a.k.n() >= s.f.dim/askRing:
		a.asked = true
		if a.aim(); p.ring.settle(a) {
			a.state = proved
		}
	default:
		a.aim()
	}
}

// beginAgain begins an approach on the side of point i.
func (s *solver) beginAgain(a *approach, i int32) {
	own := s.f.row(a.at)
	for c, v := range s.f.row(int(i)) {
		a.x[c] = own[c] - v
	}
	a.k.reset()
	a.aim()
}

// enter adds point i, which is y beyond the query's, to the corral and moves to
// the new least point; false if that is none, or no nearer.
func (a *approach) enter(i int32) bool {
	if slices.Contains(a.k.index, i) {
		return false
	}
	before := math.Inf(1)
	if a.k.n() > 0 {
		before = vec.Dot(a.x, a.x)
	}
	return a.k.add(i, a.y) && a.k.settle(a.x, nil) && (vec.Dot(a.x, a.x) < before || a.k.n() == a.k.d+1)
}
