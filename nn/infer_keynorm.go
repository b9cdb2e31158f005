package nn

import "slices"

// KeyNorm is what of a layer decides which keys its norms let be selectable.
type KeyNorm struct {
	Gain []float32 // of the norm whose output W_K gets (Dim)
	// QKGain and QKBias are those of QK-norm on keys (Width), nil without.
	QKGain, QKBias []float32
	Pairs          [][2]int // coordinates of a head that RoPE turns together; nil without
}

// KeyNorm reads them, and no other weights. The slices are the caller's to read.
// Errors are those of the source. It panics if there is no such layer.
func (m *Model) KeyNorm(layer int) (k KeyNorm, err error) {
	if layer < 0 || layer >= m.Arch.Layers {
		panic("nn: no such layer")
	}
	states := gainBias{}
	if m.family.post {
		states, err = m.normInto(layer)
	} else {
		states, err = m.normOf(layer, "norm1")
	}
	if err != nil {
		return KeyNorm{}, err
	}
	keys, err := m.normOf(layer, "kNorm")
	k = KeyNorm{Gain: states.gain, QKGain: keys.gain, QKBias: keys.bias}
	if r := m.attention[layer].rope; r != nil {
		for j := range r.inverse {
			k.Pairs = append(k.Pairs, [2]int{j, len(r.inverse) + j})
		}
	}
	return k, err
}

// normOf reads gain and bias of one norm of a layer.
func (m *Model) normOf(layer int, role string) (gainBias, error) {
	t := map[string][]float32{}
	for _, p := range m.parts(layer) {
		if !slices.Contains([]string{role, role + ".bias"}, p.role) || m.source.Shape(p.name) == nil {
			continue
		}
		x, err := m.source.Read(p.name)
		if err != nil {
			return gainBias{}, err
		}
		t[p.role] = x
	}
	return m.gainBiasOf(t, role), nil
}
