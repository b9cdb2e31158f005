package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

const (
	quickRounds = 16   // how often the ring is tried, which suffices for points well inside
	quickShare  = 0.03 // of the mean weight: how large weights should be at least
)

// prove tries to prove that p is interior by weights nu of points in a list that
// begins with the ring, after it has made those of the ring more precise.
func (r *ring) prove(list []int32, nu []float64, p int) (answer, bool) {
	rho, buf := make([]float64, r.s.f.dim+1), make([]float64, r.s.f.dim+1)
	for range mostRefined {
		least := math.Inf(1)
		for _, v := range nu {
			least = min(least, v)
		}
		if r.residual(list, nu, p, rho)*ringRoom < least*r.sigma {
			return interiorBy(list, nu), true
		}
		solveWith(r.l, rho)
		for k, j := range r.list {
			nu[k] -= vec.Dot(r.scaled(j, buf), rho)
		}
	}
	return answer{}, false
}

// interiorBy is the answer that a list and weights prove.
func interiorBy(list []int32, nu []float64) answer {
	sum, weights := 0.0, make([]float64, len(nu))
	for _, v := range nu {
		sum += v
	}
	for k, v := range nu {
		weights[k] = v / sum
	}
	return answer{rung: byWalk, verdict: Interior, bases: [][]int32{append([]int32(nil), list...)}, weights: [][]float64{weights}}
}

// residual sets ρ, computed in twice the precision, and bounds its length, errors of
// the points included.
func (r *ring) residual(list []int32, nu []float64, p int, rho []float64) float64 {
	sum, buf, size := make([]two, len(rho)), make([]float64, len(rho)), 1.0
	for c, v := range r.scaled(int32(p), buf) {
		sum[c].hi = -v
	}
	for k, j := range list {
		size += math.Abs(nu[k])
		for c, v := range r.scaled(j, buf) {
			sum[c] = sum[c].add(twoProd(nu[k], v))
		}
	}
	square := 0.0
	for c, v := range sum {
		rho[c] = v.hi
		// every term is below size·h, and so are partial sums; 2·|v|, with room
		e := math.Abs(v.hi)*(1+1e-9) + size*r.off[c] + float64(len(list)+4)*twice*size*4*r.h
		square += e * e
	}
	return math.Sqrt(square) * (1 + 1e-9)
}

// quick tries to prove that p is interior by the ring. It takes turns: weights below δ
// are reflected at δ, and all are moved to the nearest ones that give p (Bauschke and
// Kruk, "Reflection-projection method for convex feasibility problems with an obtuse
// cone", JOTA 120, 2004).
func (r *ring) quick(p int) (answer, bool) {
	m, d := len(r.list), r.s.f.dim
	nu, buf, y := make([]float64, m), make([]float64, d), make([]float64, d+1)
	next, sum := slices.Repeat([]float64{1 / float64(m)}, m), r.start(r.list, p, buf)
	delta := quickShare / float64(m)
	for range quickRounds {
		for c, v := range sum[:d] {
			y[c] = v * r.up[c]
		}
		y[d] = sum[d]
		solveWith(r.l, y)
		for c, f := range r.up {
			y[c] *= f
		}
		clear(sum)
		least := math.Inf(1)
		for k, j := range r.list {
			x := r.s.f.rowIn(int(j), buf)
			nu[k] = next[k] - vec.Dot(x, y[:d]) - r.h*y[d]
			least = min(least, nu[k])
			if next[k] = nu[k]; nu[k] < delta {
				next[k] = 2*delta - nu[k]
				vec.Axpy(next[k]-nu[k], x, sum[:d])
				sum[d] += (next[k] - nu[k]) * r.h
			}
		}
		if least > delta/4 {
			return r.prove(r.list, nu, p)
		}
	}
	return answer{}, false
}

// start is Σ ν_j·[x_j, h] − [x_p, h] for equal weights.
func (r *ring) start(list []int32, p int, buf []float64) []float64 {
	d := r.s.f.dim
	sum := make([]float64, d+1)
	for _, j := range list {
		vec.Axpy(1/float64(len(list)), r.s.f.rowIn(int(j), buf), sum[:d])
	}
	vec.Axpy(-1, r.s.f.rowIn(p, buf), sum[:d])
	return sum
}

// mix tries to prove that p is interior where a corral is a simplex around it, too flat for
// encloses. Let λ be the weights of p on the simplex and γ those of c, the mean of the ring.
// Then λ − ε·γ on the simplex and ε in equal parts on the ring give p, and are positive for
// small ε > 0. What rounding makes them miss the ring makes up for.
func (r *ring) mix(k *corral, p int) (answer, bool) {
	d, n := r.s.f.dim, k.n()
	if n != d+1 {
		return answer{}, false
	}
	g, gamma := make([]float64, n), make([]float64, n)
	to := append(r.start(r.list, p, make([]float64, d))[:d], k.s)
	for i := range g {
		g[i] = vec.Dot(k.ortho(i), to)
	}
	k.back(gamma, g)
	epsilon := 0.5
	for i, l := range k.lambda {
		if gamma[i] > 0 {
			epsilon = min(epsilon, l/gamma[i]/2)
		}
	}
	nu := slices.Repeat([]float64{epsilon / float64(len(r.list))}, len(r.list))
	for i, l := range k.lambda {
		nu = append(nu, l-epsilon*gamma[i])
	}
	return r.prove(append(slices.Clone(r.list), k.index...), nu, p)
}
