package nn

import (
	"math"

	"keyhull/norm"
)

// normEps is the eps of both normalizations of a Majority: none, as in the
// paper's code.
const normEps = 0

// Norm1Forward normalizes rows as the model does before attention.
//
//	out        (n,d)
//	mean, rstd (n)   written as far as Norm1Backward needs them
//	x          (n,d)
func (p *MajorityParams[T]) Norm1Forward(out, mean, rstd, x []T) {
	d := p.Shape.Dim
	n := len(x) / d
	need("out", out, len(x))
	switch p.Shape.Norm {
	case LayerNormSmall:
		norm.LayerNormForward(out, mean, rstd, x, nil, nil, n, d, normEps)
		shrink(out, d)
	case norm.Scale:
		norm.ScaleForward(out, rstd, x, n, d, normEps)
	case norm.ScalePublished:
		norm.ScalePublishedForward(out, rstd, x, n, d, normEps)
	default:
		placeForward(Place{Kind: p.Shape.Norm}, p.norm1(), out, mean, rstd, x, d, normEps)
	}
}

// norm1 is what the normalization learns.
func (p *MajorityParams[T]) norm1() PlaceParams[T] {
	return PlaceParams[T]{Gain: p.Gain1, Shift: p.Shift1, Alpha: p.Alpha1}
}

// Norm1Backward adds the gradients of what the normalization learns to grads.
// It needs x, mean and rstd as in the forward call.
//
//	dx         (n,d) written; may be dout
//	dout, x    (n,d)
//	mean, rstd (n)
func (p *MajorityParams[T]) Norm1Backward(grads *MajorityParams[T], dx, dout, x, mean, rstd []T) {
	d := p.Shape.Dim
	n := len(x) / d
	need("dx", dx, len(x))
	switch p.Shape.Norm {
	case LayerNormSmall:
		norm.LayerNormBackward(dx, nil, nil, dout, x, nil, mean, rstd, n, d)
		shrink(dx, d)
	case norm.Scale:
		norm.ScaleBackward(dx, dout, x, rstd, n, d)
	case norm.ScalePublished:
		norm.ScalePublishedBackward(dx, dout, x, rstd, n, d)
	default:
		placeBackward(Place{Kind: p.Shape.Norm}, p.norm1(), grads.norm1(), dx, dout, x, mean, rstd, d)
	}
}

// shrink divides by d.
func shrink[T norm.Float](x []T, d int) {
	for i := range x {
		x[i] /= T(d)
	}
}

// ClassKeys returns what attention makes its keys and queries of, where there
// are no positions: the normalized embedding of each class (classes,d).
func (p *MajorityParams[T]) ClassKeys() []T {
	keys, saved := make([]T, len(p.Emb)), make([]T, 2*p.Shape.Classes)
	p.Norm1Forward(keys, saved[:p.Shape.Classes], saved[p.Shape.Classes:], p.Emb)
	return keys
}

// ClassQueries returns each class's query as its keys see it (classes,d):
// x·W_Qᵀ·W_K/√d, so that its product with a row of ClassKeys is the score of
// the one head.
func (p *MajorityParams[T]) ClassQueries() []T {
	c, d := p.Shape.Classes, p.Shape.Dim
	keys, q, out := p.ClassKeys(), make([]T, c*d), make([]T, c*d)
	LinearForward(q, keys, row(p.InProj, query, d*d), nil, c, d, d)
	for i := range c {
		for j := range d {
			sum := dotColumns(row(q, i, d), row(p.InProj, key, d*d)[j:], d, 1, d)
			out[i*d+j] = T(sum / math.Sqrt(float64(d)))
		}
	}
	return out
}
