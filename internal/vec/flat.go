package vec

import (
	"fmt"
	"math"
)

// Largest returns the largest of the numbers, −∞ if there are none. NaN may win
// or not.
func Largest(x []float32) float32 {
	var lane [MaxLanes]float32
	n := largest(&lane, x)
	most := float32(math.Inf(-1))
	if n > 0 {
		for _, v := range lane[:Lanes()] {
			most = max(most, v)
		}
	}
	for _, v := range x[n:] {
		most = max(most, v)
	}
	return most
}

// Exponentials replaces each x by e^((x − most)·scale), and returns their sum.
// The relative error is at most 2^-22 besides that of the exponent, which is
// rounded twice; where the result is below 2^-126 it is that.
func Exponentials(x []float32, most, scale float32) (sum float32) {
	scale *= math.Log2E
	var lane [MaxLanes]float32
	n := exponentialsOf(&lane, x, most, scale)
	for _, v := range lane[:] {
		sum += v
	}
	for i, v := range x[n:] {
		e := exp2of(float32((v - most) * scale))
		x[n+i] = e
		sum += e
	}
	return sum
}

// SiluGate sets y to u·x/(1+e^−x): SiLU (Elfwing, Uchibe, Doya, 2018) as a gate
// (Shazeer, "GLU variants improve Transformer", 2020), with an error of at most
// 2^-21·|x·u|. All have the same length, or it panics; y may be x or u.
func SiluGate(y, x, u []float32) {
	if len(y) != len(x) || len(u) != len(x) {
		panic(fmt.Sprintf("vec: gate of %d and %d numbers, result of %d", len(x), len(u), len(y)))
	}
	for i := siluGate(y, x, u); i < len(x); i++ {
		y[i] = u[i] * (x[i] / (1 + exp2of(float32(-x[i]*math.Log2E))))
	}
}
