package keyhull

import (
	"math"
	"math/big"
	"slices"

	"keyhull/cert"
)

// Certificates returns the result in the form that package cert checks and
// `keyhull decide --format json` prints. minMargin is the relative margin under
// which a vertex counts as selectable by rounding. Slices are shared with r.
func (r *Result) Certificates(minMargin float64) cert.Set {
	c := r.Counts(minMargin)
	s := cert.Set{N: r.N, Dim: r.Dim, Rank: r.Rank, UnselectableFraction: float64(c.Unselectable()) / float64(r.N),
		Counts: map[string]int{"selectable": c.Selectable, "tied": c.Tied, "face": c.Face, "interior": c.Interior, "by_rounding": c.ByRounding},
		Keys:   make([]cert.Key, r.N)}
	short, queries := r.shorter(), make([]cert.Query, 0, r.N-c.Interior)
	for i := range r.Keys {
		k, out := &r.Keys[i], &s.Keys[i]
		out.Index, out.Verdict, out.Copies, out.Bases, out.Weights = i, k.Verdict.String(), k.Copies, k.Bases, short.weights(k.Weights)
		if k.Query != nil || k.ExactQuery != nil {
			queries = append(queries, cert.Query{Float: k.Query, Exact: k.ExactQuery})
			out.Query = &queries[len(queries)-1]
		}
		if !k.Verdict.Unselectable() {
			out.Margin, out.RelativeMargin = &k.Margin, &k.RelativeMargin
		}
	}
	return s
}

// AddDeaths adds what DecideCausal found to the certificates of the same keys.
func AddDeaths(s *cert.Set, causal []CausalKey) {
	s.Causal = true
	for i := range causal {
		if c := &causal[i]; c.Death >= 0 {
			k := &s.Keys[i]
			k.Death, k.DeathBasis, k.DeathWeights, k.AliveQuery = &c.Death, c.Basis, c.Weights, query(c.Query, c.ExactQuery)
		}
	}
}

func query(float []float64, exact []*big.Rat) *cert.Query {
	if float == nil && exact == nil {
		return nil
	}
	return &cert.Query{Float: float, Exact: exact}
}

// Weights that are all above leastShort are written as parts of weightParts.
const (
	weightParts = 1e6
	leastShort  = 1e-4
)

// shorter rounds weights for people to read, into memory that many keys share. Lists
// of more than some weights are part of the proof.
type shorter struct {
	some   int
	lists  [][]float64
	floats []float64
}

// shorter has memory for all weights.
func (r *Result) shorter() shorter {
	lists, floats := 0, 0
	for i := range r.Keys {
		lists += len(r.Keys[i].Weights)
		for _, list := range r.Keys[i].Weights {
			floats += len(list)
		}
	}
	return shorter{r.Rank + 1, make([][]float64, 0, lists), make([]float64, 0, floats)}
}

// weights rounds each list, and keeps its sum.
func (s *shorter) weights(lists [][]float64) [][]float64 {
	from := len(s.lists)
	for _, list := range lists {
		if len(list) > 0 && len(list) <= s.some && slices.Min(list) > leastShort {
			list = s.inParts(list)
		}
		s.lists = append(s.lists, list)
	}
	return s.lists[from:len(s.lists):len(s.lists)]
}

func (s *shorter) inParts(weights []float64) []float64 {
	s.floats = append(s.floats, weights...)
	short, rest, most := s.floats[len(s.floats)-len(weights):], weightParts, 0
	for i, w := range short {
		short[i] = math.RoundToEven(w * weightParts)
		if rest -= short[i]; short[i] > short[most] {
			most = i
		}
	}
	short[most] += rest
	for i := range short {
		short[i] /= weightParts
	}
	return slices.Clip(short)
}
