package nn

import "keyhull/norm"

// GPT2States is what a model computes on the way, without dropout, for one
// sequence of n tokens.
type GPT2States[T norm.Float] struct {
	Before, After         [][]T   // of each layer's first normalization, (n,d): the residual stream, and what attention sees
	BeforeF, AfterF       []T     // (n,d): of the last normalization; AfterF goes to the output matrix
	Queries, Keys, Values [][][]T // of each layer and head, (n,w): with bias, and after QKNorm
}

// States returns what p computes for tokens, at most the model's context. It
// may run concurrently.
func (p *GPT2Params[T]) States(tokens []int32) GPT2States[T] {
	m := GPT2Tokens[T]{Params: p, Length: len(tokens)}
	m.body(tokens)
	out := GPT2States[T]{BeforeF: m.h, AfterF: m.f}
	for i := range m.layers {
		l := &m.layers[i]
		out.Before, out.After = append(out.Before, l.h), append(out.After, l.x)
		out.Queries = append(out.Queries, headsOf(p.Shape.Dim, p.Shape.Heads, l.qkv, query))
		out.Keys = append(out.Keys, headsOf(p.Shape.Dim, p.Shape.Heads, l.qkv, key))
		out.Values = append(out.Values, headsOf(p.Shape.Dim, p.Shape.Heads, l.qkv, value))
	}
	return out
}

// headsOf returns the queries, keys or values in qkv (n,3,heads,w) of each
// head, (n,w).
func headsOf[T norm.Float](d, heads int, qkv []T, which int) (list [][]T) {
	n, w := len(qkv)/(3*d), d/heads
	for h := range heads {
		x := make([]T, 0, n*w)
		for i := range n {
			x = append(x, row(qkv, (3*i+which)*heads+h, w)...)
		}
		list = append(list, x)
	}
	return list
}
