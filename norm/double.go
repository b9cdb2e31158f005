package norm

import "math"

// The fast path of Factors: sums in twice the precision of float64 with a
// proved bound on their error, and a last rounding that is taken only if every
// number within the bound rounds to the same float64.
//
// Notation: u = 2^-53. twoSum and twoProduct give a rounded result and its
// error without error (Knuth; Dekker, here by fused multiply-add). The row is
// first multiplied by a power of two so that its largest number lies in
// [1, 2): products that underflow then lose less than 2^-1000, far under every
// bound below.
//
// Sums (Ogita, Rump, Oishi, "Accurate sum and dot product", 2005): hi+lo with
// lo the float64 sum of the errors of hi. For d terms whose running sums stay
// under S(1+du), the errors add up to at most about (d+1)uS, and summing them
// by 3d additions errs by at most 3du(d+1)uS, to first order.
//
// Squares of the row: |error| ≤ 16u²d²·S with room to spare (S = Σx²).
//
// Squares of x−m: m is off by some δ under 4d²u², which adds dδ² only, since
// Σ(x−m) = 0. Write x−m = t + r with t = fl(x − m.hi), |r| ≤ u(|t| + |m|)(1+2u).
// The square is taken as t² (exact pair) + 2tr rounded; r² ≤ 2u²(t²+m²) is
// left out and r and 2tr are rounded: per term less than 16u²(t² + m² + |x|²).
// With |x|, |m| < 2 these stay under 16u²(S + 8d); the low sum holds at most
// (d+3)uS + 4u√(dS), and 3d additions of that err by 3d²u²S + 15du²S + 6d²u².
// Together |error| ≤ 16u²d²·(S + 64) for d ≥ 2.

const u2 = 0x1p-106 // u²

// pair is the exact sum hi + lo, |lo| ≤ ulp(hi).
type pair struct{ hi, lo float64 }

func twoSum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

func twoProduct(a, b float64) pair {
	p := float64(a * b) // rounded, not fused into a later sum
	return pair{p, math.FMA(a, b, -p)}
}

// add returns p + a with an error of at most 4u²(|p| + |a|).
func (p pair) add(a float64) pair {
	s := twoSum(p.hi, a)
	return twoSum(s.hi, s.lo+p.lo)
}

// times returns p·a with a relative error of at most 4u².
func (p pair) times(a float64) pair {
	q := twoProduct(p.hi, a)
	return twoSum(q.hi, math.FMA(p.lo, a, q.lo))
}

// over returns p/a with a relative error of at most 8u².
func (p pair) over(a float64) pair {
	q := p.hi / a
	rest := math.FMA(-q, a, p.hi) // exact
	return twoSum(q, (rest+p.lo)/a)
}

// fastFactor returns the factor of a row, or false if it cannot tell: for
// zero, nearly constant, very large or small rows, and about one in a billion
// others.
func fastFactor[T Float](row []T, kind Kind, eps float64) (float64, bool) {
	top := 0.0
	for _, v := range row {
		top = max(top, math.Abs(float64(v)))
	}
	exponent := math.Ilogb(top)
	if top == 0 || exponent < -400 || exponent > 400 || len(row) > 1<<20 {
		return 0, false
	}
	scaled := math.Ldexp(eps, -2*exponent)
	if scaled > 0x1p900 || scaled < 0x1p-900 && eps != 0 {
		return 0, false
	}
	d := float64(len(row))
	var sum pair
	var bound float64
	if shrink := math.Ldexp(1, -exponent); kind.projects() {
		sum = centredSquares(row, shrink)
		bound = 16 * u2 * d * d * (sum.hi + 64)
	} else {
		sum = squares(row, shrink)
		bound = 16 * u2 * d * d * sum.hi
	}
	radicand := sum.over(d).add(scaled)
	if kind == ScalePublished {
		radicand = radicand.times(d * d)
	}
	if !(sum.hi > 0) {
		return 0, false
	}
	s, ok := inverseRoot(radicand, bound/sum.hi+32*u2)
	return math.Ldexp(s, -exponent), ok
}

// squares returns Σ(shrink·x)².
func squares[T Float](row []T, shrink float64) (s pair) {
	for _, v := range row {
		x := float64(v) * shrink
		p := twoProduct(x, x)
		t := twoSum(s.hi, p.hi)
		s.hi = t.hi
		s.lo += t.lo + p.lo
	}
	return twoSum(s.hi, s.lo)
}

// centredSquares returns Σ(shrink·x − mean)².
func centredSquares[T Float](row []T, shrink float64) (s pair) {
	var m pair
	for _, v := range row {
		t := twoSum(m.hi, float64(float64(v)*shrink))
		m.hi = t.hi
		m.lo += t.lo
	}
	m = twoSum(m.hi, m.lo).over(float64(len(row)))
	for _, v := range row {
		t := twoSum(float64(float64(v)*shrink), -m.hi)
		p := twoProduct(t.hi, t.hi)
		low := math.FMA(2*t.hi, t.lo-m.lo, p.lo)
		t = twoSum(s.hi, p.hi)
		s.hi = t.hi
		s.lo += t.lo + low
	}
	return twoSum(s.hi, s.lo)
}

// inverseRoot returns the float64 nearest to 1/√v for every v within the
// relative distance err of r, or false if that is not one number.
//
// For s₀ ≈ 1/√r and e = 1 − s₀²r, 1/√r = s₀(1 + e/2 + 3e²/8 + …). s₀ is within
// 4u of it, so |e| ≤ 8u and what is left out is at most 24u²; e itself errs by
// at most 16u². Half of err acts on the root.
func inverseRoot(r pair, err float64) (float64, bool) {
	s := 1 / math.Sqrt(r.hi)
	p := twoProduct(s, s)
	q := twoProduct(p.hi, r.hi)
	e := 1 - q.hi // exact: q.hi is near 1
	e -= q.lo + p.hi*r.lo + p.lo*r.hi
	t := twoSum(s, s*e/2)
	slack := s * (err + 64*u2)
	low, high := t.hi+(t.lo-slack), t.hi+(t.lo+slack)
	return low, low == high
}
