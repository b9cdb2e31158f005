package experiment

import (
	"context"
	"fmt"
	"math/bits"

	"keyhull"
	"keyhull/audit"
	"keyhull/nn"
	"keyhull/norm"
)

// LayerStates is what one layer of a model has for a text of n tokens: what it
// gets, what its norm makes of that, and what each head scores.
type LayerStates struct {
	Dim    int
	Norm   norm.Kind   // that makes After of Before, gain and bias aside
	Eps    float64     // of the norm
	Before []float32   // (n,d)
	After  []float32   // (n,d) as the model computed it; nil if there is no norm
	Heads  [][]float32 // (n,w) the keys of each head; nil if they are not looked at
	Masked bool        // a query sees the keys up to its own position alone
}

// KeyCounts says how many keys of a set got each verdict. Masked is for sets
// that attention sees through a causal mask; the verdicts are without it.
type KeyCounts struct {
	keyhull.Counts
	Masked *MaskedCounts `json:"masked,omitempty"`
}

// MaskedCounts is what a causal mask leaves of a set: the query at position t
// chooses among keys 0 … t, so that a key is unselectable from a position on.
type MaskedCounts struct {
	Pairs  int `json:"pairs"`  // of a query and a key that it sees
	Hidden int `json:"hidden"` // pairs in which the key is unselectable among all that the query sees
	// Alive counts the keys that the queries 0, 1, 2, 4, 8, … positions later
	// can select, Seen those that such a query exists for.
	Alive []int `json:"alive"`
	Seen  []int `json:"seen"`
}

// LayerCounts is one layer measured on one text. Before has one reading: no
// projection is known to have made it. Affine is After in the exact coordinates
// of the hyperplane, decided from Before; nil where the norm does not project.
// NoEps is the same without the norm's eps, which keeps keys off the sphere;
// nil where the norm has none, or is undefined without. Ambient is After as
// float32 numbers in all coordinates, as the paper's code reads it; nil if there
// is no norm.
type LayerCounts struct {
	Before  KeyCounts   `json:"before"`
	Affine  *KeyCounts  `json:"affine,omitempty"`
	NoEps   *KeyCounts  `json:"no_eps,omitempty"`
	Ambient *KeyCounts  `json:"ambient,omitempty"`
	Heads   []KeyCounts `json:"heads,omitempty"`
}

// TextCounts is a model measured on one text of so many keys.
type TextCounts struct {
	Keys   int           `json:"keys"`
	Layers []LayerCounts `json:"layers"`
}

// measureText decides every key of every layer, on one core. Each verdict is
// proved. The causal mask is looked at where attention chooses: after the norm
// (Affine, or else Ambient, or else Before) and in the heads.
func measureText(ctx context.Context, layers []LayerStates) (TextCounts, error) {
	var t TextCounts
	for i, l := range layers {
		c, err := l.measure(ctx)
		if err != nil {
			return t, fmt.Errorf("layer %d: %w", i+1, err)
		}
		t.Keys, t.Layers = len(l.Before)/l.Dim, append(t.Layers, c)
	}
	return t, nil
}

func (l *LayerStates) measure(ctx context.Context) (c LayerCounts, err error) {
	count := func(keys keyhull.Keys, masked bool) (k KeyCounts) {
		if err == nil {
			k, err = countKeys(ctx, keys, masked && l.Masked)
		}
		return k
	}
	keys := keyhull.Float32(l.Before, l.Dim)
	c.Before = count(keys, l.After == nil)
	if l.After != nil {
		projected := projects(l.Norm)
		if projected {
			exact, err := exactKeys(l.Before, l.Dim, l.Norm, l.Eps)
			if err != nil {
				return c, err
			}
			c.Affine = new(count(exact, true))
			if sphere, err := exactKeys(l.Before, l.Dim, l.Norm, 0); err == nil && layerNorms(l.Norm) && l.Eps > 0 {
				c.NoEps = new(count(sphere, false))
			}
		}
		c.Ambient = new(count(keyhull.Float32(l.After, l.Dim), !projected))
	}
	for _, head := range l.Heads {
		c.Heads = append(c.Heads, count(keyhull.Float32(head, len(head)/keys.Len()), true))
	}
	return c, err
}

// projects reports whether a norm leaves keys in the hyperplane orthogonal to 1.
func projects(kind norm.Kind) bool {
	return layerNorms(kind) || kind == norm.Project || kind == nn.ProjectTimes || kind == nn.ProjectLearned
}

func layerNorms(kind norm.Kind) bool { return kind == norm.LayerNorm || kind == nn.LayerNormPlain }

// exactKeys are rows after a norm that projects, without rounding. One factor
// for all rows changes no verdict and is left out, as are gain and bias: a gain
// without zeros maps hulls to hulls.
func exactKeys(x []float32, d int, kind norm.Kind, eps float64) (keyhull.Keys, error) {
	keys := keyhull.Float32(x, d).Projected()
	if !layerNorms(kind) {
		return keys, nil
	}
	s, err := norm.Factors(x, d, norm.LayerNorm, eps)
	if err != nil {
		return keys, err
	}
	return keys.Scaled(s), nil
}

func countKeys(ctx context.Context, keys keyhull.Keys, masked bool) (c KeyCounts, err error) {
	opt := keyhull.Options{Workers: 1, Margins: keyhull.MarginBound}
	if !masked {
		r, err := keyhull.Decide(ctx, keys, opt)
		if err == nil {
			c.Counts = r.Counts()
		}
		return c, err
	}
	r, deaths, err := keyhull.DecideCausal(ctx, keys, opt)
	if err == nil {
		c.Counts, c.Masked = r.Counts(), maskedCounts(deaths)
	}
	return c, err
}

// maskedCounts counts what the positions of the deaths say.
func maskedCounts(deaths []keyhull.CausalKey) *MaskedCounts {
	l := audit.CausalLife(deaths)
	m := &MaskedCounts{Pairs: l.Pairs, Hidden: l.Hidden}
	for k := range distances(len(deaths)) {
		m.Alive, m.Seen = append(m.Alive, l.Alive[distance2(k)]), append(m.Seen, l.Seen[distance2(k)])
	}
	return m
}

// distance2 is the k-th of the distances 0, 1, 2, 4, 8, …; there are distances
// below n.
func distance2(k int) int { return 1 << k >> 1 }

func distances(n int) int { return 1 + bits.Len(uint(n-1)) }
