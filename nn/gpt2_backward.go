package nn

import (
	"keyhull/internal/vec"
	"keyhull/norm"
)

// backward turns w.dh, the gradient of q.f, into that of the embeddings, in
// q.h, and sets q.sums to the gradients of the rest.
func (w *gpt2Worker) backward(q *gpt2Sequence, k *gpt2Packed, p *GPT2Params[float32]) {
	d, n := w.shape.Dim, q.columns
	q.sums.clear()
	// 1. The last normalization. dh is 0 where nothing passes it by.
	k.gainF.backward(w.dh, q.hatF, d, n, affine{q.sums.gainF, q.sums.shiftF})
	for j := range d {
		copy(w.dhat.Row(j)[:n], w.dh.Row(j))
		clear(w.dh.Row(j)[:n])
	}
	q.sums.alphaF[0] = k.normF.backward(w.dh, w.dhat, q.hatF, q.rstdF, q.h, d, n)
	// 2. The layers.
	for i := len(q.layers) - 1; i >= 0; i-- {
		w.feedForwardBackward(q, i, k)
		w.attendBackward(q, i, k, p)
	}
	// 3. The embeddings.
	if drop := q.drop.at(q.number, 0, dropEmbedding); drop.P > 0 {
		vec.Dropout(w.dh, w.dh, d, n, drop, 0, false)
	}
	q.h, w.dh = w.dh, q.h
}

func (w *gpt2Worker) feedForwardBackward(q *gpt2Sequence, i int, k *gpt2Packed) {
	s, n, l, packed, sums := w.shape, q.columns, &q.layers[i], &k.layers[i], &q.sums.layers[i]
	d, f := s.Dim, s.Hidden
	dout := w.dropped(q, q.drop.at(q.number, i, dropHidden))
	w.outer(sums.up, l.g, dout, f+1, d, n)
	vec.Product(w.dz, packed.up.back, dout, f, d, n, false, vec.NoLeast)
	vec.GeluBackward(w.dz, w.dz, l.z, f, n)
	w.outer(sums.in, l.hat2, w.dz, d+1, f, n)
	vec.Product(w.dhat, packed.in.back, w.dz, d, f, n, false, vec.NoLeast)
	sums.alpha[1] = packed.norm2.backward(w.dh, w.dhat, l.hat2, l.rstd2, l.x2, d, n)
}

func (w *gpt2Worker) attendBackward(q *gpt2Sequence, i int, k *gpt2Packed, p *GPT2Params[float32]) {
	s, n, l, packed, sums := w.shape, q.columns, &q.layers[i], &k.layers[i], &q.sums.layers[i]
	d := s.Dim
	dout := w.dropped(q, q.drop.at(q.number, i, dropAttended))
	w.outer(sums.out, l.attended, dout, d+1, d, n)
	vec.Product(w.dattend, packed.out.back, dout, d, d, n, false, vec.NoLeast)
	for j := range 3 * d {
		clear(w.dqkv.Row(j)[len(q.tokens):n])
	}
	for h := range s.Heads {
		of, at := l.head(s, h), h*s.Width()
		vec.CausalBackward(w.dqkv.Down(query*d+at), w.dqkv.Down(key*d+at), w.dqkv.Down(value*d+at), w.dattend.Down(at), of.out, of.q, of.k, of.v,
			of.lse, s.Width(), len(q.tokens), s.scale(), q.drop.at(q.number, i, dropWeights+h))
	}
	if s.QKNorm != norm.None {
		w.qkBackward(q, l, &p.Layers[i], sums)
	}
	w.outer(sums.qkv, l.hat1, w.dqkv, d+1, 3*d, n)
	vec.Product(w.dhat, packed.qkv.back, w.dqkv, d, 3*d, n, false, vec.NoLeast)
	sums.alpha[0] = packed.norm1.backward(w.dh, w.dhat, l.hat1, l.rstd1, l.x1, d, n)
}

// dropped returns the gradient of what a branch gave before dropout.
func (w *gpt2Worker) dropped(q *gpt2Sequence, drop vec.Drop) vec.Rows {
	if drop.P == 0 {
		return w.dh
	}
	vec.Dropout(w.branch, w.dh, w.shape.Dim, q.columns, drop, 0, false)
	return w.branch
}

// outer adds a·bᵀ to sums (rowsA,rowsB).
func (w *gpt2Worker) outer(sums []float64, a, b vec.Rows, rowsA, rowsB, n int) {
	vec.Outer(w.lanes, a, b, rowsA, rowsB, n)
	vec.SumLanes(sums, w.lanes)
}

// qkBackward turns the gradients of normalized queries and keys in dqkv into
// those before.
func (w *gpt2Worker) qkBackward(q *gpt2Sequence, l *gpt2Columns, p *GPT2Layer[float32], sums *gpt2LayerSums) {
	s, n, width := w.shape, q.columns, w.shape.Width()
	for i := range 2 * s.Heads {
		gain, dgain := affine{gain: double(qkGain(p, i < s.Heads))}, sums.qGain
		if i >= s.Heads {
			dgain = sums.kGain
		}
		d, hat := w.dqkv.Down(i*width), l.qkHat.Down(i*width)
		gain.backward(d, hat, width, n, affine{dgain, make([]float64, width)})
		for j := range width {
			copy(w.dhat.Row(j)[:n], d.Row(j))
			clear(d.Row(j)[:n])
		}
		laneNorm{kind: s.QKNorm}.backward(d, w.dhat, hat, l.qkRstd.Row(i), vec.Rows{}, width, n)
	}
}
