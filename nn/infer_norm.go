package nn

import (
	"math"

	"keyhull/internal/vec"
)

// rowsAtOnce is how many rows a worker takes at a time where rows are cheap.
const rowsAtOnce = 32

// eachRow calls do for blocks of n rows.
func eachRow(n, workers int, do func(i int)) {
	vec.Parallel((n+rowsAtOnce-1)/rowsAtOnce, workers, func(block int) {
		for i := block * rowsAtOnce; i < min(n, (block+1)*rowsAtOnce); i++ {
			do(i)
		}
	})
}

// normalize writes LayerNorm or, if rms, RMSNorm of x (d); out may be x. Sums
// are taken in float64, in four chains that overlap.
func (a gainBias) normalize(out, x []float32, eps float64, rms bool) {
	mean := 0.0
	if !rms {
		mean = total(x) / float64(len(x))
	}
	square := distances(x, mean) / float64(len(x))
	rstd := 0.0
	if square+eps > 0 {
		rstd = 1 / math.Sqrt(square+eps)
	}
	gain := a.gain[:len(x)]
	if a.bias == nil {
		for j, v := range x {
			out[j] = float32((float64(v)-mean)*rstd) * gain[j]
		}
		return
	}
	bias := a.bias[:len(x)]
	for j, v := range x {
		out[j] = float32(float32((float64(v)-mean)*rstd)*gain[j]) + bias[j]
	}
}

func total(x []float32) float64 {
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s[0] += float64(x[i])
		s[1] += float64(x[i+1])
		s[2] += float64(x[i+2])
		s[3] += float64(x[i+3])
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i])
	}
	return s[0] + s[1] + (s[2] + s[3])
}

// distances returns the sum of squared distances from the mean.
func distances(x []float32, mean float64) float64 {
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		for j := range s {
			v := float64(x[i+j]) - mean
			s[j] += float64(v * v)
		}
	}
	for ; i < len(x); i++ {
		v := float64(x[i]) - mean
		s[0] += float64(v * v)
	}
	return s[0] + s[1] + (s[2] + s[3])
}
