package shortcut

import (
	"math"
	"math/big"
	"slices"
)

// enclosed proves, where it can, that p lies inside the simplex of a basis of
// rank+1 keys, in less work than clearlyInside where these are many, and with more
// bits. Let B have the rows [x_j − p, h], in units of each coordinate's size. Then:
//
//  1. Float64 proposes a triangle L with L·Lᵀ near B·Bᵀ − s for some s > 0. Integers
//     of 128 bits compute E = B·Bᵀ − s − L·Lᵀ. As L·Lᵀ has no eigenvalue below 0, the
//     least of B·Bᵀ is s − ‖E‖∞ at least, and the least singular value of B its root,
//     less ‖B − exact‖. If this is some σ > 0, the keys are affinely independent.
//  2. Float64 proposes weights ν > 0, integers with a given sum. Integers compute
//     ρ = Σ ν_j·(x_j − p). The exact weights of that sum differ from ν by a vector of
//     length |ρ|/σ at most. If that is less than each ν_j, they are positive.
func (k *Keys) enclosed(p int, basis []int) bool {
	e := &enclosure{n: len(basis), far: int64(len(basis))/2 + 2}
	for _, j := range basis {
		full, row := make([]int64, 0, e.n), make([]int64, 0, e.n)
		for _, c := range k.cols {
			d, cut := k.apart(j, p, c)
			if cut {
				e.off = 1
			}
			full, row = append(full, d), append(row, (d+1<<(dropBits-1))>>dropBits)
		}
		e.full, e.b = append(e.full, full), append(e.b, append(row, side))
	}
	e.multiply()
	for _, part := range shiftBits {
		if e.propose(part) && e.checkFactor() && e.checkWeights() {
			return true
		}
	}
	return false
}

const (
	fullBits   = 61      // of a coordinate's size, of which
	dropBits   = 34      // fewer suffice for B
	side       = 1 << 27 // h: the last number of each row of B
	factorBits = 22      // behind the point, in L
	weightBits = 62      // of the sum of weights
)

// shiftBits are what s is tried as: trace/2^bits. A large s gives a large σ, but may be
// above the least eigenvalue, or so near it that weights get no better by the factor.
var shiftBits = []int{42, 45, 48}

// enclosure holds keys less p as integers: with all bits, rounded; B, which is
// off by little more than 1/2 at most in each number; and what is proposed.
type enclosure struct {
	n       int
	full, b [][]int64
	far     int64    // ‖B − exact‖ is less
	off     int64    // bound of how far numbers of full are off: 0, or 1 where bits were dropped
	product [][]wide // the lower half of B·Bᵀ
	trace   float64
	shift   int64 // s
	l       [][]float64
	sigma   *big.Int
}

// multiply computes B·Bᵀ and its trace, some rows at a time, which stay in the cache.
func (e *enclosure) multiply() {
	const some = 8
	for i := range e.b {
		e.product, e.l = append(e.product, make([]wide, i+1)), append(e.l, make([]float64, i+1))
	}
	for from := 0; from < e.n; from += some {
		for j := range min(from+some, e.n) {
			for i := max(from, j); i < min(from+some, e.n); i++ {
				e.product[i][j] = shortDot(e.b[i], e.b[j])
			}
		}
	}
	for i, row := range e.product {
		e.trace += row[i].float()
	}
}

// propose makes the shift trace/2^part and factorizes the product less that in float64.
func (e *enclosure) propose(part int) bool {
	e.shift = int64(math.Ldexp(e.trace, -part))
	for i, l := range e.l {
		for j, v := range e.product[i] {
			l[j] = v.float()
		}
		l[i] -= float64(e.shift)
		for j := range l {
			v := l[j]
			for c, w := range e.l[j][:j] {
				v -= l[c] * w
			}
			if j < i {
				l[j] = v / e.l[j][j]
			} else if l[i] = math.Sqrt(v); !(v > 0) {
				return false
			}
		}
	}
	return e.shift > 0
}

// checkFactor sets σ; false if it is not above 0.
func (e *enclosure) checkFactor() bool {
	sums, l := make([]*big.Int, e.n), make([][]int64, e.n)
	for i, row := range e.l {
		sums[i] = new(big.Int)
		for _, v := range row {
			if !(math.Abs(v) < 1<<34) {
				return false
			}
			l[i] = append(l[i], int64(math.RoundToEven(math.Ldexp(v, factorBits)))) // below 2^56
		}
		for j, v := range e.product[i] {
			if j == i {
				v = v.sub(wide{0, uint64(e.shift)})
			}
			off := v.shl(2 * factorBits).sub(wideDot(l[j], l[i])).size(2 * factorBits)
			sums[i].Add(sums[i], off)
			if j < i {
				sums[j].Add(sums[j], off)
			}
		}
	}
	least := big.NewInt(e.shift)
	for _, s := range sums {
		if v := new(big.Int).Sub(big.NewInt(e.shift), s); v.Cmp(least) < 0 {
			least = v
		}
	}
	if least.Sign() <= 0 {
		return false
	}
	e.sigma = least.Sub(least.Sqrt(least), big.NewInt(e.far))
	return e.sigma.Sign() > 0
}

// checkWeights improves weights until they are proved; false if that does not end.
func (e *enclosure) checkWeights() bool {
	nu, rho := make([]float64, e.n), make([]float64, e.n)
	rho[e.n-1] = -side
	last := math.Inf(1)
	for range 60 {
		e.refine(nu, rho)
		fixed, least := e.fixed(nu)
		if fixed == nil {
			return false
		}
		size, square := e.residual(fixed, rho), new(big.Int)
		if square.Mul(big.NewInt(least), e.sigma); least > 0 && size.Cmp(square.Mul(square, square)) < 0 {
			return true
		}
		now, _ := new(big.Float).SetInt(size).Float64()
		if now >= last {
			return false
		}
		last = now
		for i, v := range fixed {
			nu[i] = math.Ldexp(float64(v), -weightBits)
		}
	}
	return false
}

// refine takes (B·Bᵀ)⁻¹·B·ρ from ν, roughly.
func (e *enclosure) refine(nu, rho []float64) {
	u := make([]float64, e.n)
	for i, row := range e.b {
		for c, v := range row {
			u[i] += float64(v) * rho[c]
		}
		for j, v := range e.l[i][:i] {
			u[i] -= v * u[j]
		}
		u[i] /= e.l[i][i]
	}
	for i := e.n - 1; i >= 0; i-- {
		u[i] /= e.l[i][i]
		for j, v := range e.l[i][:i] {
			u[j] -= v * u[i]
		}
		nu[i] -= u[i]
	}
}

// fixed rounds weights to integers of the given sum; nil if sizes add up to twice
// that or more.
func (e *enclosure) fixed(nu []float64) (fixed []int64, least int64) {
	sum, sizes, most := 0.0, 0.0, 0
	for i, v := range nu {
		sum, sizes = sum+v, sizes+math.Abs(v)
		if v > nu[most] {
			most = i
		}
	}
	if !(sizes < 1.9*sum) {
		return nil, 0
	}
	rest := int64(1 << weightBits)
	for _, v := range nu {
		fixed = append(fixed, int64(math.RoundToEven(math.Ldexp(v/sum, weightBits))))
		rest -= fixed[len(fixed)-1]
	}
	for i, off := 0, float64(rest); i < len(fixed); i++ { // what the sum is off by changes all alike
		more := int64(math.RoundToEven(off * nu[i] / sum))
		fixed[i], rest = fixed[i]+more, rest-more
	}
	fixed[most] += rest
	return fixed, slices.Min(fixed)
}

// residual sets ρ, for weights of sum 1, and bounds its square for the exact keys, in
// units of B and of weights. Sums are below 2^125.
func (e *enclosure) residual(fixed []int64, rho []float64) *big.Int {
	sums, square := make([]wide, e.n-1), new(big.Int)
	for i, row := range e.full {
		for c, v := range row {
			sums[c] = sums[c].add(times(fixed[i], v))
		}
	}
	for c, v := range sums {
		rho[c] = math.Ldexp(v.float(), -dropBits-weightBits)
		r := v.size(dropBits)
		r.Add(r, big.NewInt(e.off*(2<<(weightBits-dropBits)+1)))
		square.Add(square, r.Mul(r, r))
	}
	rho[e.n-1] = 0
	return square
}
