package norm

// RMSNormForward brings each row to mean square 1 without subtracting its
// mean, then stretches each coordinate (Zhang, Sennrich, "Root mean square
// layer normalization", 2019). gain may be nil, for 1. It panics on a wrong
// shape.
//
//	out  (n,d) = gain·x·rstd
//	rstd (n)   written: 1/√(mean square + eps)
//	x    (n,d)
//	gain (d)   or nil
func RMSNormForward[T Float](out, rstd, x, gain []T, n, d int, eps float64) {
	rmsForward(out, rstd, x, gain, n, d, eps, 1)
}

// RMSNormBackward needs x, gain and rstd as in the forward call. dgain may be
// nil if its gradient is not wanted. It panics on a wrong shape.
//
//	dx      (n,d) written
//	dgain   (d)   added to, or nil
//	dout, x (n,d)
//	gain    (d)   or nil
//	rstd    (n)
func RMSNormBackward[T Float](dx, dgain, dout, x, gain, rstd []T, n, d int) {
	rmsBackward(dx, dgain, dout, x, gain, rstd, n, d, 1)
}

// ScaleForward is RMSNormForward without gain: it brings each row to norm √d
// (a little less with eps > 0). It panics on a wrong shape.
//
//	out  (n,d) = x·rstd
//	rstd (n)   written: 1/√(mean square + eps)
//	x    (n,d)
func ScaleForward[T Float](out, rstd, x []T, n, d int, eps float64) {
	rmsForward(out, rstd, x, nil, n, d, eps, 1)
}

// ScaleBackward needs x and rstd as in the forward call. It panics on a wrong
// shape.
//
//	dx      (n,d) written
//	dout, x (n,d)
//	rstd    (n)
func ScaleBackward[T Float](dx, dout, x, rstd []T, n, d int) {
	rmsBackward(dx, nil, dout, x, nil, rstd, n, d, 1)
}

// ScalePublishedForward brings each row to norm 1/√d, as the code published
// with Brody, Alon, Yahav (2023) does where LayerNorm's projection is left
// out: x/(‖x‖·√d). So its rows are d times shorter than LayerNorm's. It panics
// on a wrong shape.
//
//	out  (n,d) = x·rstd/d
//	rstd (n)   written: 1/√(mean square + eps)
//	x    (n,d)
func ScalePublishedForward[T Float](out, rstd, x []T, n, d int, eps float64) {
	rmsForward(out, rstd, x, nil, n, d, eps, 1/float64(d))
}

// ScalePublishedBackward needs x and rstd as in the forward call. It panics on
// a wrong shape.
//
//	dx      (n,d) written
//	dout, x (n,d)
//	rstd    (n)
func ScalePublishedBackward[T Float](dx, dout, x, rstd []T, n, d int) {
	rmsBackward(dx, nil, dout, x, nil, rstd, n, d, 1/float64(d))
}

// rmsForward is RMSNormForward times a constant.
func rmsForward[T Float](out, rstd, x, gain []T, n, d int, eps, times float64) {
	need("out", out, n, d)
	need("rstd", rstd, n, 1)
	need("x", x, n, d)
	optional("gain", gain, 1, d)
	for i := range n {
		rstd[i] = T(rmsRow(part(out, i, d), part(x, i, d), gain, eps, times))
	}
}

func rmsBackward[T Float](dx, dgain, dout, x, gain, rstd []T, n, d int, times float64) {
	need("dx", dx, n, d)
	optional("dgain", dgain, 1, d)
	need("dout", dout, n, d)
	need("x", x, n, d)
	optional("gain", gain, 1, d)
	need("rstd", rstd, n, 1)
	rmsSums(dgain, dout, x, rstd, d)
	for i := range n {
		rmsRowBackward(part(dx, i, d), part(dout, i, d), part(x, i, d), gain, float64(rstd[i]), times)
	}
}

// rmsSums adds to the gradient of gain over rows of d numbers.
func rmsSums[T Float](dgain, dout, x, rstd []T, d int) {
	addSums(dgain, len(rstd), d, func(i, j int) float64 {
		return float64(dout[i*d+j]) * (float64(x[i*d+j]) * float64(rstd[i]))
	})
}

func rmsRow[T Float](out, x, gain []T, eps, times float64) (r float64) {
	r = rstdOf[T](squareOf(x, 0) + eps)
	for j, v := range x {
		out[j] = T(float64(v) * r * times * at(gain, j, 1))
	}
	return r
}

// rmsRowBackward: with h = x·r and g = gain·dout, dx = r·(g − h·mean(g·h)),
// times the constant.
func rmsRowBackward[T Float](dx, dout, x, gain []T, r, times float64) {
	dot := 0.0
	for j, v := range x {
		dot += float64(dout[j]) * at(gain, j, 1) * float64(v) * r
	}
	dot /= float64(len(x))
	for j, v := range x {
		h, do := float64(v)*r, float64(dout[j])
		dx[j] = T(r * times * (do*at(gain, j, 1) - h*dot))
	}
}
