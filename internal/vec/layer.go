package vec

import "math"

// LayerNormForward normalizes each of n columns of x (d,n):
//
//	hat  (d,n) written: (x − mean(x))·rstd
//	rstd (n)   written: 1/√(variance(x) + eps), 0 where that root is 0
//
// hat and x have the same Ld and may be the same. It panics on a wrong shape.
func LayerNormForward(hat Rows, rstd []float32, x Rows, d, n int, eps float32) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	hat.need(d, n)
	x.need(d, n)
	sameLd(hat.Ld, x.Ld)
	layerNormForward(hat, rstd[:n], x, d, n, eps)
}

// LayerNormBackward is the gradient of LayerNormForward: it sets each of n
// columns of dx (d,n) to rstd·(dhat − mean(dhat) − hat·mean(dhat·hat)), or adds
// that. All have the same Ld; dx and dhat may be the same. It panics on a wrong
// shape.
func LayerNormBackward(dx, dhat, hat Rows, rstd []float32, d, n int, add bool) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	dx.need(d, n)
	dhat.need(d, n)
	hat.need(d, n)
	sameLd(dx.Ld, dhat.Ld, hat.Ld)
	layerNormBackward(dx, dhat, hat, rstd[:n], d, n, add)
}

// SubtractMean sets each of n columns of y (d,n) to x − mean(x), or adds that:
// LayerNorm's projection alone, and its gradient too. y and x have the same Ld
// and may be the same. It panics on a wrong shape.
func SubtractMean(y, x Rows, d, n int, add bool) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	y.need(d, n)
	x.need(d, n)
	sameLd(y.Ld, x.Ld)
	subtractMean(y, x, d, n, add)
}

// GeluForward sets y (rows,n) to x/(1+e^−2u), u = √(2/π)·(x + 0.044715·x³), which
// is ½x·(1 + tanh u), the form of GELU that GPT-2 uses (Hendrycks and Gimpel,
// "Gaussian error linear units", 2016), with an error of at most
// 2^-21·|y| + 2^-22·min(1,|x|). y and x have the same Ld and may be the same. It
// panics on a wrong shape.
func GeluForward(y, x Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	y.need(rows, n)
	x.need(rows, n)
	sameLd(y.Ld, x.Ld)
	geluForward(y, x, rows, n)
}

// GeluBackward is the gradient of GeluForward: it sets dx (rows,n) to dy times
// the slope at x, whose error is at most 2^-20. All have the same Ld; dx and dy
// may be the same. It panics on a wrong shape.
func GeluBackward(dx, dy, x Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	dx.need(rows, n)
	dy.need(rows, n)
	x.need(rows, n)
	sameLd(dx.Ld, dy.Ld, x.Ld)
	geluBackward(dx, dy, x, rows, n)
}

func layerNormForwardGeneric(hat Rows, rstd []float32, x Rows, d, n int, eps float32) {
	inverse := 1 / float32(d)
	subtractMeanGeneric(hat, x, d, n, false)
	clear(rstd)
	for j := range d {
		for c, v := range hat.Row(j)[:n] {
			rstd[c] += v * v
		}
	}
	for c, square := range rstd {
		if v := square*inverse + eps; v != 0 {
			rstd[c] = 1 / float32(math.Sqrt(float64(v)))
		}
	}
	for j := range d {
		row := hat.Row(j)[:n]
		for c := range row {
			row[c] *= rstd[c]
		}
	}
}

func layerNormBackwardGeneric(dx, dhat, hat Rows, rstd []float32, d, n int, add bool) {
	inverse, ld := 1/float32(d), dx.Ld
	for c, r := range rstd[:n] {
		var mean, dot float32
		for at := c; at < d*ld; at += ld {
			mean += dhat.Data[at]
			dot += dhat.Data[at] * hat.Data[at]
		}
		mean, dot = mean*inverse, dot*inverse
		for at := c; at < d*ld; at += ld {
			v := r * (dhat.Data[at] - mean - dot*hat.Data[at])
			if add {
				v += dx.Data[at]
			}
			dx.Data[at] = v
		}
	}
}

func subtractMeanGeneric(y, x Rows, d, n int, add bool) {
	inverse, ld := 1/float32(d), y.Ld
	for c := range n {
		var mean float32
		for at := c; at < d*ld; at += ld {
			mean += x.Data[at]
		}
		mean *= inverse
		for at := c; at < d*ld; at += ld {
			v := x.Data[at] - mean
			if add {
				v += y.Data[at]
			}
			y.Data[at] = v
		}
	}
}

// Exponents of GELU: −2u·log2(e) = x·(geluA + geluB·x²).
const (
	geluA = -2.302208198144325 // −2·√(2/π)·log2(e)
	geluB = 0.044715 * geluA
)

func geluForwardGeneric(y, x Rows, rows, n int) {
	for i := range rows {
		out := y.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			out[c] = v / (1 + exp2of(v*(geluA+geluB*(v*v))))
		}
	}
}

// geluBackwardGeneric uses that the slope of x·s, s = 1/(1+e^−2u), is
// s + x·s·(1−s)·2u′, and 1−s = s·e^−2u.
func geluBackwardGeneric(dx, dy, x Rows, rows, n int) {
	for i := range rows {
		out, slope := dx.Row(i)[:n], dy.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			out[c] = slope[c] * geluSlope(v)
		}
	}
}

func geluSlope(x float32) float32 {
	if x < -10 { // its slope is 0, or 1 above 10: nothing overflows here
		x = -10
	}
	if x > 10 {
		x = 10
	}
	e := exp2of(x * (geluA + geluB*(x*x)))
	s := 1 / (1 + e)
	u := -math.Ln2 * (geluA + 3*geluB*(x*x)) // 2u′
	return s + (x*u)*(s*(e*s))
}
