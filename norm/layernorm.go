package norm

// LayerNormForward brings each row to mean 0 and mean square 1, then stretches
// and shifts each coordinate (Ba, Kiros, Hinton, "Layer normalization", 2016).
// Without gain and bias and with eps 0 it is scale after project. gain and
// bias may be nil, for 1 and 0. It panics on a wrong shape.
//
//	out        (n,d) = gain·(x − mean)·rstd + bias
//	mean, rstd (n)   written: mean of a row, 1/√(variance + eps)
//	x          (n,d)
//	gain, bias (d)   or nil
func LayerNormForward[T Float](out, mean, rstd, x, gain, bias []T, n, d int, eps float64) {
	need("out", out, n, d)
	need("mean", mean, n, 1)
	need("rstd", rstd, n, 1)
	need("x", x, n, d)
	optional("gain", gain, 1, d)
	optional("bias", bias, 1, d)
	for i := range n {
		m, r := layerNormRow(part(out, i, d), part(x, i, d), gain, bias, eps)
		mean[i], rstd[i] = T(m), T(r)
	}
}

// LayerNormBackward needs x, gain, mean and rstd as in the forward call. dgain
// and dbias may be nil if their gradients are not wanted. It panics on a wrong
// shape.
//
//	dx           (n,d) written
//	dgain, dbias (d)   added to, or nil
//	dout, x      (n,d)
//	gain         (d)   or nil
//	mean, rstd   (n)
func LayerNormBackward[T Float](dx, dgain, dbias, dout, x, gain, mean, rstd []T, n, d int) {
	need("dx", dx, n, d)
	optional("dgain", dgain, 1, d)
	optional("dbias", dbias, 1, d)
	need("dout", dout, n, d)
	need("x", x, n, d)
	optional("gain", gain, 1, d)
	need("mean", mean, n, 1)
	need("rstd", rstd, n, 1)
	layerNormSums(dgain, dbias, dout, x, mean, rstd, d)
	for i := range n {
		layerNormRowBackward(part(dx, i, d), part(dout, i, d), part(x, i, d), gain, float64(mean[i]), float64(rstd[i]))
	}
}

// layerNormSums adds to the gradients of gain and bias over rows of d numbers.
func layerNormSums[T Float](dgain, dbias, dout, x, mean, rstd []T, d int) {
	addSums(dgain, len(rstd), d, func(i, j int) float64 {
		h := (float64(x[i*d+j]) - float64(mean[i])) * float64(rstd[i])
		return float64(dout[i*d+j]) * h
	})
	addSums(dbias, len(rstd), d, func(i, j int) float64 { return float64(dout[i*d+j]) })
}

func layerNormRow[T Float](out, x, gain, bias []T, eps float64) (m, r float64) {
	m = meanOf(x)
	r = rstdOf[T](squareOf(x, m) + eps)
	for j, v := range x {
		out[j] = T((float64(v)-m)*r*at(gain, j, 1) + at(bias, j, 0))
	}
	return m, r
}

// layerNormRowBackward: with h = (x−m)·r and g = gain·dout,
// dx = r·(g − mean(g) − h·mean(g·h)). This holds for every eps, which enters
// through r alone.
func layerNormRowBackward[T Float](dx, dout, x, gain []T, m, r float64) {
	var sum, dot float64
	for j, v := range x {
		g := float64(dout[j]) * at(gain, j, 1)
		sum += g
		dot += g * (float64(v) - m) * r
	}
	d := float64(len(x))
	sum, dot = sum/d, dot/d
	for j, v := range x {
		h, do := (float64(v)-m)*r, float64(dout[j])
		dx[j] = T(r * (do*at(gain, j, 1) - sum - h*dot))
	}
}
