package nn

import (
	"math"

	"keyhull/norm"
)

// Adam is the optimizer of Kingma and Ba (2015), step by step as PyTorch
// computes it: moments in the type of the parameters, corrections of their
// bias in float64. Its fields are its whole state: a copy goes on with the
// same bits.
type Adam[T norm.Float] struct {
	Steps int // taken so far
	M, V  []T // running means of the gradient and of its square, laid out as the parameters
}

// Decay rates of Adam's means and its eps: PyTorch's defaults, as in the paper.
const beta1, beta2, adamEps float64 = 0.9, 0.999, 1e-8

// NewAdam returns the state before the first step, for n parameters.
func NewAdam[T norm.Float](n int) *Adam[T] {
	return &Adam[T]{M: make([]T, n), V: make([]T, n)}
}

// Step moves params against their gradients with learning rate lr. Products
// are rounded before they are added, so that all machines get the same bits.
func (a *Adam[T]) Step(params, grads []T, lr float64) {
	need("params", params, len(a.M))
	need("grads", grads, len(a.M))
	a.Steps++
	step := T(-lr / (1 - math.Pow(beta1, float64(a.Steps))))
	root := T(math.Sqrt(1 - math.Pow(beta2, float64(a.Steps))))
	for i, g := range grads {
		a.M[i] += T(T(1-beta1) * (g - a.M[i]))
		a.V[i] = T(T(beta2)*a.V[i]) + T(T(T(1-beta2)*g)*g)
		denominator := T(math.Sqrt(float64(a.V[i])))/root + T(adamEps)
		params[i] += T(step*a.M[i]) / denominator
	}
}

// LinearDecay is the learning rate of a step, counted from 0, in a schedule
// that falls from lr to 0 in a straight line over total steps.
func LinearDecay(lr float64, step, total int) float64 {
	return lr * max(0, float64(total-step)/float64(max(1, total)))
}
