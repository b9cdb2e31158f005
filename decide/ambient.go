package decide

import (
	"math"
	"math/big"

	"keyhull"
)

// ambient rounds keys after projection and factors (nil: none) to float32:
// each value is the float32 nearest to factor·(x − mean), taken exactly.
func ambient(keys keyhull.Keys, factors []float64) ([]float32, error) {
	n, dim := keys.Len(), keys.Dim()
	out := make([]float32, 0, n*dim)
	row := make([]float64, dim)
	for i := range n {
		for c := range row {
			row[c] = keys.At(i, c)
		}
		factor := 1.0
		if factors != nil {
			factor = factors[i]
		}
		out = appendRounded(out, row, factor)
		for c, v := range out[i*dim:] {
			if math.IsInf(float64(v), 0) {
				return nil, failf("use --reading affine, which rounds nothing",
					"key %d, coordinate %d is too large for float32 (--reading ambient)", i, c)
			}
		}
	}
	return out, nil
}

// appendRounded appends factor·(x − mean of row), correctly rounded to float32,
// for each x of the row: in float64 where its error cannot change the result,
// otherwise in fractions.
func appendRounded(out []float32, row []float64, factor float64) []float32 {
	sum, size := 0.0, 0.0
	for _, x := range row {
		sum += x
		size += math.Abs(x)
	}
	d := float64(len(row))
	mean := sum / d
	// Every partial sum is at most size, so |sum − Σx| ≤ (d−1)·u·size·(1+du),
	// u = 2^-53; 2·u each for quotient, difference and product, all of
	// magnitudes up to 2·size, are far inside (d+8)·2u·size. An underflow
	// costs the product at most the least positive number.
	bound := factor*(d+8)*0x1p-52*size + math.SmallestNonzeroFloat64
	var exact *big.Rat
	for _, x := range row {
		v := factor * (x - mean)
		low, high := float32(v-bound), float32(v+bound)
		if low != high || math.IsInf(bound, 0) || math.IsNaN(v) {
			if exact == nil {
				exact = exactMean(row)
			}
			low = nearest32(x, exact, factor)
		}
		out = append(out, low)
	}
	return out
}

func exactMean(row []float64) *big.Rat {
	sum := new(big.Rat)
	for _, x := range row {
		sum.Add(sum, new(big.Rat).SetFloat64(x))
	}
	return sum.Quo(sum, new(big.Rat).SetInt64(int64(len(row))))
}

// nearest32 returns the float32 nearest to factor·(x − mean).
func nearest32(x float64, mean *big.Rat, factor float64) float32 {
	v := new(big.Rat).SetFloat64(x)
	v.Sub(v, mean)
	v.Mul(v, new(big.Rat).SetFloat64(factor))
	f, _ := v.Float32()
	return f
}
