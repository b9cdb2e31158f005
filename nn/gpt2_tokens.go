package nn

import (
	"fmt"

	"keyhull/norm"
)

// GPT2Tokens is the plain form of a GPT2: every position of every sequence, one
// after another, as the definition says. It keeps what backward needs, and is
// for one goroutine.
type GPT2Tokens[T norm.Float] struct {
	Params *GPT2Params[T]
	Length int    // tokens of a sequence
	Key    uint64 // of the step's dropout; 0 for none

	Logits []T // (batch,length,vocab) of the last Forward

	tokens, positions []int // (n), n = batch·length
	layers            []gpt2Layer[T]
	h                 []T // (n,d): the residual stream after the last layer
	f, meanF, rstdF   []T // (n,d), (n), (n): normalized
	probs             []T // (n,vocab)
}

// gpt2Layer is what one layer computes.
type gpt2Layer[T norm.Float] struct {
	h, x, qkv, attended, probs []T // (n,d), (n,d), (n,3d), (n,d), (batch,heads,length,length)
	rawQ, rawK                 []T // (n,d): before QKNorm
	middle, y, z, g            []T // (n,d), (n,d), (n,f), (n,f)
	mean1, rstd1, mean2, rstd2 []T // (n)
	meanQ, rstdQ, meanK, rstdK []T // (n,heads)
}

// Forward returns the mean cross-entropy of the next token over all positions
// but the last of each sequence.
//
//	tokens (batch,length) in [0,vocab); length ≥ 2
func (m *GPT2Tokens[T]) Forward(tokens []int32) (loss float64) {
	m.body(tokens)
	s, n := m.Params.Shape, len(tokens)
	m.Logits, m.probs = make([]T, n*s.Vocab), make([]T, n*s.Vocab)
	LinearForward(m.Logits, m.f, m.Params.Tokens, nil, n, s.Dim, s.Vocab)
	for at := 0; at < n; at += m.Length {
		from, to := at*s.Vocab, (at+m.Length-1)*s.Vocab
		loss += CrossEntropyForward(m.probs[from:to], m.Logits[from:to], m.tokens[at+1:at+m.Length], s.Vocab)
	}
	return loss / float64(n/m.Length)
}

// body computes all but the output matrix.
func (m *GPT2Tokens[T]) body(tokens []int32) {
	m.take(tokens)
	p, n := m.Params, len(tokens)
	d := p.Shape.Dim
	positions := make([]T, n*d)
	EmbeddingForward(m.h, p.Tokens, m.tokens, d)
	EmbeddingForward(positions, p.Positions, m.positions, d)
	add(m.h, positions)
	m.drop(m.h, 0, dropEmbedding)
	for i := range p.Layers {
		m.layerForward(i)
	}
	placeForward(p.Shape.NormF, p.NormF, m.f, m.meanF, m.rstdF, m.h, d, p.Shape.Eps)
}

// layerForward takes m.h through layer i.
func (m *GPT2Tokens[T]) layerForward(i int) {
	p, l, s, n := &m.Params.Layers[i], &m.layers[i], m.Params.Shape, len(m.tokens)
	d, f := s.Dim, s.Hidden
	out := make([]T, n*d)

	copy(l.h, m.h)
	placeForward(s.Norm1, p.Norm1, l.x, l.mean1, l.rstd1, l.h, d, s.Eps)
	Conv1DForward(l.qkv, l.x, p.QKV, p.QKVBias, n, d, 3*d)
	m.qkNormForward(i)
	AttentionForward(l.attended, l.probs, l.qkv, m.attention(i))
	Conv1DForward(out, l.attended, p.OutProj, p.OutBias, n, d, d)
	m.drop(out, i, dropAttended)
	add(m.h, out)

	copy(l.middle, m.h)
	placeForward(s.Norm2, p.Norm2, l.y, l.mean2, l.rstd2, l.middle, d, s.Eps)
	Conv1DForward(l.z, l.y, p.Linear1, p.Bias1, n, d, f)
	GELUTanhForward(l.g, l.z)
	Conv1DForward(out, l.g, p.Linear2, p.Bias2, n, f, d)
	m.drop(out, i, dropHidden)
	add(m.h, out)
}

// Backward adds the gradients of the last Forward's loss to grads; those of
// what is frozen too.
func (m *GPT2Tokens[T]) Backward(grads *GPT2Params[T]) {
	p, s, n := m.Params, m.Params.Shape, len(m.tokens)
	dlogits, df, dh := make([]T, n*s.Vocab), make([]T, n*s.Dim), make([]T, n*s.Dim)
	for at := 0; at < n; at += m.Length {
		from, to := at*s.Vocab, (at+m.Length-1)*s.Vocab
		CrossEntropyBackward(dlogits[from:to], m.probs[from:to], m.tokens[at+1:at+m.Length], s.Vocab)
	}
	multiply(dlogits, T(1/float64(n/m.Length)))
	LinearBackward(df, grads.Tokens, nil, dlogits, m.f, p.Tokens, n, s.Dim, s.Vocab)
	placeBackward(s.NormF, p.NormF, grads.NormF, dh, df, m.h, m.meanF, m.rstdF, s.Dim)
	for i := len(m.layers) - 1; i >= 0; i-- {
		m.layerBackward(i, dh, &grads.Layers[i])
	}
	m.drop(dh, 0, dropEmbedding)
	EmbeddingBackward(grads.Tokens, dh, m.tokens, s.Dim)
	EmbeddingBackward(grads.Positions, dh, m.positions, s.Dim)
}

// layerBackward turns dh, the gradient of what layer i gives, into that of what
// it got.
func (m *GPT2Tokens[T]) layerBackward(i int, dh []T, grads *GPT2Layer[T]) {
	p, l, s, n := &m.Params.Layers[i], &m.layers[i], m.Params.Shape, len(m.tokens)
	d, f := s.Dim, s.Hidden
	buffer := func(width int) []T { return make([]T, n*width) }

	dout, dz, dy, dbranch := buffer(d), buffer(f), buffer(d), buffer(d)
	copy(dout, dh)
	m.drop(dout, i, dropHidden)
	Conv1DBackward(dz, grads.Linear2, grads.Bias2, dout, l.g, p.Linear2, n, f, d)
	GELUTanhBackward(dz, dz, l.z)
	Conv1DBackward(dy, grads.Linear1, grads.Bias1, dz, l.y, p.Linear1, n, d, f)
	placeBackward(s.Norm2, p.Norm2, grads.Norm2, dbranch, dy, l.middle, l.mean2, l.rstd2, d)
	add(dh, dbranch)

	dattended, dqkv, dx := buffer(d), buffer(3*d), buffer(d)
	copy(dout, dh)
	m.drop(dout, i, dropAttended)
	Conv1DBackward(dattended, grads.OutProj, grads.OutBias, dout, l.attended, p.OutProj, n, d, d)
	AttentionBackward(dqkv, dattended, l.probs, l.qkv, m.attention(i))
	m.qkNormBackward(i, dqkv, grads)
	Conv1DBackward(dx, grads.QKV, grads.QKVBias, dqkv, l.x, p.QKV, n, d, 3*d)
	placeBackward(s.Norm1, p.Norm1, grads.Norm1, dbranch, dx, l.h, l.mean1, l.rstd1, d)
	add(dh, dbranch)
}

// take keeps a batch and makes room for it.
func (m *GPT2Tokens[T]) take(tokens []int32) {
	s, n := m.Params.Shape, len(tokens)
	if n == 0 || m.Length < 1 || m.Length > s.Context || n%m.Length != 0 {
		panic(fmt.Sprintf("nn: %d tokens are not sequences of %d, at most %d", n, m.Length, s.Context))
	}
	m.tokens, m.positions = make([]int, n), make([]int, n)
	for i, t := range tokens {
		m.tokens[i], m.positions[i] = int(t), i%m.Length
	}
	buffer := func(width int) []T { return make([]T, n*width) }
	m.layers = make([]gpt2Layer[T], s.Layers)
	for i := range m.layers {
		l := &m.layers[i]
		l.h, l.x, l.attended, l.middle, l.y, l.rawQ, l.rawK = buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim)
		l.qkv, l.probs, l.z, l.g = buffer(3*s.Dim), buffer(s.Heads*m.Length), buffer(s.Hidden), buffer(s.Hidden)
		l.mean1, l.rstd1, l.mean2, l.rstd2 = buffer(1), buffer(1), buffer(1), buffer(1)
		l.meanQ, l.rstdQ, l.meanK, l.rstdK = buffer(s.Heads), buffer(s.Heads), buffer(s.Heads), buffer(s.Heads)
	}
	m.h, m.f, m.meanF, m.rstdF = buffer(s.Dim), buffer(s.Dim), buffer(1), buffer(1)
}
