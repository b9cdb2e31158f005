package nn

import (
	"math"

	"keyhull/norm"
)

// AngleToOnes returns the angle in degrees, 0 to 90, between the line through
// x and the line through 1 = [1, …, 1]: 90 − |acos(cos(x, 1)) − 90|. That of 0
// is 90. It is taken from the parts along 1 and across it, so that small
// angles are as exact as large ones.
func AngleToOnes[T norm.Float](x []T) float64 {
	d, mean, across := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		mean += float64(v) / d
	}
	for _, v := range x {
		across += (float64(v) - mean) * (float64(v) - mean)
	}
	if mean == 0 {
		return 90
	}
	return math.Atan2(math.Sqrt(across), math.Sqrt(d)*math.Abs(mean)) * 180 / math.Pi
}

// MeanStd returns the mean of values, each of which counts as many times as
// weights says, and their sample standard deviation (N−1).
func MeanStd(values, weights []float64) (mean, std float64) {
	n := 0.0
	for i, v := range values {
		n += weights[i]
		mean += weights[i] * v
	}
	mean /= n
	for i, v := range values {
		std += weights[i] * (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(std / (n - 1))
}
