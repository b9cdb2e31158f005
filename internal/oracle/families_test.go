package oracle

import (
	"reflect"
	"testing"

	"keyhull"
)

// TestFamilies: instances are deterministic, finite, of one shape, float32
// where they say so, and every family reaches an unselectable key.
func TestFamilies(t *testing.T) {
	for _, f := range Families {
		most, inside := 0, 0
		for seed := range uint64(60) {
			in := New(f.Name, seed)
			if again := New(f.Name, seed); !reflect.DeepEqual(in.Data, again.Data) {
				t.Fatalf("%s, seed %d: not deterministic", f.Name, seed)
			}
			if in.N() < 1 || in.N()*in.Width != len(in.Data) || in.Factors != nil && len(in.Factors) != in.N() {
				t.Fatalf("%s, seed %d: %d numbers in rows of %d", f.Name, seed, len(in.Data), in.Width)
			}
			for _, v := range in.Data {
				if v-v != 0 || in.Single && float64(float32(v)) != v {
					t.Fatalf("%s, seed %d: number %v", f.Name, seed, v)
				}
			}
			most = max(most, in.N())
			if len(in.Data) <= 64 {
				for _, v := range Verdicts(in.Points()) {
					if v.Unselectable() {
						inside++
					}
				}
			}
		}
		if most < 4 || most > 130 && f.Name != "large" || inside == 0 && f.Name != "sphere" && f.Name != "large" {
			t.Errorf("%s: at most %d keys, %d of the small ones unselectable", f.Name, most, inside)
		}
	}
}

// TestTwins: the oracle gives twins the verdicts of their originals, and twins
// differ from them.
func TestTwins(t *testing.T) {
	for _, f := range Families {
		moved := 0
		for seed := range uint64(25) {
			in := New(f.Name, seed)
			if in.N() > 16 || in.Width > 4 {
				continue
			}
			twin, from := in.Twin(seed)
			was, is := Verdicts(in.Points()), Verdicts(twin.Points())
			for i, j := range from {
				if is[i] != was[j] {
					t.Fatalf("%s, seed %d: key %d is %v, its twin %v", f.Name, seed, j, was[j], is[i])
				}
			}
			if !reflect.DeepEqual(in.Data, twin.Data) {
				moved++
			}
			if f.Name == "gaussian" && in.Norm != "none" {
				t.Errorf("norm %s", in.Norm)
			}
		}
		if moved == 0 && f.Name != "lattice" && f.Name != "large" {
			t.Errorf("%s: no twin differs from its original", f.Name)
		}
	}
}

// TestScaledPoints: factors and projection are taken exactly.
func TestScaledPoints(t *testing.T) {
	in := Instance{Width: 3, Norm: "layernorm", Data: []float64{1, 2, 3, 2, 4, 6, 0, 0, 9}}
	in.normalize("layernorm")
	if got := in.Factors[0] / in.Factors[1]; got < 1.999999 || got > 2.000001 {
		t.Errorf("factors %v", in.Factors)
	}
	if p := in.Points(); len(p[0]) != 2 || p[2][0].Cmp(p[2][1]) != 0 {
		t.Errorf("points %v", p)
	}
	if v := Verdicts(in.Points())[2]; v != keyhull.Selectable {
		t.Errorf("key 2 is %v", v)
	}
}
