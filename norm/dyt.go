package norm

import "math"

// DyTForward squashes each coordinate by itself (Zhu, Chen, He, LeCun, Liu,
// "Transformers without normalization", 2025). alpha is one learned number;
// gain and bias may be nil, for 1 and 0. It panics on a wrong shape.
//
//	out        (n,d) = gain·tanh(alpha·x) + bias
//	x          (n,d)
//	alpha      (1)
//	gain, bias (d)   or nil
func DyTForward[T Float](out, x, alpha, gain, bias []T, n, d int) {
	need("out", out, n, d)
	need("x", x, n, d)
	need("alpha", alpha, 1, 1)
	optional("gain", gain, 1, d)
	optional("bias", bias, 1, d)
	a := float64(alpha[0])
	for i := range n {
		for j, v := range part(x, i, d) {
			out[i*d+j] = T(math.Tanh(a*float64(v))*at(gain, j, 1) + at(bias, j, 0))
		}
	}
}

// DyTBackward needs x, alpha and gain as in the forward call; it computes tanh
// again rather than keep n·d numbers. dalpha, dgain and dbias may be nil if
// their gradients are not wanted. It panics on a wrong shape.
//
//	dx           (n,d) written
//	dalpha       (1)   added to, or nil
//	dgain, dbias (d)   added to, or nil
//	dout, x      (n,d)
//	alpha        (1)
//	gain         (d)   or nil
func DyTBackward[T Float](dx, dalpha, dgain, dbias, dout, x, alpha, gain []T, n, d int) {
	need("dx", dx, n, d)
	optional("dalpha", dalpha, 1, 1)
	optional("dgain", dgain, 1, d)
	optional("dbias", dbias, 1, d)
	need("dout", dout, n, d)
	need("x", x, n, d)
	need("alpha", alpha, 1, 1)
	optional("gain", gain, 1, d)
	a, sum := float64(alpha[0]), 0.0
	addSums(dgain, n, d, func(i, j int) float64 { return float64(dout[i*d+j]) * math.Tanh(a*float64(x[i*d+j])) })
	addSums(dbias, n, d, func(i, j int) float64 { return float64(dout[i*d+j]) })
	for i := range n {
		sum += dytRowBackward(part(dx, i, d), part(dout, i, d), part(x, i, d), gain, a)
	}
	if dalpha != nil {
		dalpha[0] += T(sum)
	}
}

// dytRowBackward returns the row's part of the gradient of alpha.
func dytRowBackward[T Float](dx, dout, x, gain []T, alpha float64) (dalpha float64) {
	for j, v := range x {
		t, do := math.Tanh(alpha*float64(v)), float64(dout[j])
		inner := do * at(gain, j, 1) * (1 - t*t) // gradient of alpha·x
		dalpha += inner * float64(v)
		dx[j] = T(inner * alpha)
	}
	return dalpha
}
