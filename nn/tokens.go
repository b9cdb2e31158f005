package nn

import (
	"fmt"

	"keyhull/norm"
)

// MajorityTokens is the plain form of a Majority: it computes every token of
// every sequence, as the definition says, and may have several heads and
// learned positions, which the form on class counts has not. It keeps what
// backward needs, and is for one goroutine.
type MajorityTokens[T norm.Float] struct {
	Params *MajorityParams[T]
	Heads  int // a divisor of the model's dimension
	Length int // tokens of a sequence
	Pos    []T // (length,d), added to the embeddings; nil for no positions

	Logits []T // (batch,length,classes) of the last Forward

	tokens, positions, labels         []int // (n), n = batch·length
	e, x, qkv, probs, att, h, y, z, r []T
	o, classProbs                     []T
	mean1, rstd1, mean2, rstd2        []T
}

// Forward returns the mean cross-entropy over all positions, where the label
// of a sequence is the label of each of its positions.
//
//	tokens (batch,length) in [0,classes)
//	labels (batch)        in [0,classes)
func (m *MajorityTokens[T]) Forward(tokens, labels []int) (loss float64) {
	m.take(tokens, labels)
	p, n := m.Params, len(tokens)
	c, d, f := p.Shape.Classes, p.Shape.Dim, p.Shape.Hidden
	out := make([]T, n*d) // of a branch, before it is added

	EmbeddingForward(m.e, p.Emb, tokens, d)
	if m.Pos != nil {
		EmbeddingForward(out, m.Pos, m.positions, d)
		add(m.e, out)
	}

	p.Norm1Forward(m.x, m.mean1, m.rstd1, m.e)
	LinearForward(m.qkv, m.x, p.InProj, nil, n, d, 3*d)
	AttentionForward(m.att, m.probs, m.qkv, m.attention())
	LinearForward(out, m.att, p.OutProj, p.OutBias, n, d, d)
	copy(m.h, m.e)
	add(m.h, out)

	norm.LayerNormForward(m.y, m.mean2, m.rstd2, m.h, p.Gain2, p.Shift2, n, d, normEps)
	LinearForward(m.z, m.y, p.Linear1, p.Bias1, n, d, f)
	ReLUForward(m.r, m.z)
	LinearForward(out, m.r, p.Linear2, p.Bias2, n, f, d)
	copy(m.o, m.h)
	add(m.o, out)

	LinearForward(m.Logits, m.o, p.Emb, nil, n, d, c)
	return CrossEntropyForward(m.classProbs, m.Logits, m.labels, c)
}

// Backward adds the gradients of the last Forward's loss to grads and to dpos
// (length,d), which is nil if there are no positions.
func (m *MajorityTokens[T]) Backward(grads *MajorityParams[T], dpos []T) {
	p, n := m.Params, len(m.tokens)
	c, d, f := p.Shape.Classes, p.Shape.Dim, p.Shape.Hidden
	buffer := func(width int) []T { return make([]T, n*width) }

	dlogits, do := buffer(c), buffer(d)
	CrossEntropyBackward(dlogits, m.classProbs, m.labels, c)
	LinearBackward(do, grads.Emb, nil, dlogits, m.o, p.Emb, n, d, c)

	dz, dy, dh := buffer(f), buffer(d), buffer(d)
	LinearBackward(dz, grads.Linear2, grads.Bias2, do, m.r, p.Linear2, n, f, d)
	ReLUBackward(dz, dz, m.z)
	LinearBackward(dy, grads.Linear1, grads.Bias1, dz, m.y, p.Linear1, n, d, f)
	norm.LayerNormBackward(dh, grads.Gain2, grads.Shift2, dy, m.h, p.Gain2, m.mean2, m.rstd2, n, d)
	add(dh, do) // past the feed-forward network

	datt, dqkv, dx, de := buffer(d), buffer(3*d), buffer(d), buffer(d)
	LinearBackward(datt, grads.OutProj, grads.OutBias, dh, m.att, p.OutProj, n, d, d)
	AttentionBackward(dqkv, datt, m.probs, m.qkv, m.attention())
	LinearBackward(dx, grads.InProj, nil, dqkv, m.x, p.InProj, n, d, 3*d)
	p.Norm1Backward(grads, de, dx, m.e, m.mean1, m.rstd1)
	add(de, dh) // past attention

	EmbeddingBackward(grads.Emb, de, m.tokens, d)
	if m.Pos != nil {
		EmbeddingBackward(dpos, de, m.positions, d)
	}
}

func (m *MajorityTokens[T]) attention() AttentionShape {
	return AttentionShape{Batch: len(m.tokens) / m.Length, Length: m.Length, D: m.Params.Shape.Dim, Heads: m.Heads}
}

// take keeps a batch and makes room for it.
func (m *MajorityTokens[T]) take(tokens, labels []int) {
	if len(tokens) != len(labels)*m.Length {
		panic(fmt.Sprintf("nn: %d tokens are not %d sequences of %d", len(tokens), len(labels), m.Length))
	}
	s, n := m.Params.Shape, len(tokens)
	m.tokens, m.positions, m.labels = tokens, make([]int, n), make([]int, n)
	for i := range n {
		m.positions[i], m.labels[i] = i%m.Length, labels[i/m.Length]
	}
	buffer := func(width int) []T { return make([]T, n*width) }
	m.e, m.x, m.att, m.h, m.y, m.o = buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim), buffer(s.Dim)
	m.qkv, m.probs = buffer(3*s.Dim), buffer(m.Heads*m.Length)
	m.z, m.r = buffer(s.Hidden), buffer(s.Hidden)
	m.mean1, m.rstd1, m.mean2, m.rstd2 = buffer(1), buffer(1), buffer(1), buffer(1)
	m.Logits, m.classProbs = buffer(s.Classes), buffer(s.Classes)
}
