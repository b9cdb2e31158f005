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
	y.need(rows, n)
	dx.need(rows, n)
	dy.need(rows, n)
	x.need(rows, n)
	sameLd(y.Ld, dx.Ld, dy.Ld, x.Ld)
	geluErfBackward(y, dx, dy, x, rows, n)
}

// With a = |x| and the tail p = Φ(−a), the result is max(0,x) − a·p, and the
// slope is at −a
//
//	Φ(−a) − a·Φ′(a) = p·s(a),  s(a) = 1 − a·Φ′(a)/p
//
// and 1 less that at a. The logarithm of p to the base 2 and s are so close to
// parabolas that polynomials of degree 6, near minimax on 0 ≤ a ≤ 6 with the
// weights that they have in the results, give these to 2e-7 and 5e-7; the rest
// of the errors comes from rounding. Beyond 6 both tails are below 4e-8.
var (
	tailLog   = [7]float32{-0.999999463558197, -1.1511359214782715, -0.45895978808403015, -0.05318846553564072, 0.007956392131745815, -0.0007371468236669898, 3.001560253323987e-05}
	tailSlope = [7]float32{1.0000008344650269, -0.7979375720024109, -0.6361088752746582, -0.11081089079380035, 0.02217303030192852, -0.0025750058703124523, 0.00012485402112361044}
)

const tailEnd = 6

// tailOf returns |x|, the same but at most tailEnd, and p.
func tailOf(x float32) (a, clamped, p float32) {
	a = float32(math.Abs(float64(x)))
	clamped = min(a, tailEnd)
	return a, clamped, exp2of(horner(&tailLog, clamped))
}

func horner(c *[7]float32, x float32) float32 {
	p := c[6]
	for i := 5; i >= 0; i-- {
		p = p*x + c[i]
	}
	return p
}

func geluErfForwardGeneric(y, x Rows, rows, n int) {
	for i := range rows {
		out := y.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			a, _, p := tailOf(v)
			out[c] = max(0, v) - a*p
		}
	}
}

func geluErfBackwardGeneric(y, dx, dy, x Rows, rows, n int) {
	for i := range rows {
		out, slope, in := y.Row(i)[:n], dx.Row(i)[:n], dy.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			a, clamped, p := tailOf(v)
			s := p * horner(&tailSlope, clamped)
			if !(v < 0) {
				s = 1 - s
			}
			slope[c] = in[c] * s
			out[c] = max(0, v) - a*p
		}
	}
}
