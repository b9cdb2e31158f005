package audit

import (
	"math"

	"keyhull/internal/vec"
)

// enter adds key j to the corral and moves to the least point; false if
// rounding stops it.
func (s *search) enter(j int) bool {
	d := s.lift(j)
	vec.Axpy(-1, s.own.a, d.a)
	d.b -= s.own.b
	s.corral, s.d, s.lambda = append(s.corral, j), append(s.d, d), append(s.lambda, 0)
	if len(s.corral) == 1 {
		s.lambda[0] = 1
	}
	for range 2*len(s.corral) + 10 {
		target, ok := s.least()
		if !ok {
			return false
		}
		if !s.move(target) {
			break
		}
	}
	s.sum()
	return true
}

// move goes to the target weights, or as far as all stay ≥ 0; then it drops
// those that are 0 and reports that there is more to do.
func (s *search) move(target []float64) bool {
	t, at := 1.0, -1
	for k, w := range target {
		if w < 0 {
			if r := s.lambda[k] / (s.lambda[k] - w); r < t {
				t, at = r, k
			}
		}
	}
	keep := 0
	for k, w := range target {
		l := s.lambda[k] + t*(w-s.lambda[k])
		if k == at || l <= 0 {
			continue
		}
		s.corral[keep], s.d[keep], s.lambda[keep] = s.corral[k], s.d[k], l
		keep++
	}
	s.corral, s.d, s.lambda = s.corral[:keep], s.d[:keep], s.lambda[:keep]
	return at >= 0
}

// sum sets u and brings the weights to the sum 1.
func (s *search) sum() {
	total := 0.0
	for _, l := range s.lambda {
		total += l
	}
	clear(s.u.a)
	s.u.b = 0
	for k, l := range s.lambda {
		s.lambda[k] = l / total
		vec.Axpy(l/total, s.d[k].a, s.u.a)
		s.u.b += l / total * s.d[k].b
	}
}

// least returns the weights, of sum 1, for which F is least on the affine hull
// of the corral. With the Gram matrix M of the d_a and β the d_b, the condition
// for a fixed s is M·α = (s/R)·β + μ·1: so α = p + s·v,
// p = x0/Σx0, v = (x1 − p·Σx1)/R, where M·x0 = 1, M·x1 = β. Σv = 0 and
// M·p ∝ 1, so p and v are orthogonal in M, and s² = ‖Σ α d_a‖² = pMp + s²·vMv.
// If vMv ≥ 1, F falls for ever along v: the target is far out there. What is
// added to the diagonal of M keeps s above 0 where the hull meets u_a = 0, and
// R·u_a/s near what it is in the limit.
func (s *search) least() ([]float64, bool) {
	m := len(s.d)
	gram := make([]float64, m*m)
	trace := 0.0
	for i := range m {
		for k := range i + 1 {
			g := vec.Dot(s.d[i].a, s.d[k].a)
			gram[i*m+k], gram[k*m+i] = g, g
		}
		trace += gram[i*m+i]
	}
	for i := range m {
		gram[i*m+i] += 1e-13*trace + 1e-300
	}
	x0, x1 := make([]float64, m), make([]float64, m)
	for i := range m {
		x0[i], x1[i] = 1, s.d[i].b
	}
	if !cholesky(gram, m) {
		return nil, false
	}
	backSolve(gram, m, x0)
	backSolve(gram, m, x1)
	sum0, sum1 := 0.0, 0.0
	for i := range m {
		sum0 += x0[i]
		sum1 += x1[i]
	}
	if !(sum0 > 0) {
		return nil, false
	}
	v, vMv := make([]float64, m), 0.0
	for i := range m {
		v[i] = (x1[i] - x0[i]*(sum1/sum0)) / s.radius
		vMv += v[i] * s.d[i].b / s.radius
	}
	step := math.Sqrt(1 / sum0) // √pMp
	if vMv < 1-1e-16 {
		step /= math.Sqrt(1 - vMv)
	} else {
		step *= 1e8
	}
	s.size = step
	target := make([]float64, m)
	for i := range m {
		target[i] = x0[i]/sum0 + step*v[i]
	}
	return target, true
}

// cholesky replaces the lower part of a positive definite m×m matrix by its
// factor.
func cholesky(a []float64, m int) bool {
	for i := range m {
		row := a[i*m : i*m+m]
		for k := range i {
			row[k] = (row[k] - vec.Dot(row[:k], a[k*m:k*m+k])) / a[k*m+k]
		}
		v := row[i] - vec.Dot(row[:i], row[:i])
		if !(v > 0) {
			return false
		}
		row[i] = math.Sqrt(v)
	}
	return true
}

// backSolve solves L·Lᵀ·x = x in place.
func backSolve(l []float64, m int, x []float64) {
	for i := range m {
		x[i] = (x[i] - vec.Dot(l[i*m:i*m+i], x[:i])) / l[i*m+i]
	}
	for i := m - 1; i >= 0; i-- {
		for k := i + 1; k < m; k++ {
			x[i] -= l[k*m+i] * x[k]
		}
		x[i] /= l[i*m+i]
	}
}
