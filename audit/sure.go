package audit

import (
	"math"
	"math/big"
)

const unit = 0x1p-53 // unit roundoff of float64

// leads returns the sign of q·(x − y), for sure: in float64 with a bound of the
// error where that is enough, else in exact arithmetic.
func leads(q []float64, x, y []float32) int {
	sum, size := 0.0, 0.0
	for c, v := range q {
		a, b := float64(x[c]), float64(y[c])
		p := v * (a - b)
		sum += p
		size += math.Abs(p)
	}
	// Each product has two roundings, each sum one more; size itself is off by
	// as many. A product that underflows loses 2^-1074 at most.
	if bound := 2*float64(len(q)+4)*unit*size + float64(len(q))*0x1p-1070; math.Abs(sum) > bound && bound < math.MaxFloat64 {
		if sum > 0 {
			return 1
		}
		return -1
	}
	return exactLead(q, x, y).Sign()
}

// exactLead is q·(x − y).
func exactLead(q []float64, x, y []float32) *big.Rat {
	sum, t, d := new(big.Rat), new(big.Rat), new(big.Rat)
	for c, v := range q {
		d.Sub(d.SetFloat64(float64(x[c])), t.SetFloat64(float64(y[c])))
		sum.Add(sum, d.Mul(d, t.SetFloat64(v)))
	}
	return sum
}
