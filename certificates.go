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
	for i := range r.Keys {
		k := &r.Keys[i]
		s.Keys[i] = cert.Key{Index: i, Verdict: k.Verdict.String(), Copies: k.Copies, Bases: k.Bases, Weights: shortWeights(k.Weights, r.Rank+1),
			Query: query(k.Query, k.ExactQuery)}
		if !k.Verdict.Unselectable() {
			s.Keys[i].Margin, s.Keys[i].RelativeMargin = &k.Margin, &k.RelativeMargin
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

// shortWeights rounds each list of weights for people to read, and keeps its sum. Lists
// of more than some weights are part of the proof.
func shortWeights(lists [][]float64, some int) [][]float64 {
	lists = slices.Clone(lists)
	for i, list := range lists {
		if len(list) > 0 && len(list) <= some && slices.Min(list) > leastShort {
			lists[i] = inParts(list)
		}
	}
	return lists
}

func inParts(weights []float64) []float64 {
	short, rest, most := make([]float64, len(weights)), weightParts, 0
	for i, w := range weights {
		short[i] = math.RoundToEven(w * weightParts)
		if rest -= short[i]; short[i] > short[most] {
			most = i
		}
	}
	short[most] += rest
	for i := range short {
		short[i] /= weightParts
	}
	return short
}
