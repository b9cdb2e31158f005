package hull

import "keyhull/internal/vec"

// surrounded tries to prove that a corral is a simplex around its point.
func (s *solver) surrounded(p *pool, a *approach) (answer, bool) {
	if proof, ok := s.encloses(a.k.index, a.k.lambda, a.at); ok || p.ring == nil {
		return proof, ok
	}
	return p.ring.mix(a.k, a.at)
}

// quickAll proves some points interior by the ring.
func (s *solver) quickAll(p *pool, points []int32, done func(k int) error) error {
	if p.ring == nil {
		return nil
	}
	proofs := make([]answer, len(points))
	err := vec.ParallelErr(len(points), s.workers, func(k int) error {
		proof, ok := p.ring.quick(int(points[k]))
		if !ok {
			return done(0)
		}
		proofs[k] = proof
		return done(1)
	})
	for k, a := range proofs {
		if a.rung != undecided {
			s.answers[points[k]] = a
		}
	}
	return err
}

// settle tries to decide the point of an approach, by the ring and points beyond it, of
// which there are more as long as p is outside the hull of those, or nearly.
func (r *ring) settle(a *approach) bool {
	n, b, ok := len(r.l), r.newBalance(a.at), false
	for count := beyondEach * n; b.extend(count); count = n {
		if b.search() {
			a.proof, ok = r.prove(b.list, b.nu, b.p)
			return ok
		}
		if len(b.list) > len(r.list)+mostBeyond*n || r.s.step(0) != nil {
			return false
		}
	}
	q := b.query()
	top := r.s.top64(q)
	gap := top.Best - top.Second - 2*r.s.f.bound64(q)
	if int(top.Index) != b.p || !(gap > 0) {
		return false
	}
	a.proof = r.s.selectable(byWalk, q, gap)
	return true
}

// search is Newton's method from equal weights; false if it does not come to an end, or
// shows that p is outside.
func (b *balance) search() bool {
	b.begin()
	step, was, soften := make([]float64, len(b.y)), make([]float64, len(b.y)), leastSoft
	for range newtonSteps {
		if b.outside || b.r.s.step(0) != nil {
			return false
		}
		if vec.Dot(b.miss, b.miss) < missed*missed {
			return true
		}
		if b.count() < len(b.y) {
			soften = max(soften, flatSoft)
		}
		if !b.factorize(soften) {
			soften *= 100
			continue
		}
		copy(step, b.miss)
		solveWith(b.l, step)
		copy(was, b.y)
		if t := b.climb(was, step); t == 1 {
			soften = max(leastSoft, soften/10)
		} else if t == 0 {
			soften = max(flatSoft, soften*100)
		}
	}
	return false
}

// begin sets y to 0, where all weights are equal.
func (b *balance) begin() {
	m := len(b.list)
	b.nu, b.free, b.counted = make([]float64, m), make([]bool, m), make([]bool, m)
	for i, row := range b.r.gram {
		copy(b.gram[i], row)
	}
	for k := range b.r.list {
		b.counted[k] = true
	}
	clear(b.y)
	b.measure()
}

// factorize makes l of gram, with so much of the mean on its diagonal added to that.
func (b *balance) factorize(soften float64) bool {
	mean := 0.0
	for c, row := range b.gram {
		mean += row[c] / float64(len(b.gram))
	}
	return factor(b.l, b.gram, -soften*mean, b.workers)
}

// climb goes from y the largest part 1, 1/2, … of a step after which the function has
// risen as it should, and returns it; 0, and stays, if that would be small.
func (b *balance) climb(was, step []float64) float64 {
	value, rise := b.value, vec.Dot(step, b.miss)
	for t := 1.0; t > leastStep; t /= 2 {
		for c := range b.y {
			b.y[c] = was[c] + t*step[c]
		}
		if b.measure(); b.outside || b.value >= value+1e-4*t*rise {
			return t
		}
	}
	copy(b.y, was)
	b.measure()
	return 0
}
