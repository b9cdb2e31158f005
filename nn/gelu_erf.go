package nn

import (
	"math"

	"keyhull/norm"
)

// GELUErfForward is the Gaussian error linear unit with the error function, as
// BERT has it (Hendrycks, Gimpel, "Gaussian error linear units", 2016).
//
//	out (n) = x·Φ(x), Φ the normal distribution function
//	x   (n)
func GELUErfForward[T norm.Float](out, x []T) {
	need("out", out, len(x))
	for i, v := range x {
		out[i] = T(float64(v) * normalCDF(float64(v)))
	}
}

// GELUErfBackward needs x as in the forward call. dx may be dout.
func GELUErfBackward[T norm.Float](dx, dout, x []T) {
	need("dx", dx, len(x))
	need("dout", dout, len(x))
	for i, v := range x {
		dx[i] = T(float64(dout[i]) * geluErfSlope(float64(v)))
	}
}

// geluErfSlope is the derivative of x·Φ(x): Φ(x) + x·φ(x).
func geluErfSlope(x float64) float64 {
	return normalCDF(x) + x*math.Exp(-0.5*x*x)/math.Sqrt(2*math.Pi)
}

// normalCDF is Φ, from erfc so that it stays exact far below 0.
func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
