package hull

import (
	"math"
)

// frame is a set of coordinates in which points are scanned and walked: the
// set's working coordinates, or whitened ones. w is n×dim, off by at most err.
type frame struct {
	dim       int
	w         []float64
	lean      *set // makes w when it is asked for; nil: w is there
	maxW, err []float64
	back      []float64 // dim×dim: query of the set's coordinates = back·query; nil: the same
}

// row returns point i, in new memory if the frame is lean.
func (f *frame) row(i int) []float64 {
	if f.lean != nil {
		return f.lean.row(i)
	}
	return f.w[i*f.dim : (i+1)*f.dim]
}

// bound64 bounds |computed − exact| of a float64 score of q and any point.
func (f *frame) bound64(q []float64) float64 {
	b := tiny
	for c, v := range q {
		b += math.Abs(v) * (float64(f.dim+3)*unit*f.maxW[c] + f.err[c])
	}
	return b * (1 + 0x1p-20)
}

const (
	unit32       = 0x1p-24 // unit roundoff of float32
	noOverflow32 = 0x1p126 // sums of products that stay below do not overflow
)

// bound32 is the same for float32 panels of the points and a float32 query.
func (f *frame) bound32(q []float32) float64 {
	b, size := 0x1p-140, 0.0
	for c, v := range q {
		a := math.Abs(float64(v))
		b += a * (float64(f.dim+4)*unit32*f.maxW[c] + f.err[c])
		size += a * f.maxW[c]
	}
	if !(size < noOverflow32) {
		return math.Inf(1)
	}
	return b * (1 + 0x1p-20)
}
