package keyhull

import (
	"context"
	"math/big"

	"keyhull/internal/hull"
)

// CausalKey is a key's fate under a causal mask, where the query at position t
// sees keys 0 … t only.
type CausalKey struct {
	// Death is the first position from which on the key is unselectable among
	// keys 0 … Death; −1 if it never is. Once inside the hull of a prefix, a
	// key is inside for ever.
	Death int
	// Basis proves the death: keys at most Death, none equal to the key, of
	// which it is a convex combination with all weights > 0.
	Basis   []int
	Weights []float64
	// Query (or ExactQuery, where no float64 query was proved) shows that the
	// key was still a vertex at Death−1: among keys 0 … Death−1 none but equal
	// ones scores as high. Both are nil when the key died on arrival or never.
	Query      []float64
	ExactQuery []*big.Rat
}

// DecideCausal decides the whole set as Decide does and adds, for each key, the
// position at which it dies under a causal mask. Entry i of the second result
// belongs to key i. Time grows with n²·dim for the sweep.
func DecideCausal(ctx context.Context, keys Keys, opt Options) (*Result, []CausalKey, error) {
	r, o, err := decide(ctx, keys, opt)
	if err != nil {
		return nil, nil, err
	}
	deaths, err := o.Deaths(ctx)
	if err != nil {
		return nil, nil, err
	}
	return r, r.causal(o, deaths), nil
}

// causal hands the deaths of distinct keys to all; a copy that arrives after
// the death dies on arrival.
func (r *Result) causal(o *hull.Outcome, deaths []hull.Death) []CausalKey {
	out := make([]CausalKey, r.N)
	for i := range out {
		d := deaths[o.Class(i)]
		out[i] = CausalKey{d.At, d.Basis, d.Weights, d.Query, d.Exact}
		if d.At >= 0 && d.At <= i {
			out[i].Death, out[i].Query, out[i].ExactQuery = i, nil, nil
		}
	}
	return out
}
