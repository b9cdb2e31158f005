package keyhull

import (
	"fmt"
	"math/big"
	"slices"
)

// Verdict says whether some query can give a key the highest score.
type Verdict uint8

const (
	// Selectable: some query scores the key strictly above every other key.
	Selectable Verdict = iota
	// Tied: a vertex of the hull, but other keys equal it.
	Tied
	// Face: not a vertex, on the relative boundary of the hull; it can only
	// share the highest score with keys that differ from it.
	Face
	// Interior: in the relative interior; only a query that ties every key
	// gives it the highest score.
	Interior
)

var verdictNames = [...]string{"selectable", "tied", "face", "interior"}

// String returns the verdict in the word of the file format: "selectable",
// "tied", "face" or "interior".
func (v Verdict) String() string { return verdictNames[v] }

// MarshalText gives that word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText takes it back; any other word is an error.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no verdict", text)
	}
	*v = Verdict(i)
	return nil
}

// Unselectable reports whether no query scores the key strictly or jointly
// with equal keys alone at the top: Face or Interior.
func (v Verdict) Unselectable() bool { return v >= Face }

// Key is the answer for one key: its verdict and the certificate that proves
// it (docs/certificates.md).
type Key struct {
	Verdict Verdict
	// Margin is the distance from a vertex to the hull of the keys that
	// differ from it, in the units of the keys; 0 for Face and Interior.
	// It is proved to be at least this; MarginExact in Result says whether
	// it is also the best possible up to rounding.
	Margin float64
	// RelativeMargin is Margin divided by the largest distance of a key to
	// the keys' mean.
	RelativeMargin float64
	// Query proves Selectable, Tied and Face. It is nil when no float64
	// vector was found that does, or always for Face; then ExactQuery is set.
	Query []float64
	// ExactQuery is a query in exact fractions.
	ExactQuery []*big.Rat
	// Copies are the other keys equal to a Tied key, in order.
	Copies []int
	// Bases are sets of affinely independent keys, none equal to the key,
	// of which it is a convex combination with all weights > 0. Face has
	// one. Interior has as many as it takes to span the affine hull, or one list
	// of more keys than can be independent, which span it too.
	Bases [][]int
	// Weights are the weights of each basis, rounded, for people to read; those
	// of more keys than can be independent are part of the proof.
	Weights [][]float64
}

// Counts is how many keys got each verdict. ByRounding counts, among
// Selectable and Tied, those whose relative margin is under the threshold.
type Counts struct {
	Selectable int `json:"selectable"`
	Tied       int `json:"tied"`
	Face       int `json:"face"`
	Interior   int `json:"interior"`
	ByRounding int `json:"by_rounding"`
}

// Unselectable is the number of keys that are Face or Interior.
func (c Counts) Unselectable() int { return c.Face + c.Interior }

// Stats says which rung of the ladder decided the keys.
type Stats struct {
	Distinct int  `json:"distinct"` // keys after merging equal ones
	Scan     int  `json:"scan"`     // vertices proved by the all-pairs float scan
	Walk     int  `json:"walk"`     // decided by float walks with proved bounds
	Exact    int  `json:"exact"`    // decided in exact arithmetic
	Plane    int  `json:"plane"`    // decided by sorting (dimension 1 and 2)
	Whitened bool `json:"whitened"` // coordinates were changed for conditioning
}

// Result holds the answer for every key of a set.
type Result struct {
	N, Dim, Rank int // keys, coordinates as given, dimension of the affine hull
	Keys         []Key
	Stats        Stats
	// MarginExact is false when margins are proved lower bounds, but for those
	// below Options.MinMargin (Options.Margins == MarginBound).
	MarginExact bool
	Radius      float64 // largest distance of a key to the keys' mean
}

// DefaultMinMargin is the relative margin below which a vertex counts as
// selectable by rounding: what float32 can tell.
const DefaultMinMargin = 1e-6

// Counts counts verdicts. Vertices with a relative margin under minMargin
// (DefaultMinMargin if omitted) count as ByRounding too, unless all keys are
// equal: then no margin is defined.
func (r *Result) Counts(minMargin ...float64) Counts {
	threshold := DefaultMinMargin
	if len(minMargin) > 0 {
		threshold = minMargin[0]
	}
	var by [4]int
	rounding := 0
	for i := range r.Keys {
		k := &r.Keys[i]
		by[k.Verdict]++
		if !k.Verdict.Unselectable() && r.Rank > 0 && k.RelativeMargin < threshold {
			rounding++
		}
	}
	return Counts{by[Selectable], by[Tied], by[Face], by[Interior], rounding}
}
