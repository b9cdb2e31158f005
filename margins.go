package keyhull

import (
	"context"
	"math"

	"keyhull/internal/hull"
)

func (r *Result) addMargins(ctx context.Context, keys Keys, o *hull.Outcome, how Margins, workers int) error {
	for i := range r.Keys {
		k := &r.Keys[i]
		if k.Query == nil || k.Verdict.Unselectable() {
			continue
		}
		k.Margin = o.Proof(i).Lead / keys.norm(k.Query)
		_ = math.Sqrt
	}
	return nil
}

// norm is the length of a query in the keys' own metric.
func (k Keys) norm(q []float64) float64 {
	s, sum := 0.0, 0.0
	for _, v := range q {
		s += v * v
		sum += v
	}
	if k.projected {
		s += sum * sum
	}
	return math.Sqrt(s)
}
