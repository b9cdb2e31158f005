package nn

import "keyhull/norm"

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
		out.Queries = append(out.Queries, perHead(p.Shape, qkv, query))
		out.Keys = append(out.Keys, perHead(p.Shape, qkv, key))
		out.Values = append(out.Values, perHead(p.Shape, qkv, value))
	}
	return out
}

// perHead returns the queries, keys or values in qkv (n,3,heads,w) of each
// head, (n,w).
func perHead[T norm.Float](s Bert, qkv []T, which int) (heads [][]T) {
	n, w := len(qkv)/(3*s.Dim), s.Width()
	for h := range s.Heads {
		x := make([]T, 0, n*w)
		for i := range n {
			x = append(x, row(qkv, (3*i+which)*s.Heads+h, w)...)
		}
		heads = append(heads, x)
	}
	return heads
}
