package keyhull

// Attention is the answer of BestAttention.
type Attention struct {
	Weight     float64   // softmax weight of the key under Query
	UpperBound float64   // no query within the radius gives more
	Query      []float64 // Dim() numbers, scoring keys after factor and projection
}

// BestAttention returns the largest softmax weight that key i can get from a
// query of norm at most radius: max over ‖q‖ ≤ radius of softmax(q·k)_i.
func BestAttention(keys Keys, i int, radius float64) (Attention, error) {
	panic("being written")
}
