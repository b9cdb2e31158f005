package nn

import "slices"

// Backward adds the gradients of the last Forward's loss to grads. The row of
// padding gets none, as in transformers.
func (m *BertTokens[T]) Backward(grads *BertParams[T]) {
	p, s, b := m.Params, m.Params.Shape, len(m.labels)
	d := s.Dim
	dlogits, dpooled, dfirst := make([]T, b*s.Labels), make([]T, b*d), make([]T, b*d)
	CrossEntropyBackward(dlogits, m.probs, m.labels, s.Labels)
	LinearBackward(dpooled, grads.Classifier, grads.ClassifierBias, dlogits, m.kept, p.Classifier, b, d, s.Labels)
	m.drop(dpooled, m.sentences(), len(m.layers), dropEmbedding)
	tanhBackward(dpooled, dpooled, m.pooled)
	LinearBackward(dfirst, grads.Pooler, grads.PoolerBias, dpooled, m.first, p.Pooler, b, d, d)
	dx := make([]T, len(m.tokens)*d)
	for i := range b {
		copy(row(dx, m.starts[i], d), row(dfirst, i, d))
	}
	for i := len(m.layers) - 1; i >= 0; i-- {
		dx = m.attentionBackward(i, grads, m.feedForwardBackward(i, grads, dx))
	}
	m.embedBackward(grads, dx)
}

// feedForwardBackward returns the gradient of l.mid from that of the layer's
// output.
func (m *BertTokens[T]) feedForwardBackward(i int, grads *BertParams[T], dout []T) (dmid []T) {
	s, l, w, g := m.Params.Shape, &m.layers[i], &m.Params.Layers[i], &grads.Layers[i]
	n, d, f := len(m.tokens), s.Dim, s.Hidden
	dsum, dup, dmid := make([]T, n*d), make([]T, n*f), make([]T, n*d)
	placeBackward(s.OutputNorm, w.OutputNorm, g.OutputNorm, dsum, dout, l.summed2.x, l.summed2.mean, l.summed2.rstd, d)
	dbranch := m.dropped(dsum, i, dropHidden)
	LinearBackward(dup, g.Down, g.DownBias, dbranch, l.activated, w.Down, n, f, d)
	GELUErfBackward(dup, dup, l.up)
	LinearBackward(dmid, g.Up, g.UpBias, dup, l.mid, w.Up, n, d, f)
	add(dmid, dsum) // past the network
	return dmid
}

// attentionBackward returns the gradient of the layer's input.
func (m *BertTokens[T]) attentionBackward(i int, grads *BertParams[T], dmid []T) (dx []T) {
	s, l, w, g := m.Params.Shape, &m.layers[i], &m.Params.Layers[i], &grads.Layers[i]
	n, d := len(m.tokens), s.Dim
	dx, datt, dqkv := make([]T, n*d), make([]T, n*d), make([]T, 3*n*d)
	placeBackward(s.AttentionNorm, w.AttentionNorm, g.AttentionNorm, dx, dmid, l.summed1.x, l.summed1.mean, l.summed1.rstd, d)
	dbranch := m.dropped(dx, i, dropAttended)
	LinearBackward(datt, g.Out, g.OutBias, dbranch, l.att, w.Out, n, d, d)
	for b := range m.labels {
		at, end := m.starts[b], m.starts[b+1]
		AttentionBackward(dqkv[3*at*d:3*end*d], datt[at*d:end*d], l.probs[b], m.QKV[i][3*at*d:3*end*d], m.shapeOf(i, b))
	}
	part, through := make([]T, n*d), make([]T, n*d)
	for which, v := range [][3][]T{{g.Query, g.QueryBias, w.Query}, {g.Key, g.KeyBias, w.Key}, {g.Value, g.ValueBias, w.Value}} {
		pick(part, dqkv, which, d)
		LinearBackward(through, v[0], v[1], part, m.Hidden[i], v[2], n, d, d)
		add(dx, through)
	}
	return dx
}

// dropped returns x after the dropout of a place in layer i.
func (m *BertTokens[T]) dropped(x []T, i, place int) []T {
	out := slices.Clone(x)
	m.drop(out, m.columns(i), i, place)
	return out
}

func (m *BertTokens[T]) embedBackward(grads *BertParams[T], dout []T) {
	s, in := m.Params.Shape, m.embedded
	dx := slices.Clone(dout)
	m.drop(dx, m.columns(-1), 0, dropEmbedding)
	placeBackward(s.EmbeddingNorm, m.Params.EmbeddingNorm, grads.EmbeddingNorm, dx, dx, in.x, in.mean, in.rstd, s.Dim)
	EmbeddingBackward(grads.Positions, dx, m.positions, s.Dim)
	EmbeddingBackward(grads.Types, dx, m.types, s.Dim)
	for t, token := range m.tokens {
		if token == 0 {
			clear(row(dx, t, s.Dim))
		}
	}
	EmbeddingBackward(grads.Words, dx, m.tokens, s.Dim)
}
