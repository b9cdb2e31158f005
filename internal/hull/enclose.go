package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// encloses proves that point p is strictly inside the simplex of the dim+1 points
// of a basis, of which lambda are its weights, roughly.
//
// Let B have the rows b_i = f_i·[x_i − x_p, h], with any h and f_i > 0. If a
// floating-point Cholesky factorization of B·Bᵀ less a shift comes to its end,
// the least eigenvalue of B·Bᵀ is at least the shift less what rounding can do
// (Rump, "Verification of positive definiteness", BIT 46, 2006). So σ, the least
// singular value of B, is bounded below; if that is above 0, the points are
// affinely independent. The weights ν with Bᵀν = [0, h] differ from approximate
// ones, of residual ρ, by at most |ρ|/σ. If none of those is as small, the exact
// ones are positive, and f_i·ν_i are weights of p.
func (s *solver) encloses(basis []int32, lambda []float64, p int) (answer, bool) {
	e := s.newEnclosure(basis, p)
	sigma, ok := e.factorize()
	if !ok {
		return answer{}, false
	}
	nu := make([]float64, len(basis))
	for i, v := range lambda {
		nu[i] = v / e.f[i]
	}
	for k := 0; !(e.residual(nu)*room < slices.Min(nu)*sigma); k++ {
		if k == mostRefined {
			return answer{}, false
		}
		e.refine(nu)
	}
	a, sum := answer{rung: byWalk, verdict: Interior, bases: [][]int32{slices.Clone(basis)}, weights: [][]float64{nu}}, 0.0
	for i, v := range nu {
		sum += v * e.f[i]
	}
	for i := range nu {
		nu[i] *= e.f[i] / sum
	}
	return a, true
}

const (
	mostRefined = 6 // how often weights are made more precise
	room        = 2 // for whoever checks a proof in other ways; above 1 is enough
)

// enclosure holds B, in rows, the factor L of B·Bᵀ less a shift, and ρ.
type enclosure struct {
	n    int
	b, l [][]float64 // rows of n numbers; row i of l has i+1
	f    []float64   // powers of two
	h    float64
	off  []float64 // bound of |b − exact| of each column, times what f_i·ν_i add up to
	far  float64   // bound of the size of B − exact
	rho  []float64
}

// newEnclosure makes B: columns are scaled to numbers of about 1, and rows to
// lengths of about 1, by powers of two.
func (s *solver) newEnclosure(basis []int32, p int) *enclosure {
	d, n := s.f.dim, len(basis)
	e := &enclosure{n: n, f: make([]float64, n), h: 1, b: make([][]float64, n), l: triangle(n), off: make([]float64, n), rho: make([]float64, n)}
	for i, j := range basis {
		e.b[i] = make([]float64, n)
		s.apart(int(j), p, e.b[i][:d], e.off)
	}
	up := make([]float64, d)
	for c, size := range s.f.maxW {
		_, exp := math.Frexp(size)
		up[c] = math.Ldexp(1, -exp)
		e.off[c] = up[c]*e.off[c] + 0x1p-1000
		e.h = max(e.h, math.Sqrt(float64(d))/4)
	}
	_, exp := math.Frexp(e.h)
	e.h = math.Ldexp(1, exp)
	miss := 0.0
	for _, v := range e.off {
		miss += v * v
	}
	far := 0.0
	for i, row := range e.b {
		for c, f := range up {
			row[c] *= f
		}
		row[d] = e.h
		_, exp := math.Frexp(math.Sqrt(vec.Dot(row, row)))
		e.f[i] = math.Ldexp(1, -exp)
		for c := range row {
			row[c] *= e.f[i]
		}
		far += miss * e.f[i] * e.f[i]
	}
	e.far = math.Sqrt(far) * (1 + 1e-9)
	return e
}

// apart sets dst to x_i − x_p and raises off to how far that may be off. From the
// numbers that were given, rounding takes nothing from most.
func (s *solver) apart(i, p int, dst, off []float64) {
	t := s.t
	if s.f.back != nil || !t.src.plain() {
		own := s.f.row(p)
		for c, v := range s.f.row(i) {
			dst[c] = v - own[c]
			off[c] = 2*s.f.err[c] + 2*unit*s.f.maxW[c]
		}
		return
	}
	for c, col := range t.cols {
		x, y := t.src.raw(int(t.reps[i]), col), t.src.raw(int(t.reps[p]), col)
		v := x - y
		dst[c] = math.Ldexp(v, -t.exp[c])
		off[c] = max(off[c], math.Ldexp(math.Abs(twoDiffErr(x, y, v)), -t.exp[c])+0x1p-1000)
	}
}

// tileRows is how many rows are multiplied while they stay in the cache.
const tileRows = 16

// factorize makes L and returns a bound below σ; false if there is none.
func (e *enclosure) factorize() (sigma float64, ok bool) {
	n, trace := e.n, 0.0
	for lo := 0; lo < n; lo += tileRows {
		hi := min(lo+tileRows, n)
		for j := range hi {
			for i := max(lo, j); i < hi; i++ {
				e.l[i][j] = vec.Dot(e.b[i], e.b[j])
			}
		}
		for i := lo; i < hi; i++ {
			trace += e.l[i][i]
		}
	}
	// 1. The product is off by (n+2)·unit·Σ|b_i|², the factor by as much or so.
	loss := 2 * float64(n+16) * unit * trace * (1 + 1e-6)
	shift := 1.5 * loss
	for i := range n {
		e.l[i][i] -= shift
	}
	// 2. The factor, in place.
	if !factor(e.l, e.l, 0, 1) {
		return 0, false
	}
	// 3. What is left of the shift, and the error of the rows.
	sigma = math.Sqrt(shift-loss)*(1-1e-9) - e.far
	return sigma, sigma > 0
}

// residual sets ρ to Bᵀν − [0, h] in twice the precision and bounds its length,
// errors of the points included.
func (e *enclosure) residual(nu []float64) float64 {
	sum, size := make([]two, e.n), 0.0
	sum[e.n-1].hi = -e.h
	for i, row := range e.b {
		size += math.Abs(nu[i]) * e.f[i]
		for c, v := range row {
			sum[c] = sum[c].add(twoProd(nu[i], v))
		}
	}
	square := 0.0
	for c, v := range sum {
		e.rho[c] = v.hi
		// every term is below (size+1)·(h+1) and 2·|v| of a column, with room
		r := math.Abs(v.hi) + size*e.off[c] + float64(e.n+4)*twice*(size+1)*4*(e.h+1)
		square += r * r
	}
	return math.Sqrt(square) * (1 + 1e-9)
}

// refine takes from ν what the residual ρ says it is off.
func (e *enclosure) refine(nu []float64) {
	u := make([]float64, e.n)
	for i, row := range e.b {
		u[i] = vec.Dot(row, e.rho)
	}
	solveWith(e.l, u)
	for i, v := range u {
		nu[i] -= v
	}
}
