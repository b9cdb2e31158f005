package vec

import "math"

// GeluErfForward sets y (rows,n) to x·Φ(x), Φ the normal distribution function:
// the form of GELU that BERT uses (Hendrycks and Gimpel, "Gaussian error linear
// units", 2016), with an error of at most 2^-21·max(1,|x|). y and x have the
// same Ld and may be the same. It panics on a wrong shape.
func GeluErfForward(y, x Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	y.need(rows, n)
	x.need(rows, n)
	sameLd(y.Ld, x.Ld)
	geluErfForward(y, x, rows, n)
}

// GeluErfBackward is the gradient of GeluErfForward, and computes its result
// again: it sets y (rows,n) to x·Φ(x), and dx (rows,n) to dy times the slope at
// x, Φ(x) + x·Φ′(x), whose error is at most 2^-20. All have the same Ld; y and x
// may be the same, and dx and dy. It panics on a wrong shape.
func GeluErfBackward(y, dx, dy, x Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	for _, r := range []Rows{y, dx, dy, x} {
		r.need(rows, n)
	}
	sameLd(y.Ld, dx.Ld, dy.Ld, x.Ld)
	geluErfBackward(y, dx, dy, x, rows, n)
}

// With a = |x| both functions come from one that is odd:
//
//	x·Φ(x) = x/2 + a·P(a),  P(a) = Φ(a) − ½
//	slope  = ½ ± Q(a),      Q(a) = P(a) + a·Φ′(a)
//
// P and Q are polynomials on each of 8 intervals, through the function at
// Chebyshev's nodes, as a register permuted by the number of the interval gives
// 8 coefficients at once. Beyond the last interval the value at its end is off
// by 2e-8 (P) and 6e-7 (Q); within, rounding to float32 included, P by 1.5e-7
// and Q by 6e-7.
const (
	geluIntervals = 8
	geluWidth     = 0.6875 // 11/16: its multiples are exact
	geluHalf      = geluWidth / 2
	geluPer       = 1.4545454                                 // just below 1/geluWidth, so that 0 is in the first interval
	geluEnd       = geluIntervals*geluWidth - geluHalf - 1e-6 // so that it is not rounded to a ninth interval
	geluDegreeP   = 5
	geluDegreeQ   = 6
)

// geluTable has, for P and then for Q, a row for the coefficients of each power
// of the distance from the interval's middle, as wide as a register.
type geluTable [geluDegreeP + geluDegreeQ + 2][MaxLanes]float32

var geluCoefficients = newGeluTable()

func newGeluTable() (t geluTable) {
	p := func(a float64) float64 { return math.Erf(a/math.Sqrt2) / 2 }
	q := func(a float64) float64 { return p(a) + a*math.Exp(-a*a/2)/math.Sqrt(2*math.Pi) }
	for lane := range MaxLanes {
		middle := float64(lane%geluIntervals)*geluWidth + geluHalf
		for i, c := range through(p, middle, geluHalf, geluDegreeP) {
			t[i][lane] = float32(c)
		}
		for i, c := range through(q, middle, geluHalf, geluDegreeQ) {
			t[geluDegreeP+1+i][lane] = float32(c)
		}
	}
	return t
}

// through returns the coefficients in r of the polynomial that goes through
// f(middle+r) at Chebyshev's nodes of |r| ≤ half, by Newton's divided
// differences.
func through(f func(float64) float64, middle, half float64, degree int) []float64 {
	nodes, newton := make([]float64, degree+1), make([]float64, degree+1)
	for i := range nodes {
		nodes[i] = half * math.Cos((float64(i)+0.5)*math.Pi/float64(degree+1))
		newton[i] = f(middle + nodes[i])
	}
	for level := 1; level <= degree; level++ {
		for i := degree; i >= level; i-- {
			newton[i] = (newton[i] - newton[i-1]) / (nodes[i] - nodes[i-level])
		}
	}
	out := make([]float64, degree+1)
	for i := degree; i >= 0; i-- { // out = out·(r − node) + newton
		for j := degree; j > 0; j-- {
			out[j] = out[j-1] - nodes[i]*out[j]
		}
		out[0] = newton[i] - nodes[i]*out[0]
	}
	return out
}

func geluErfForwardGeneric(y, x Rows, rows, n int) {
	for i := range rows {
		out := y.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			a, interval, r := geluPlace(v)
			out[c] = 0.5*v + a*piece(geluCoefficients[:geluDegreeP+1], interval, r)
		}
	}
}

func geluErfBackwardGeneric(y, dx, dy, x Rows, rows, n int) {
	for i := range rows {
		out, slope, in := y.Row(i)[:n], dx.Row(i)[:n], dy.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			a, interval, r := geluPlace(v)
			q := piece(geluCoefficients[geluDegreeP+1:], interval, r)
			if v < 0 {
				q = -q
			}
			slope[c] = in[c] * (0.5 + q)
			out[c] = 0.5*v + a*piece(geluCoefficients[:geluDegreeP+1], interval, r)
		}
	}
}

// geluPlace returns |x|, its interval and the distance from the middle of that.
func geluPlace(x float32) (a float32, interval int, r float32) {
	a = float32(math.Abs(float64(x)))
	r = min(a-geluHalf, geluEnd)
	if r != r {
		return a, 0, r
	}
	interval = int(r*geluPer + 0.5)
	return a, interval, r - float32(interval)*geluWidth
}

// piece evaluates an interval's polynomial.
func piece(coefficients [][MaxLanes]float32, interval int, r float32) float32 {
	p := float32(0)
	for i := len(coefficients) - 1; i >= 0; i-- {
		p = p*r + coefficients[i][interval]
	}
	return p
}
