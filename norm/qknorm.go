package norm

import "fmt"

// QK-norm normalizes each head's part of a query or key by itself, after W_Q
// and W_K (Henry et al., "Query-key normalization", 2020; Dehghani et al.,
// "Scaling vision Transformers to 22 billion parameters", 2023). A row is
// heads·w numbers, head after head. Gain and bias have w numbers, which all
// heads share, or heads·w, w for each head.

// QKRMSNormForward is RMSNorm of each head. It panics on a wrong shape.
//
//	out  (n,heads,w)
//	rstd (n,heads)   written: 1/√(mean square + eps) of each head
//	x    (n,heads,w)
//	gain (w) or (heads,w) or nil
func QKRMSNormForward[T Float](out, rstd, x, gain []T, n, heads, w int, eps float64) {
	needHeads(n, heads)
	need("out", out, n*heads, w)
	need("rstd", rstd, n*heads, 1)
	need("x", x, n*heads, w)
	perHead("gain", gain, heads, w)
	for i := range n * heads {
		rstd[i] = T(rmsRow(part(out, i, w), part(x, i, w), ofHead(gain, i%heads, w), eps, 1))
	}
}

// QKRMSNormBackward needs x, gain and rstd as in the forward call. dgain has
// the length of gain, or is nil. It panics on a wrong shape.
//
//	dx      (n,heads,w) written
//	dgain   (w) or (heads,w) added to, or nil
//	dout, x (n,heads,w)
//	gain    (w) or (heads,w) or nil
//	rstd    (n,heads)
func QKRMSNormBackward[T Float](dx, dgain, dout, x, gain, rstd []T, n, heads, w int) {
	needHeads(n, heads)
	need("dx", dx, n*heads, w)
	gradientLike("dgain", dgain, gain, heads, w)
	need("dout", dout, n*heads, w)
	need("x", x, n*heads, w)
	perHead("gain", gain, heads, w)
	need("rstd", rstd, n*heads, 1)
	rmsSums(dgain, dout, x, rstd, w)
	for i := range n * heads {
		rmsRowBackward(part(dx, i, w), part(dout, i, w), part(x, i, w), ofHead(gain, i%heads, w), float64(rstd[i]), 1)
	}
}

// QKLayerNormForward is LayerNorm of each head. It panics on a wrong shape.
//
//	out        (n,heads,w)
//	mean, rstd (n,heads)   written: mean, 1/√(variance + eps) of each head
//	x          (n,heads,w)
//	gain, bias (w) or (heads,w) or nil
func QKLayerNormForward[T Float](out, mean, rstd, x, gain, bias []T, n, heads, w int, eps float64) {
	needHeads(n, heads)
	need("out", out, n*heads, w)
	need("mean", mean, n*heads, 1)
	need("rstd", rstd, n*heads, 1)
	need("x", x, n*heads, w)
	perHead("gain", gain, heads, w)
	perHead("bias", bias, heads, w)
	for i := range n * heads {
		h := i % heads
		m, r := layerNormRow(part(out, i, w), part(x, i, w), ofHead(gain, h, w), ofHead(bias, h, w), eps)
		mean[i], rstd[i] = T(m), T(r)
	}
}

// QKLayerNormBackward needs x, gain, mean and rstd as in the forward call.
// dgain and dbias have the lengths of gain and bias, or are nil. It panics on
// a wrong shape.
//
//	dx           (n,heads,w) written
//	dgain, dbias (w) or (heads,w) added to, or nil
//	dout, x      (n,heads,w)
//	gain         (w) or (heads,w) or nil
//	mean, rstd   (n,heads)
func QKLayerNormBackward[T Float](dx, dgain, dbias, dout, x, gain, mean, rstd []T, n, heads, w int) {
	needHeads(n, heads)
	need("dx", dx, n*heads, w)
	gradientLike("dgain", dgain, gain, heads, w)
	gradientLike("dbias", dbias, nil, heads, w)
	need("dout", dout, n*heads, w)
	need("x", x, n*heads, w)
	perHead("gain", gain, heads, w)
	need("mean", mean, n*heads, 1)
	need("rstd", rstd, n*heads, 1)
	layerNormSums(dgain, dbias, dout, x, mean, rstd, w)
	for i := range n * heads {
		layerNormRowBackward(part(dx, i, w), part(dout, i, w), part(x, i, w), ofHead(gain, i%heads, w), float64(mean[i]), float64(rstd[i]))
	}
}

func needHeads(n, heads int) {
	if n < 0 || heads < 1 {
		panic(fmt.Sprintf("norm: %d rows of %d heads", n, heads))
	}
}

// perHead panics unless the named buffer is nil, w or heads·w long.
func perHead[T Float](name string, x []T, heads, w int) {
	if x != nil && len(x) != w {
		need(name, x, heads, w)
	}
}

// gradientLike is perHead for the gradient of x, shared if x is.
func gradientLike[T Float](name string, dx, x []T, heads, w int) {
	perHead(name, dx, heads, w)
	if dx != nil && x != nil {
		need(name, dx, len(x), 1)
	}
}

// ofHead returns what head h takes of a buffer: all of it if it is shared.
func ofHead[T Float](x []T, h, w int) []T {
	if len(x) <= w {
		return x
	}
	return part(x, h, w)
}
