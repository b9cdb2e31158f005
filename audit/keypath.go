package audit

import (
	"math"
	"slices"

	"keyhull/nn"
	"keyhull/norm"
)

// KeyPath is how the keys of a layer's heads come about, as far as that decides
// what is promised about them.
type KeyPath struct {
	Norm       norm.Kind // of the states that W_K gets: LayerNorm, RMSNorm, else none
	Eps        float64
	Dim, Width int       // of those states, of a head
	Gain       []float32 // of that norm (Dim); nil: 1
	// QKNorm: each head's keys are normalized by themselves after W_K, with this
	// gain and bias (Width; nil: 1 and 0).
	QKNorm         bool
	QKGain, QKBias []float32
	// Pairs are the coordinates that RoPE turns together; nil without RoPE.
	Pairs [][2]int
}

// KeyPaths are those of a model's layers; nil layers are all. Errors are those of
// reading gains.
func KeyPaths(m *nn.Model, layers []int) (list []KeyPath, err error) {
	kind := norm.LayerNorm
	if m.Arch.Norm == "RMSNorm" {
		kind = norm.RMSNorm
	}
	for layer := range m.Arch.Layers {
		if layers != nil && !slices.Contains(layers, layer) {
			continue
		}
		k, err := m.KeyNorm(layer)
		if err != nil {
			return nil, err
		}
		list = append(list, KeyPath{Norm: kind, Eps: m.Arch.Eps, Dim: m.Arch.Dim, Width: m.Arch.Width, Gain: k.Gain,
			QKNorm: m.Arch.QKNorm, QKGain: k.QKGain, QKBias: k.QKBias, Pairs: k.Pairs})
	}
	return list, nil
}

func (k *KeyPath) after() string {
	switch k.Norm {
	case norm.LayerNorm:
		return "After LayerNorm"
	case norm.RMSNorm:
		return "After RMSNorm"
	}
	return "Without a norm that bounds keys"
}

// layerFact names the fact of package norm about what W_K gets.
func (k *KeyPath) layerFact() string {
	zeros := 0
	for _, g := range k.Gain {
		zeros += one(g == 0)
	}
	switch k.Norm {
	case norm.LayerNorm:
		return []string{"gain", "one-zero-gain", "two-zero-gains"}[min(zeros, 2)]
	case norm.RMSNorm:
		return []string{"gain", "zero-gain"}[min(zeros, 1)]
	}
	return "no-promise"
}

// headFact names the fact that applies to a head's keys.
func (k *KeyPath) headFact() string {
	if k.QKNorm {
		return k.perHead()
	}
	room := k.Dim
	if k.Norm == norm.LayerNorm {
		room--
	}
	layer := k.layerFact()
	switch {
	case layer == "no-promise":
		return layer
	case k.Width < room || layer == "two-zero-gains" || layer == "zero-gain":
		return "narrow-head"
	case k.Pairs != nil: // an ellipsoid turned by position is another one
		return "rope-unpaired-gain"
	case k.Norm == norm.LayerNorm:
		return "head-layernorm"
	}
	return "head-scale"
}

// perHead is for QK-norm: RoPE keeps the ellipsoid of a gain of one size within
// each pair it turns.
func (k *KeyPath) perHead() string {
	gain := func(c int) float64 {
		if k.QKGain == nil {
			return 1
		}
		return math.Abs(float64(k.QKGain[c]))
	}
	for c := range k.Width {
		if gain(c) == 0 {
			return "narrow-head"
		}
	}
	even := true
	for _, p := range k.Pairs {
		if k.QKBias != nil && (k.QKBias[p[0]] != 0 || k.QKBias[p[1]] != 0) {
			return "rope-bias"
		}
		if gain(p[0]) != gain(p[1]) {
			return "rope-unpaired-gain"
		}
		even = even && gain(p[0]) == 1
	}
	switch {
	case k.Pairs == nil:
		return "sphere-per-head"
	case even:
		return "rope"
	}
	return "rope-paired-gain"
}
