package hull

import "keyhull/internal/vec"

// reflections is how many the search tries before it gives up.
const reflections = 12

// reflect looks for a query that p wins: start with the direction from the
// mean to p; while another point x wins, mirror the query at the hyperplane
// orthogonal to x − p, so that p beats x by as much (Grivas, Bogoychev, Lopez
// 2022 call it a braid reflection). True with the query in q64 of a proof.
func (s *solver) reflect(p int) bool {
	d := s.f.dim
	buf := resized(s.scratch, 2*d)
	s.scratch = buf
	q, diff := buf[:d], buf[d:2*d]
	for c, v := range s.f.row(p) {
		q[c] = v - s.mean[c]
	}
	for range reflections {
		top := vec.Top2F64(q, &s.all64)
		if int(top.Index) == p {
			return top.Best-top.Second > 2*s.f.bound64(q)
		}
		for c, v := range s.f.row(int(top.Index)) {
			diff[c] = v - s.f.row(p)[c]
		}
		size := vec.Dot(diff, diff)
		if size == 0 {
			return false
		}
		vec.Axpy(-2*vec.Dot(q, diff)/size, diff, q)
	}
	return false
}
