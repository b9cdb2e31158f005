package nn

import (
	"math"

	"keyhull/internal/vec"
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
	a.update(params, grads, lr, 0, len(params))
}

// update is a step, already counted, of the parameters from one index to
// another.
func (a *Adam[T]) update(params, grads []T, lr float64, from, to int) {
	step := T(-lr / (1 - math.Pow(beta1, float64(a.Steps))))
	root := T(math.Sqrt(1 - math.Pow(beta2, float64(a.Steps))))
	params, grads, m, v := params[from:to], grads[from:to], a.M[from:to], a.V[from:to]
	if params, single := any(params).([]float32); single {
		rates := vec.AdamRates{Keep2: float32(beta2), Rest1: float32(1 - beta1), Rest2: float32(1 - beta2), Step: float32(step), Root: float32(root), Eps: float32(adamEps)}
		vec.AdamStep(params, any(grads).([]float32), any(m).([]float32), any(v).([]float32), rates)
		return
	}
	for i, g := range grads {
		m[i] += T(T(1-beta1) * (g - m[i]))
		v[i] = T(T(beta2)*v[i]) + T(T(T(1-beta2)*g)*g)
		denominator := T(math.Sqrt(float64(v[i])))/root + T(adamEps)
		params[i] += T(step*m[i]) / denominator
	}
}

// LinearDecay is the learning rate of a step, counted from 0, in a schedule
// that falls from lr to 0 in a straight line over total steps.
func LinearDecay(lr float64, step, total int) float64 {
	return lr * max(0, float64(total-step)/float64(max(1, total)))
}
