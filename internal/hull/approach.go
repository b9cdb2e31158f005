package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// leastRounds is how many scans an approach must be able to afford.
const leastRounds = 16

// approachAll looks for queries of the last open points, by the nearest point of
// the hull of all others (Wolfe 1976, see nearest.go): all points side by side,
// one scan a step. The first simplex of a walk takes the time of dim scans of one
// point; so many are spent, if they are few points. Who stays open walks.
func (s *solver) approachAll() error {
	d := s.f.dim
	if d <= bounceAbove {
		return nil
	}
	todo := s.undecidedOnes()
	if len(todo) == 0 || d/len(todo) < leastRounds {
		return nil
	}
	open := make([]*approach, len(todo))
	for k, p := range todo {
		open[k] = s.newApproach(p)
	}
	u := &questions{wide: make([]float64, d), abs: make([]float64, d)}
	var wins []win
	for range d / len(todo) {
		if open = s.approachOnce(u, open); len(open) == 0 {
			break
		}
		wins = append(wins, u.wins(d)...)
		u.out = u.out[:0]
		if err := s.step(0); err != nil {
			return err
		}
	}
	s.accept(append(wins, u.wins(d)...), byWalk)
	return nil
}

// approach is the search for a query of one point.
type approach struct {
	at   int
	k    *corral
	x, y []float64 // the least point so far; a difference
	q    []float32 // −x in float32
}

func (s *solver) newApproach(p int32) *approach {
	d := s.f.dim
	a := &approach{at: int(p), k: newCorral(d), x: make([]float64, d), y: make([]float64, d), q: make([]float32, d)}
	for c, v := range s.f.row(a.at) {
		a.x[c] = s.mean[c] - v
	}
	return a
}

// approachOnce takes one step for each open point and returns those that are
// still open; queries that win are in u.out.
func (s *solver) approachOnce(u *questions, open []*approach) (left []*approach) {
	u.asks = u.asks[:0]
	for _, a := range open {
		size := 0x1p-1000
		for _, v := range a.x {
			size = max(size, math.Abs(v))
		}
		for c, v := range a.x {
			a.q[c] = float32(-v / size)
		}
		u.asks = append(u.asks, ask{at: a.at, q: a.q})
	}
	u.top = s.sieve.scores(u, u.top, 0, s.sieve.all.Panels())
	for k, a := range open {
		i := s.sieve.order[u.top[k].Index]
		if int(i) == a.at {
			if i, gap := s.judge(a.q); gap > 0 {
				u.out = append(u.out, hit{i, slices.Clone(a.q), gap})
			}
		} else if a.enter(s.f.row(a.at), s.f.row(int(i)), i) {
			left = append(left, a)
		}
	}
	return left
}

// enter adds a point to the corral and moves to the new least point; false if
// that is none, or the origin.
func (a *approach) enter(own, row []float64, i int32) bool {
	if slices.Contains(a.k.index, i) {
		return false
	}
	before := math.Inf(1)
	if a.k.n() > 0 {
		before = vec.Dot(a.x, a.x)
	}
	for c, v := range row {
		a.y[c] = v - own[c]
	}
	return a.k.add(i, a.y) && a.k.settle(a.x, nil) && vec.Dot(a.x, a.x) < before
}
