package nn

import "keyhull/internal/vec"

// drop returns the dropout that a key gives; none if the key is 0. Places are
// those of GPT-2, with all sentences as one sequence; those of one layer more
// are for the pooler. The indices of what queries give keys are the number of
// the query in the batch and that of the key in its sentence. Those of the
// other places are coordinate and number of the token in the batch; in the last
// layer and behind it, where only the first token of a sentence matters,
// coordinate and number of the sentence.
func (b Bert) drop(key uint64) gpt2Drop {
	d := gpt2Drop{key: mix(key), rate: float32(b.Dropout), layers: b.Layers + 1, places: dropWeights + b.Heads}
	if key == 0 {
		d.rate = 0
	}
	return d
}

// drop multiplies rows x, or their gradients, by what dropout keeps of its
// columns with the given numbers; none where they are negative.
func (m *BertTokens[T]) drop(x []T, columns []int, layer, place int) {
	s := m.Params.Shape
	f := factors(s.drop(m.Key).at(0, layer, place), s.Dim, len(columns))
	for t, c := range columns {
		for j := range s.Dim {
			if c >= 0 {
				x[t*s.Dim+j] *= T(f.Row(j)[c])
			}
		}
	}
}

// columns returns the numbers of tokens by which dropout in layer i knows them.
func (m *BertTokens[T]) columns(i int) []int {
	numbers := make([]int, len(m.tokens))
	for t := range numbers {
		numbers[t] = t
		if i == len(m.layers)-1 {
			numbers[t] = -1
		}
	}
	if i == len(m.layers)-1 {
		for b, at := range m.starts[:len(m.labels)] {
			numbers[at] = b
		}
	}
	return numbers
}

// sentences returns the numbers of all sentences.
func (m *BertTokens[T]) sentences() []int {
	numbers := make([]int, len(m.labels))
	for b := range numbers {
		numbers[b] = b
	}
	return numbers
}

// shapeOf says how layer i attends within sentence b.
func (m *BertTokens[T]) shapeOf(i, b int) AttentionShape {
	s := m.Params.Shape
	shape := AttentionShape{Batch: 1, Length: m.starts[b+1] - m.starts[b], D: s.Dim, Heads: s.Heads}
	if drop := s.drop(m.Key); drop.rate != 0 {
		var kept []vec.Rows // of each head
		for h := range s.Heads {
			kept = append(kept, factors(drop.at(0, i, dropWeights+h), m.starts[b+1], shape.Length))
		}
		shape.Keep = func(_, h, query, key int) float64 { return float64(kept[h].Row(m.starts[b] + query)[key]) }
	}
	return shape
}
