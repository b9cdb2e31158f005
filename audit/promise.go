package audit

import (
	"fmt"
	"math"

	"keyhull/norm"
)

// KeyPath is how the keys of a head come about, as far as that decides what is
// promised about them.
type KeyPath struct {
	Norm norm.Kind // of the states that W_K gets; None if there is none
	Dim  int       // of those states
	// Lossless: W_K·diag(gain) is known to lose no direction of the states. A head
	// narrower than these always loses some.
	Lossless bool
	// QKNorm: each head's keys are normalized by themselves after W_K, with the gain
	// and bias (Width; nil: 1 and 0).
	QKNorm         bool
	QKGain, QKBias []float32
	// Pairs are the coordinates that RoPE turns together; nil without RoPE.
	Pairs [][2]int
}

// Promise is what the architecture says of a head's keys and whether the
// measurement agrees.
type Promise struct {
	// EveryKey: all keys that differ from the others are vertices, but for what
	// the norm's eps and rounding do.
	EveryKey     bool   `json:"every_key"`
	Fact         string `json:"fact"` // in package norm, with its proof or counterexample
	Unselectable int    `json:"unselectable"`
	// Agrees: not EveryKey, or no key is unselectable.
	Agrees bool   `json:"agrees"`
	Text   string `json:"text"` // one line
}

// Promise holds the verdicts against what the way of the keys promises.
func (r *HeadResult) Promise(k KeyPath) Promise {
	name, every := k.fact(r.Width)
	p := Promise{EveryKey: every, Fact: name, Unselectable: r.Counts.Unselectable()}
	p.Agrees = !every || p.Unselectable == 0
	says := "no promise"
	if every {
		says = "promised: every key that differs is a vertex"
	}
	verdict := "as measured"
	switch {
	case !p.Agrees:
		verdict = "not as measured: eps or rounding took keys off the surface"
	case !every && p.Unselectable == 0:
		verdict = "none is lost here all the same"
	}
	p.Text = fmt.Sprintf("%s (%s); %d of %d keys are unselectable, %s", says, name, p.Unselectable, r.N, verdict)
	return p
}

// fact names the fact of package norm that applies.
func (k *KeyPath) fact(width int) (name string, every bool) {
	if k.QKNorm {
		return k.perHead(width)
	}
	room := k.Dim
	switch k.Norm {
	case norm.LayerNorm:
		room--
	case norm.RMSNorm, norm.Scale, norm.ScalePublished:
	default:
		return "no-promise", false
	}
	switch {
	case width < room || !k.Lossless:
		return "narrow-head", false
	case k.Pairs != nil: // an ellipsoid turned by position is another one
		return "rope-unpaired-gain", false
	case k.Norm == norm.LayerNorm:
		return "head-layernorm", true
	}
	return "head-scale", true
}

// perHead is for QK-norm: RoPE keeps the ellipsoid of a gain of one size within
// each pair it turns.
func (k *KeyPath) perHead(width int) (name string, every bool) {
	gain := func(c int) float64 {
		if k.QKGain == nil {
			return 1
		}
		return math.Abs(float64(k.QKGain[c]))
	}
	for c := range width {
		if gain(c) == 0 {
			return "narrow-head", false
		}
	}
	even := true
	for _, p := range k.Pairs {
		if k.QKBias != nil && (k.QKBias[p[0]] != 0 || k.QKBias[p[1]] != 0) {
			return "rope-bias", false
		}
		if gain(p[0]) != gain(p[1]) {
			return "rope-unpaired-gain", false
		}
		even = even && gain(p[0]) == 1
	}
	switch {
	case k.Pairs == nil:
		return "sphere-per-head", true
	case even:
		return "rope", true
	}
	return "rope-paired-gain", true
}
