package hull

import "keyhull/internal/vec"

// bounceAbove is the dimension above which open points try reflections before
// they walk: there most vertices that lose their own query are found so, many
// queries to a scan, while a walk takes many pivots.
const bounceAbove = 16

// bounceAll does for all open points at once what reflect does for one: start
// with the direction from the mean to the point; while another wins, mirror the
// query so that the point beats that one by as much. Directions and mirrors are
// those of the metric in which the points spread evenly.
func (s *solver) bounceAll() error {
	if s.f.dim <= bounceAbove {
		return nil
	}
	todo := s.undecidedOnes()
	if len(todo) == 0 {
		return nil
	}
	m := s.newMetric()
	chunks := (len(todo) + sieveChunk - 1) / sieveChunk
	wins := make([][]hit, chunks)
	err := vec.ParallelErr(chunks, s.workers, func(k int) error {
		wins[k] = s.bounce(m, todo[k*sieveChunk:min((k+1)*sieveChunk, len(todo))])
		return s.step(0)
	})
	for _, list := range wins {
		s.accept(list, byWalk)
	}
	return err
}

// bounce reflects the queries of some points and returns who won any.
func (s *solver) bounce(m *metric, points []int32) []hit {
	d, v := s.f.dim, s.sieve
	u := questions{qs: make([]float32, len(points)*d), asks: make([]ask, len(points)),
		wide: make([]float64, d), diff: make([]float64, m.ld), turned: make([]float64, m.ld)}
	for k, p := range points {
		u.asks[k] = ask{at: int(p), q: u.qs[k*d : (k+1)*d]}
		m.turn(&u, s.f.row(int(p)), s.mean)
		for c := range d {
			u.asks[k].q[c] = float32(u.turned[c])
		}
	}
	for range reflections {
		u.top = v.scores(&u, u.top, 0, v.all.Panels())
		left := u.asks[:0]
		for k, a := range u.asks {
			if s.answers[a.at].rung == undecided && s.turn(m, &u, &a, u.top[k]) {
				left = append(left, a)
			}
		}
		u.asks = left
	}
	return u.out
}

// turn notes who wins a query and mirrors it; false when its point needs no
// other query or can make none.
func (s *solver) turn(m *metric, u *questions, a *ask, r vec.Top2) bool {
	i := s.sieve.order[r.Index]
	s.sieve.measure(u, a, s.f.row(a.at))
	if gap := r.Best - r.Second - a.bound; gap > 0 && s.answers[i].rung == undecided {
		u.out = append(u.out, hit{i: i, q: append([]float32(nil), a.q...), gap: gap})
	} else if int(i) == a.at {
		if i, gap := s.judge(a.q); gap > 0 {
			u.out = append(u.out, hit{i: i, q: append([]float32(nil), a.q...), gap: gap})
		}
	}
	return int(i) != a.at && s.mirror(m, u, a, int(i))
}

// mirror reflects query a at the hyperplane orthogonal to x_i − x_p; false if
// that is nothing.
func (s *solver) mirror(m *metric, u *questions, a *ask, i int) bool {
	d := s.f.dim
	m.turn(u, s.f.row(i), s.f.row(a.at))
	size := vec.Dot(u.diff[:d], u.turned[:d])
	if !(size > 0) {
		return false
	}
	f := -2 * vec.Dot(u.wide, u.diff[:d]) / size
	for c, v := range u.turned[:d] {
		a.q[c] = float32(u.wide[c] + f*v)
	}
	return true
}

// metric is a symmetric positive definite matrix that turns differences of
// points into queries: the inverse of the covariance, or the identity.
type metric struct {
	ld int
	m  []float64
	l  [][]float64 // in many dimensions, instead of m, the factor of its inverse
}

// newMetric takes the covariance from a sample of the points: any metric will
// do, as what comes of it is proved.
func (s *solver) newMetric() *metric {
	d, n := s.f.dim, s.n()
	m := &metric{ld: (d + 3) &^ 3}
	if d >= ringFrom && s.factorMetric(m) {
		return m
	}
	m.m = make([]float64, d*m.ld)
	cov := make([]float64, d*d)
	step := max(1, n/max(1024, 8*d))
	inParts(s.workers, d, d, func(_, from, to int) {
		x, buf := make([]float64, to), make([]float64, d)
		for i := 0; i < n; i += step {
			for c, v := range s.f.rowIn(i, buf)[:to] {
				x[c] = v - s.mean[c]
			}
			for c := from; c < to; c++ {
				vec.Axpy(x[c], x[:c+1], cov[c*d:c*d+c+1])
			}
		}
	})
	for c := range d {
		for l := range c {
			cov[l*d+c] = cov[c*d+l]
		}
	}
	if !invert(m.m, m.ld, cov, d, s.workers) {
		clear(m.m)
		for c := range d {
			m.m[c*m.ld+c] = 1
		}
	}
	return m
}

// turn sets diff to x − y and turned to the query that comes of it.
func (m *metric) turn(u *questions, x, y []float64) {
	for c, v := range x {
		u.diff[c] = v - y[c]
	}
	if m.l != nil {
		copy(u.turned, u.diff)
		solveWith(m.l, u.turned[:len(x)])
		return
	}
	vec.MatVec(u.turned, m.m, m.ld, len(x), u.diff)
}

// factorMetric factorizes the covariance; false if it is nearly singular.
func (s *solver) factorMetric(m *metric) bool {
	d, n := s.f.dim, s.n()
	step := max(1, n/(8*d))
	g, l := triangle(d), triangle(d)
	addRough(g, (n+step-1)/step, 1, func(k int, x []float64) {
		for c, v := range s.f.rowIn(k*step, x) {
			x[c] = v - s.mean[c]
		}
	}, s.workers)
	if !factor(l, g, 0, s.workers) {
		return false
	}
	m.l = l
	return true
}
