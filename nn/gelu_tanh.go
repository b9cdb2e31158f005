package nn

import (
	"math"

	"keyhull/norm"
)

// The tanh form of GELU (Hendrycks, Gimpel, "Gaussian error linear units",
// 2016), which transformers calls gelu_new: x·(1 + tanh t)/2 with
// t = √(2/π)·(x + 0.044715·x³).
const geluCubic = 0.044715

var geluScale = math.Sqrt(2 / math.Pi)

// GELUTanhForward writes the tanh form of GELU of each number.
func GELUTanhForward[T norm.Float](out, x []T) {
	need("out", out, len(x))
	for i, v := range x {
		x := float64(v)
		out[i] = T(x * (1 + math.Tanh(geluScale*(x+geluCubic*x*x*x))) / 2)
	}
}

// GELUTanhBackward needs x as in the forward call. dx may be dout.
func GELUTanhBackward[T norm.Float](dx, dout, x []T) {
	need("dx", dx, len(x))
	need("dout", dout, len(x))
	for i, v := range x {
		x := float64(v)
		t := math.Tanh(geluScale * (x + geluCubic*x*x*x))
		slope := (1 + t + x*(1-t*t)*geluScale*(1+3*geluCubic*x*x)) / 2
		dx[i] = T(float64(dout[i]) * slope)
	}
}
