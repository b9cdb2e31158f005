package vec

import (
	"fmt"
	"math"
)

// AdamRates are the numbers of a step of Adam (Kingma and Ba, "Adam: a method
// for stochastic optimization", 2015) that are the same for all parameters.
type AdamRates struct {
	Keep2        float32 // decay of the mean of squares
	Rest1, Rest2 float32 // 1 − decay of each mean
	Step         float32 // −lr/(1 − decay1^t)
	Root         float32 // √(1 − decay2^t)
	Eps          float32
}

// AdamStep moves parameters p against their gradients g and brings their means
// m and v up to date:
//
//	m += Rest1·(g − m),  v = Keep2·v + (Rest2·g)·g,  p += (Step·m)/(√v/Root + Eps)
//
// with every operation rounded by itself: all levels give the same bits. It
// panics unless all have the same length.
func AdamStep(p, g, m, v []float32, rates AdamRates) {
	if len(g) != len(p) || len(m) != len(p) || len(v) != len(p) {
		panic(fmt.Sprintf("vec: %d parameters, %d gradients, means of %d and %d", len(p), len(g), len(m), len(v)))
	}
	done := adamStep(p, g, m, v, &rates)
	adamGeneric(p[done:], g[done:], m[done:], v[done:], &rates)
}

func adamGeneric(p, g, m, v []float32, r *AdamRates) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i, slope := range g {
		m[i] += float32(r.Rest1 * (slope - m[i]))
		v[i] = float32(r.Keep2*v[i]) + float32(float32(r.Rest2*slope)*slope)
		denominator := float32(math.Sqrt(float64(v[i])))/r.Root + r.Eps
		p[i] += float32(r.Step*m[i]) / denominator
	}
}
