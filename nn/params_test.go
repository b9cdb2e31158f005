package nn

import (
	"testing"

	"keyhull/norm"
)

func TestMajorityParamsShareFlat(t *testing.T) {
	for _, kind := range MajorityNorms() {
		p := NewMajorityParams[float32](Majority{Classes: 20, Dim: 8, Hidden: 8, Norm: kind})
		at := 0
		for _, tensor := range p.Tensors() {
			for i := range tensor.Data {
				tensor.Data[i] = float32(at)
				at++
			}
		}
		for i, v := range p.Flat {
			if v != float32(i) {
				t.Fatalf("%s: Flat[%d] is not in its tensor", kind, i)
			}
		}
		if want := map[norm.Kind]int{norm.RMSNorm: 8, norm.DyT: 17}[kind] + 584; at != want {
			t.Errorf("%s has %d parameters, want %d", kind, at, want)
		}
	}
}

func TestMajorityCheck(t *testing.T) {
	for _, bad := range []Majority{{1, 8, 8, norm.None}, {2, 0, 8, norm.None}, {2, 8, 0, norm.None}, {2, 8, 8, norm.QKNorm}} {
		if bad.Check() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}
