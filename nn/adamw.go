package nn

import (
	"math"

	"keyhull/norm"
)

// AdamW is Adam with decoupled weight decay (Loshchilov, Hutter, "Decoupled
// weight decay regularization", 2019), step by step as PyTorch computes it, for
// the trained parts of a model. The fields of Adam are its whole state: a copy
// goes on with the same bits.
type AdamW[T norm.Float] struct {
	Adam[T]
	Decay float64 // weight decay; 0 in transformers' Trainer unless asked for
	Spans []Span  // what is trained; all else is left alone
}

// NewAdamW returns the state before the first step, for n parameters.
func NewAdamW[T norm.Float](n int, spans []Span, decay float64) *AdamW[T] {
	return &AdamW[T]{*NewAdam[T](n), decay, spans}
}

// Step moves the trained params against their gradients with learning rate lr.
func (a *AdamW[T]) Step(params, grads []T, lr float64) {
	need("params", params, len(a.M))
	need("grads", grads, len(a.M))
	a.Steps++
	keep := T(1 - lr*a.Decay)
	for _, s := range a.Spans {
		if s.Decay && a.Decay != 0 {
			multiply(params[s.From:s.To], keep)
		}
		a.update(params, grads, lr, s.From, s.To)
	}
}

// ClipNorm scales the gradients of spans so that their norm is at most the
// given one, as PyTorch's clip_grad_norm_ does, and returns their norm before.
// Trainer's limit is 1.
func ClipNorm[T norm.Float](grads []T, spans []Span, most float64) (length float64) {
	for _, s := range spans {
		length += squares(grads[s.From:s.To])
	}
	length = math.Sqrt(length)
	if by := most / (length + 1e-6); by < 1 {
		for _, s := range spans {
			multiply(grads[s.From:s.To], T(by))
		}
	}
	return length
}

// squares returns the sum of squares, in four sums that need not wait for one
// another.
func squares[T norm.Float](x []T) float64 {
	var s [4]float64
	for ; len(x) >= 4; x = x[4:] {
		for k := range s {
			s[k] += float64(float64(x[k]) * float64(x[k]))
		}
	}
	return s[0] + s[1] + (s[2] + s[3]) + dot(x, x)
}

// LinearWarmup is the learning rate of a step, counted from 0, in a schedule
// that rises from 0 to lr over warmup steps and falls to 0 at total, both in a
// straight line: transformers' default. Without warm-up it is LinearDecay.
func LinearWarmup(lr float64, step, warmup, total int) float64 {
	if step < warmup {
		return lr * float64(step) / float64(warmup)
	}
	return LinearDecay(lr, step-warmup, total-warmup)
}
