package nn

import (
	"fmt"
	"math"

	"keyhull/norm"
)

// GPT2 is the shape of a GPT-2 language model (Radford et al., "Language models
// are unsupervised multitask learners", 2019), as transformers has it: token
// and position embeddings, pre-norm layers of causal attention and a
// feed-forward network with the tanh form of GELU, a last normalization, and
// the token embeddings again as the output matrix. The normalization of each
// place can be chosen.
type GPT2 struct {
	Vocab   int       `json:"vocab"`
	Context int       `json:"context"` // positions that have an embedding
	Dim     int       `json:"dim"`     // of embeddings, d
	Layers  int       `json:"layers"`
	Heads   int       `json:"heads"`   // a divisor of Dim
	Hidden  int       `json:"hidden"`  // width of the feed-forward networks, f; GPT-2 has 4·d
	Dropout float64   `json:"dropout"` // in training: of embeddings, attention and both branches
	Eps     float64   `json:"eps"`     // of the normalizations
	Norm1   Place     `json:"norm_1"`  // before attention
	Norm2   Place     `json:"norm_2"`  // before the feed-forward network
	NormF   Place     `json:"norm_f"`  // after the last layer
	QKNorm  norm.Kind `json:"qk_norm"` // of each head's queries and keys: norm.RMSNorm, norm.LayerNorm, both with a gain, or norm.None
	Frozen  bool      `json:"frozen"`  // gain and bias of Norm1 and the bias of queries, keys and values keep their initial values
}

// Check reports a shape that is none.
func (g GPT2) Check() error {
	switch {
	case g.Vocab < 2 || g.Context < 2:
		return fmt.Errorf("vocabulary of %d, context of %d: both must be 2 or more", g.Vocab, g.Context)
	case g.Dim < 1 || g.Layers < 1 || g.Hidden < 1:
		return fmt.Errorf("dimension %d, %d layers, hidden width %d: all must be 1 or more", g.Dim, g.Layers, g.Hidden)
	case g.Heads < 1 || g.Dim%g.Heads != 0:
		return fmt.Errorf("%d heads do not divide the dimension %d", g.Heads, g.Dim)
	case !(g.Dropout >= 0 && g.Dropout < 1):
		return fmt.Errorf("dropout %v: must be at least 0 and below 1", g.Dropout)
	case !(g.Eps >= 0) || math.IsInf(g.Eps, 0):
		return fmt.Errorf("eps is %v, not a number ≥ 0", g.Eps)
	case g.QKNorm != norm.None && g.QKNorm != norm.RMSNorm && g.QKNorm != norm.LayerNorm:
		return fmt.Errorf("unknown norm %q of queries and keys", g.QKNorm)
	}
	for i, place := range []Place{g.Norm1, g.Norm2, g.NormF} {
		if err := place.Check(); err != nil {
			return fmt.Errorf("%s: %w", []string{"ln_1", "ln_2", "ln_f"}[i], err)
		}
	}
	return nil
}

// Width returns the coordinates of a head.
func (g GPT2) Width() int { return g.Dim / g.Heads }
