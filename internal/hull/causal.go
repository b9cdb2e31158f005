package hull

import (
	"context"
	"math/big"
	"slices"

	"keyhull/internal/vec"
)

// Death says from which prefix on a point is unselectable. Indices are the
// source's.
type Death struct {
	At      int       // it is a combination of points 0 … At; −1: never
	Basis   []int     // proves that
	Weights []float64 // of the basis, rounded
	// Query proves it a vertex of points 0 … At−1 (nil if At is its own place
	// or −1); Exact takes its place where no float64 query was proved.
	Query []float64
	Exact []*big.Rat
}

// sweep adds the distinct points one by one and keeps for every point that is
// still a vertex a query that it wins. A new point can only unseat those whose
// query it wins; they alone are decided anew within the prefix. A point inside
// the hull of a prefix stays inside for ever.
type sweep struct {
	t     *set
	s     *solver
	walk  *walker
	lasts []answer  // with all points there: a vertex of all is one of every prefix
	alive []int32   // vertices of the prefix that are to die
	state []witness // of each distinct point
	ways  [2]func(int) answer
	death []Death
}

// witness is a query in working coordinates and what it must stay under.
type witness struct {
	q     []float64 // nil: none that floats can prove
	limit float64   // q·x of a newcomer must be below
	proof answer
}

// Deaths returns the death of every distinct point, in the order of their
// first appearance.
func (o *Outcome) Deaths(ctx context.Context) ([]Death, error) {
	t := o.t
	f := t.frame()
	for i := range o.answers {
		a := &o.answers[i]
		a.query, a.gap = o.query(a)
		a.own = 0
	}
	w := &sweep{t: t, lasts: o.answers, state: make([]witness, t.n()), death: make([]Death, t.n()),
		s: &solver{t: t, f: f, answers: make([]answer, t.n()), plane: t.plainPlane()}}
	w.ways = [2]func(int) answer{w.reflect, w.walkTo}
	if t.dim <= bounceAbove { // a walk is soon at its end, and most points are inside
		slices.Reverse(w.ways[:])
	}
	w.s.all64.Reset(t.dim)
	w.s.front32.Reset(t.dim)
	w.s.findMeanOf(t.n())
	for i := range t.n() {
		w.death[i].At = -1
		w.s.count++
		w.s.all64.Append(f.row(i))
		w.add(i)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return w.death, nil
}

// add lets point i in: first those whose queries it wins, then itself.
func (w *sweep) add(i int) {
	x := w.s.f.row(i)
	kept := w.alive[:0]
	for _, j := range w.alive {
		if v := &w.state[j]; v.q != nil && vec.Dot(v.q, x) < v.limit || w.renew(int(j), i) {
			kept = append(kept, j)
		}
	}
	w.alive = kept
	lasts := w.lasts[i].verdict == Selectable
	if !lasts && !w.renew(i, i) {
		return
	}
	if !lasts {
		w.alive = append(w.alive, int32(i))
	}
	w.s.front = append(w.s.front, int32(i))
	w.s.front32.Append(x)
}

// renew decides point j among 0 … i and reports whether it is a vertex there.
func (w *sweep) renew(j, i int) bool {
	a := w.decide(j)
	if a.verdict == Selectable {
		w.state[j] = w.newWitness(j, a)
		return true
	}
	before := w.state[j].proof
	w.death[j] = Death{At: int(w.t.reps[i]), Weights: a.weights[0], Query: before.query, Exact: before.exact}
	for _, b := range a.bases[0] {
		w.death[j].Basis = append(w.death[j].Basis, int(w.t.reps[b]))
	}
	w.state[j] = witness{}
	return false
}

// decide finds a vertex's query or a basis, by the sweep's ways or exactly.
func (w *sweep) decide(j int) answer {
	for _, way := range w.ways {
		if a := way(j); a.rung != undecided {
			return a
		}
	}
	return w.t.decideAmong(j, w.s.count)
}

func (w *sweep) reflect(j int) answer {
	if !w.s.reflect(j) {
		return answer{}
	}
	return answer{verdict: Selectable, query: append([]float64(nil), w.s.scratch[:w.t.dim]...), rung: byWalk}
}

func (w *sweep) walkTo(j int) answer {
	if !w.ready() {
		return answer{}
	}
	return w.walk.decide(j)
}

// ready makes the walker as soon as the prefix spans.
func (w *sweep) ready() bool {
	if w.walk != nil {
		w.walk.found = w.walk.found[:0]
		w.walk.local.Reset(w.t.dim)
		return true
	}
	d := w.t.dim
	if w.s.count <= d+1 {
		return false
	}
	prefix := *w.s.f
	prefix.w = prefix.w[:w.s.count*d]
	s := &solver{t: w.t, f: &prefix, count: w.s.count, mean: w.s.mean}
	basis, ratio := s.firstSimplex()
	if ratio < 1e-12 {
		return false
	}
	walk := newWalker(w.s)
	copy(walk.basis, basis)
	if walk.refactor() {
		w.walk = walk
	}
	return w.walk != nil
}

// newWitness keeps a query of working coordinates with the score that a
// newcomer must stay under; a query that came from exact arithmetic is
// only kept as proof.
func (w *sweep) newWitness(j int, a answer) witness {
	if a.rung == byExact {
		return witness{proof: a}
	}
	f := w.s.f
	limit := vec.Dot(a.query, f.row(j)) - 2*f.bound64(a.query)
	return witness{q: a.query, limit: limit, proof: w.t.selectable(a.rung, a.query, a.gap)}
}

// decideAmong decides point p exactly among the first count points: a vertex
// with its query, or one basis.
func (t *set) decideAmong(p, count int) answer {
	l := &lp{t: t, p: p, lifted: true, count: count}
	support := l.solve(t.lift(p))
	if support == nil {
		return t.vertexByPrices(p, l.y[:t.dim], count)
	}
	a := answer{rung: byExact, verdict: Interior}
	a.addBasis(support, l.weights())
	return a
}

// lift returns [x_p; 1].
func (t *set) lift(p int) []big.Int {
	target := make([]big.Int, t.dim+1)
	copyInts(target, t.exactRow(p))
	target[t.dim].SetInt64(1)
	return target
}
