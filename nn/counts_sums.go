package nn

// countSums are sums over the items of a part of a batch, all times n_a.
type countSums struct {
	emb, base   []float64 // (C,d): gradient of e as output matrix, and of h by class
	in, out     []float64 // (f,d+1), (d,f+1): of the packed weights with their biases
	table       []float64 // (C,C,d+1)
	score       []float64 // (C,C): from items taken one by one
	value       []float64 // (C,d): of W_O·v from them
	loss        float64
	tokens      float64
	tokensRight float64
	items       int
	right       int // sequences
}

func newCountSums(s Majority) *countSums {
	c, d, f := s.Classes, s.Dim, s.Hidden
	n := func(n int) []float64 { return make([]float64, n) }
	return &countSums{emb: n(c * d), base: n(c * d), in: n(f * (d + 1)), out: n(d * (f + 1)),
		table: n(c * c * (d + 1)), score: n(c * c), value: n(c * d)}
}

func (s *countSums) all() [][]float64 {
	return [][]float64{s.emb, s.base, s.in, s.out, s.table, s.score, s.value}
}

func (s *countSums) clear() {
	for _, v := range s.all() {
		clear(v)
	}
	s.loss, s.tokens, s.tokensRight, s.items, s.right = 0, 0, 0, 0, 0
}

func (s *countSums) add(o *countSums) {
	from := o.all()
	for i, to := range s.all() {
		add(to, from[i])
	}
	s.loss += o.loss
	s.tokens += o.tokens
	s.tokensRight += o.tokensRight
	s.items += o.items
	s.right += o.right
}

func (s *countSums) stats(sequences int) MajorityStats {
	return MajorityStats{Loss: s.loss / s.tokens, Tokens: int(s.tokens), TokensRight: int(s.tokensRight),
		Sequences: sequences, SequencesRight: s.right, Items: s.items}
}
