package nn

import (
	"reflect"
	"testing"
)

// TestKeyNorm wants the gains that a run uses, and pairs that RoPE turns by
// themselves.
func TestKeyNorm(t *testing.T) {
	for name, config := range tinyConfigs {
		m, err := LoadModel(tinySource(t, config, 9))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := capture(m, tinyIDs(12, 10), 1); err != nil {
			t.Fatal(err)
		}
		for layer := range m.Arch.Layers {
			k, err := m.KeyNorm(layer)
			if err != nil {
				t.Fatal(err)
			}
			want := m.kept[layer].norm1.gain
			if m.family.post {
				if want = m.embedNorm.gain; layer > 0 {
					want = m.kept[layer-1].norm2.gain
				}
			}
			if !reflect.DeepEqual(k.Gain, want) || !reflect.DeepEqual(k.QKGain, m.kept[layer].kNorm.gain) || (k.QKGain != nil) != m.Arch.QKNorm {
				t.Errorf("%s, layer %d: %v", name, layer, k)
			}
			for _, p := range k.Pairs {
				x := make([]float64, m.Arch.Width)
				x[p[0]] = 1
				m.Rotation(layer)(1, x)
				if square := x[p[0]]*x[p[0]] + x[p[1]]*x[p[1]]; square < 1-1e-12 {
					t.Errorf("%s, layer %d: %v is no pair", name, layer, p)
				}
			}
			if (k.Pairs != nil) != m.Arch.RoPE {
				t.Errorf("%s, layer %d: pairs %v", name, layer, k.Pairs)
			}
		}
	}
}
