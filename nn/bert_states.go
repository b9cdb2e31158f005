package nn

import (
	"keyhull/internal/vec"
	"keyhull/norm"
)

// BertStates is what a model computes on the way, without dropout, for one
// sentence of n tokens.
type BertStates[T norm.Float] struct {
	Hidden                [][]T   // (n,d) each: after the embeddings, and after each layer
	Queries, Keys, Values [][][]T // of each layer and head, (n,w): with bias
}

// States returns what p computes for a sentence, in its plain form. It may run
// concurrently. It panics as BertTokens does.
func (p *BertParams[T]) States(sentence []int32) BertStates[T] {
	m := BertTokens[T]{Params: p}
	tokens := make([]int, len(sentence))
	for i, t := range sentence {
		tokens[i] = int(t)
	}
	m.Forward([][]int{tokens}, []int{0})
	out := BertStates[T]{Hidden: m.Hidden}
	for _, qkv := range m.QKV {
		out.Queries = append(out.Queries, headsOf(p.Shape.Dim, p.Shape.Heads, qkv, query))
		out.Keys = append(out.Keys, headsOf(p.Shape.Dim, p.Shape.Heads, qkv, key))
		out.Values = append(out.Values, headsOf(p.Shape.Dim, p.Shape.Heads, qkv, value))
	}
	return out
}

// States is BertParams.States, through the kernels.
func (m *BertLanes) States(p *BertParams[float32], sentence []int32) (states BertStates[float32]) {
	m.check(p)
	m.checkSentence(sentence)
	m.weights.prepare(p)
	part, d := m.parts[0], m.shape.Dim
	job := bertJob{bertWeights: m.weights, batch: [][]int32{sentence}, drop: m.shape.drop(0)}
	part.begin(job, 0, 1)
	part.embed(job)
	for i := range part.layers {
		part.layer(job, m.workers[0], i, false)
		l := &part.layers[i]
		states.Hidden = append(states.Hidden, rowsOf(l.x, d, part.n))
		states.Queries = append(states.Queries, m.headsOf(l.qkv, part.n))
		states.Keys = append(states.Keys, m.headsOf(l.qkv.Down(d), part.n))
		states.Values = append(states.Values, m.headsOf(l.qkv.Down(2*d), part.n))
	}
	states.Hidden = append(states.Hidden, rowsOf(part.last, d, part.n))
	return states
}

// headsOf returns the rows (d,n) of x of each head, as (n,w).
func (m *BertLanes) headsOf(x vec.Rows, n int) (heads [][]float32) {
	for h := range m.shape.Heads {
		heads = append(heads, rowsOf(x.Down(h*m.shape.Width()), m.shape.Width(), n))
	}
	return heads
}
