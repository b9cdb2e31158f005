package hull

import (
	"math"

	"keyhull/internal/vec"
)

// poolEach is how many points a pool begins with for each of a simplex.
const poolEach = 4

// pool holds the points that approaches look at before all others, and their
// memory.
type pool struct {
	list    []int32
	in      []bool // which points are in list
	panels  vec.Panels32
	corrals []*corral
	ring    *ring // nil in few dimensions
}

// newPool takes half of a pool from the longest points and half from all, evenly
// spread.
func (s *solver) newPool() *pool {
	n := s.n()
	p := &pool{in: make([]bool, n)}
	p.panels.Reset(s.f.dim)
	order, want := s.sieve.order, min(n, poolEach*(s.f.dim+1))
	for _, i := range order[:want/2] {
		s.join(p, i)
	}
	for k := range want - want/2 {
		s.join(p, order[k*n/(want-want/2)])
	}
	return p
}

// join adds point i to the pool, unless it is there.
func (s *solver) join(p *pool, i int32) (isNew bool) {
	if p.in[i] {
		return false
	}
	p.in[i] = true
	p.list = append(p.list, i)
	p.panels.Append(s.f.row(int(i)))
	return true
}

// scan finds who of the pool wins each query.
func (p *pool) scan(open []*approach, workers int) []vec.Top2 {
	const some = 12 // queries of a task: as many as a kernel takes at once
	d := p.panels.Dim
	tops := make([]vec.Top2, len(open))
	vec.Parallel((len(open)+some-1)/some, workers, func(k int) {
		lo, hi := k*some, min((k+1)*some, len(open))
		qs := make([]float32, 0, (hi-lo)*d)
		for _, a := range open[lo:hi] {
			qs = append(qs, a.q...)
		}
		vec.Top2BlockF32(tops[lo:hi], qs, &p.panels)
	})
	return tops
}

// parts is how many parts of all points name one candidate each for the pool.
const parts = 16

// amongAll scans all points for the queries of points outside the hull of the
// pool. Who wins is accepted, and who scores above a query's own point joins the
// pool. It returns how many were decided; a point for which nobody new joins is
// stuck.
func (s *solver) amongAll(p *pool, open []*approach) (decided int) {
	if len(open) == 0 {
		return 0
	}
	v, asks, before := s.sieve, make([]ask, len(open)), len(s.front)
	for k, a := range open {
		asks[k] = ask{at: a.at, q: a.q}
	}
	size := (v.all.Panels() + parts - 1) / parts
	count := (v.all.Panels() + size - 1) / size
	tops := make([][]vec.Top2, count)
	vec.Parallel(count, s.workers, func(b int) {
		tops[b] = v.scores(&questions{asks: asks}, nil, b*size, min((b+1)*size, v.all.Panels()))
	})
	var joined []int32
	u := &questions{wide: make([]float64, s.f.dim)}
	for k, a := range open {
		v.measure(u, &asks[k], s.f.row(a.at))
		best, news := tops[0][k], 0
		for b := range tops {
			r := tops[b][k]
			if b > 0 {
				best = best.Merge(r)
			}
			if i := v.order[r.Index]; r.Best > asks[k].own-asks[k].bound && int(i) != a.at && !p.in[i] {
				joined = append(joined, i)
				news++
			}
		}
		if !s.outsideAll(a, best, asks[k].bound) && news == 0 {
			a.state = stuck
		}
	}
	for _, i := range joined {
		s.join(p, i)
	}
	return len(s.front) - before
}

// outsideAll accepts the winner of a query, if it is sure, and reports whether
// that is the query's own point.
func (s *solver) outsideAll(a *approach, r vec.Top2, bound float64) bool {
	i, gap, q := s.sieve.order[r.Index], r.Best-r.Second-bound, widen(a.q)
	if int(i) == a.at && !(gap > 0) {
		size := math.Sqrt(vec.Dot(a.x, a.x))
		for c, v := range a.x {
			q[c] = -v / size
		}
		top := s.top64(q)
		i, gap = top.Index, top.Best-top.Second-2*s.f.bound64(q)
	}
	if gap > 0 && s.answers[i].rung == undecided {
		s.vertex(i, s.selectable(byWalk, q, gap))
	}
	return int(i) == a.at && gap > 0
}
