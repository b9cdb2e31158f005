package nn

import "keyhull/internal/vec"

// Places of dropout in a layer, the first one before all layers.
const (
	dropEmbedding = iota // the sum of embeddings
	dropAttended         // what attention adds to the residual stream
	dropHidden           // what the feed-forward network adds
	dropWeights          // what queries of the first head give keys; then those of the other heads
)

// gpt2Drop is the dropout of a step. Which numbers it drops depends on the key,
// the sequence's number in the batch, and the number's place alone. The indices
// of vec.Drop are coordinate and position, or query and key.
type gpt2Drop struct {
	key    uint64
	rate   float32
	layers int
	places int // of a layer
}

// drop returns the dropout that a key gives; none if the key is 0.
func (g GPT2) drop(key uint64) gpt2Drop {
	d := gpt2Drop{key: mix(key), rate: float32(g.Dropout), layers: g.Layers, places: dropWeights + g.Heads}
	if key == 0 {
		d.rate = 0
	}
	return d
}

// at returns the dropout of a place in a layer, for a sequence of the batch.
func (d gpt2Drop) at(sequence, layer, place int) vec.Drop {
	return vec.Drop{Key: d.key + uint64((sequence*d.layers+layer)*d.places+place), P: d.rate}
}

// mix spreads keys, so that neighbours have nothing in common: the finalizer of
// SplitMix64 (Steele, Lea, Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// factors returns what drop multiplies the numbers of rows of n by.
func factors(drop vec.Drop, rows, n int) vec.Rows {
	f := vec.NewRows(rows, roundUp(n, vec.MaxLanes))
	Fill(f.Data, 1)
	vec.Dropout(f, f, rows, roundUp(n, vec.MaxLanes), drop, 0, false)
	return f
}

// drop multiplies what a place of layer i gives (n,d), or its gradient, by what
// dropout keeps.
func (m *GPT2Tokens[T]) drop(x []T, i, place int) {
	s := m.Params.Shape
	for b := range len(m.tokens) / m.Length {
		f := factors(s.drop(m.Key).at(b, i, place), s.Dim, m.Length)
		for pos := range m.Length {
			for j := range s.Dim {
				x[(b*m.Length+pos)*s.Dim+j] *= T(f.Row(j)[pos])
			}
		}
	}
}

// attention says how layer i attends.
func (m *GPT2Tokens[T]) attention(i int) AttentionShape {
	s := m.Params.Shape
	shape := AttentionShape{Batch: len(m.tokens) / m.Length, Length: m.Length, D: s.Dim, Heads: s.Heads, Causal: true}
	if s.drop(m.Key).rate == 0 {
		return shape
	}
	var kept []vec.Rows // of each sequence and head
	for b := range shape.Batch {
		for h := range s.Heads {
			kept = append(kept, factors(s.drop(m.Key).at(b, i, dropWeights+h), m.Length, m.Length))
		}
	}
	shape.Keep = func(b, h, query, key int) float64 { return float64(kept[b*s.Heads+h].Row(query)[key]) }
	return shape
}
