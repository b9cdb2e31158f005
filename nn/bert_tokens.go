package nn

import (
	"fmt"
	"math"

	"keyhull/norm"
)

// BertTokens is the plain form of a Bert: it computes every token of every
// sentence, layer by layer, as the definition says. Sentences lie one after
// the other without padding, so n is the number of tokens of all of them; what
// a mask hides in transformers is not there. It keeps what backward needs, and
// is for one goroutine.
type BertTokens[T norm.Float] struct {
	Params *BertParams[T]
	Key    uint64 // of the step's dropout; 0 for none

	Hidden [][]T // (n,d) each, of the last Forward: embeddings, then the output of each layer
	QKV    [][]T // (n,3,heads,w) each: queries, keys, values of each layer
	Logits []T   // (sentences,labels)

	starts, labels           []int // first token of each sentence, then n; labels
	tokens, positions, types []int // (n)
	embedded                 placeInput[T]
	layers                   []bertTokensLayer[T]
	first, pooled            []T // (sentences,d): of the last layer, tanh of the pooler
	kept, probs              []T // (sentences,d), (sentences,labels): pooled after dropout
}

// bertTokensLayer is what a layer's forward keeps for backward.
type bertTokensLayer[T norm.Float] struct {
	probs         [][]T // (heads,length,length) a sentence
	att           []T   // (n,d): of all heads, before W_O
	summed1       placeInput[T]
	mid           []T // (n,d): input of the feed-forward network
	up, activated []T // (n,f)
	summed2       placeInput[T]
}

// placeInput is the input (n,d) of a normalization and what its backward needs.
type placeInput[T norm.Float] struct{ x, mean, rstd []T }

func newPlaceInput[T norm.Float](n, d int) placeInput[T] {
	return placeInput[T]{make([]T, n*d), make([]T, n), make([]T, n)}
}

// Forward returns the mean cross-entropy over sentences. It panics on a
// sentence that is empty or too long, and on ids out of range.
func (m *BertTokens[T]) Forward(sentences [][]int, labels []int) (loss float64) {
	m.take(sentences, labels)
	p, d := m.Params, m.Params.Shape.Dim
	m.embed()
	for i := range m.layers {
		m.attention(i)
		m.feedForward(i)
	}
	last := m.Hidden[len(m.layers)]
	for i := range labels {
		copy(row(m.first, i, d), row(last, m.starts[i], d))
	}
	LinearForward(m.pooled, m.first, p.Pooler, p.PoolerBias, len(labels), d, d)
	tanhForward(m.pooled, m.pooled)
	copy(m.kept, m.pooled)
	m.drop(m.kept, m.sentences(), len(m.layers), dropEmbedding)
	LinearForward(m.Logits, m.kept, p.Classifier, p.ClassifierBias, len(labels), d, p.Shape.Labels)
	return CrossEntropyForward(m.probs, m.Logits, labels, p.Shape.Labels)
}

// embed sums the three embeddings and normalizes them.
func (m *BertTokens[T]) embed() {
	p, s := m.Params, m.Params.Shape
	in, part := m.embedded, make([]T, len(m.tokens)*s.Dim)
	EmbeddingForward(in.x, p.Words, m.tokens, s.Dim)
	EmbeddingForward(part, p.Types, m.types, s.Dim)
	add(in.x, part)
	EmbeddingForward(part, p.Positions, m.positions, s.Dim)
	add(in.x, part)
	placeForward(s.EmbeddingNorm, p.EmbeddingNorm, m.Hidden[0], in.mean, in.rstd, in.x, s.Dim, s.Eps)
	m.drop(m.Hidden[0], m.columns(-1), 0, dropEmbedding)
}

// attention is the first half of layer i, up to its normalization.
func (m *BertTokens[T]) attention(i int) {
	s, l, w := m.Params.Shape, &m.layers[i], &m.Params.Layers[i]
	n, d := len(m.tokens), s.Dim
	x, qkv, part := m.Hidden[i], m.QKV[i], make([]T, n*d)
	for which, v := range [][2][]T{{w.Query, w.QueryBias}, {w.Key, w.KeyBias}, {w.Value, w.ValueBias}} {
		LinearForward(part, x, v[0], v[1], n, d, d)
		putBack(qkv, part, which, d)
	}
	for b := range m.labels {
		at, end := m.starts[b], m.starts[b+1]
		AttentionForward(l.att[at*d:end*d], l.probs[b], qkv[3*at*d:3*end*d], m.shapeOf(i, b))
	}
	LinearForward(l.summed1.x, l.att, w.Out, w.OutBias, n, d, d)
	m.drop(l.summed1.x, m.columns(i), i, dropAttended)
	add(l.summed1.x, x)
	placeForward(s.AttentionNorm, w.AttentionNorm, l.mid, l.summed1.mean, l.summed1.rstd, l.summed1.x, d, s.Eps)
}

// feedForward is the second half of layer i.
func (m *BertTokens[T]) feedForward(i int) {
	s, l, w := m.Params.Shape, &m.layers[i], &m.Params.Layers[i]
	n, d, f := len(m.tokens), s.Dim, s.Hidden
	LinearForward(l.up, l.mid, w.Up, w.UpBias, n, d, f)
	GELUErfForward(l.activated, l.up)
	LinearForward(l.summed2.x, l.activated, w.Down, w.DownBias, n, f, d)
	m.drop(l.summed2.x, m.columns(i), i, dropHidden)
	add(l.summed2.x, l.mid)
	placeForward(s.OutputNorm, w.OutputNorm, m.Hidden[i+1], l.summed2.mean, l.summed2.rstd, l.summed2.x, d, s.Eps)
}

// take keeps a batch and makes room for it.
func (m *BertTokens[T]) take(sentences [][]int, labels []int) {
	if len(sentences) != len(labels) {
		panic(fmt.Sprintf("nn: %d sentences, %d labels", len(sentences), len(labels)))
	}
	s := m.Params.Shape
	m.labels, m.starts, m.tokens, m.positions = labels, []int{0}, nil, nil
	for _, sentence := range sentences {
		if len(sentence) < 1 || len(sentence) > s.Positions {
			panic(fmt.Sprintf("nn: a sentence of %d tokens, want 1 to %d", len(sentence), s.Positions))
		}
		for position := range sentence {
			m.positions = append(m.positions, position)
		}
		m.tokens = append(m.tokens, sentence...)
		m.starts = append(m.starts, len(m.tokens))
	}
	n, d := len(m.tokens), s.Dim
	m.types, m.embedded = make([]int, n), newPlaceInput[T](n, d)
	m.Hidden, m.QKV, m.layers = [][]T{make([]T, n*d)}, nil, nil
	for range s.Layers {
		m.Hidden = append(m.Hidden, make([]T, n*d))
		m.QKV = append(m.QKV, make([]T, 3*n*d))
		m.layers = append(m.layers, m.newLayer(n))
	}
	m.first, m.pooled, m.kept = make([]T, len(labels)*d), make([]T, len(labels)*d), make([]T, len(labels)*d)
	m.Logits, m.probs = make([]T, len(labels)*s.Labels), make([]T, len(labels)*s.Labels)
}

func (m *BertTokens[T]) newLayer(n int) bertTokensLayer[T] {
	s := m.Params.Shape
	buffer := func(width int) []T { return make([]T, n*width) }
	l := bertTokensLayer[T]{att: buffer(s.Dim), mid: buffer(s.Dim), up: buffer(s.Hidden), activated: buffer(s.Hidden),
		summed1: newPlaceInput[T](n, s.Dim), summed2: newPlaceInput[T](n, s.Dim)}
	for b := range m.labels {
		length := m.starts[b+1] - m.starts[b]
		l.probs = append(l.probs, make([]T, s.Heads*length*length))
	}
	return l
}

// tanhForward writes the hyperbolic tangent of x; out may be x.
func tanhForward[T norm.Float](out, x []T) {
	for i, v := range x {
		out[i] = T(math.Tanh(float64(v)))
	}
}

// tanhBackward needs y = tanh(x). dx may be dout.
func tanhBackward[T norm.Float](dx, dout, y []T) {
	for i, v := range y {
		dx[i] = T(float64(dout[i]) * (1 - float64(v)*float64(v)))
	}
}
