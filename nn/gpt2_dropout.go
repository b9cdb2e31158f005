package nn

// Places of dropout, in each layer but for the first one.
const (
	dropEmbedding = iota // the sum of embeddings
	dropWeights          // what a query gives a key; one place a head
	dropAttended         // what attention adds to the residual stream
	dropHidden           // what the feed-forward network adds
)

// drop multiplies what a place of layer i gives (n,d) by what dropout keeps.
func (m *GPT2Tokens[T]) drop(x []T, place, i int) {}

func (m *GPT2Tokens[T]) attention(i int) AttentionShape {
	s := m.Params.Shape
	return AttentionShape{Batch: len(m.tokens) / m.Length, Length: m.Length, D: s.Dim, Heads: s.Heads, Causal: true}
}
