package nn

import "keyhull/norm"

// qkNormForward normalizes queries and keys of layer i, if the model does.
func (m *GPT2Tokens[T]) qkNormForward(i int) {
	p, l, s, n := &m.Params.Layers[i], &m.layers[i], m.Params.Shape, len(m.tokens)
	if s.QKNorm == norm.None {
		return
	}
	out := make([]T, n*s.Dim)
	pick(l.rawQ, l.qkv, query, s.Dim)
	pick(l.rawK, l.qkv, key, s.Dim)
	qkForward(s, out, l.meanQ, l.rstdQ, l.rawQ, p.QGain, n)
	putBack(l.qkv, out, query, s.Dim)
	qkForward(s, out, l.meanK, l.rstdK, l.rawK, p.KGain, n)
	putBack(l.qkv, out, key, s.Dim)
}

// qkNormBackward turns the gradients of normalized queries and keys in dqkv
// into those before.
func (m *GPT2Tokens[T]) qkNormBackward(i int, dqkv []T, grads *GPT2Layer[T]) {
	p, l, s, n := &m.Params.Layers[i], &m.layers[i], m.Params.Shape, len(m.tokens)
	if s.QKNorm == norm.None {
		return
	}
	d := make([]T, n*s.Dim)
	pick(d, dqkv, query, s.Dim)
	qkBackward(s, d, grads.QGain, l.rawQ, p.QGain, l.meanQ, l.rstdQ, n)
	putBack(dqkv, d, query, s.Dim)
	pick(d, dqkv, key, s.Dim)
	qkBackward(s, d, grads.KGain, l.rawK, p.KGain, l.meanK, l.rstdK, n)
	putBack(dqkv, d, key, s.Dim)
}

func qkForward[T norm.Float](s GPT2, out, mean, rstd, x, gain []T, n int) {
	if s.QKNorm == norm.LayerNorm {
		norm.QKLayerNormForward(out, mean, rstd, x, gain, nil, n, s.Heads, s.Width(), s.Eps)
	} else {
		norm.QKRMSNormForward(out, rstd, x, gain, n, s.Heads, s.Width(), s.Eps)
	}
}

func qkBackward[T norm.Float](s GPT2, d, dgain, x, gain, mean, rstd []T, n int) {
	if s.QKNorm == norm.LayerNorm {
		norm.QKLayerNormBackward(d, dgain, nil, d, x, gain, mean, rstd, n, s.Heads, s.Width())
	} else {
		norm.QKRMSNormBackward(d, dgain, d, x, gain, rstd, n, s.Heads, s.Width())
	}
}

// pick copies the queries, keys or values of (n,3,d) to (n,d).
func pick[T any](dst, qkv []T, which, d int) {
	for i := range len(dst) / d {
		copy(row(dst, i, d), row(qkv, 3*i+which, d))
	}
}

// putBack copies them back.
func putBack[T any](qkv, src []T, which, d int) {
	for i := range len(src) / d {
		copy(row(qkv, 3*i+which, d), row(src, i, d))
	}
}
