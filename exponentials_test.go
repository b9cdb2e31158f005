package keyhull

import (
	"math"
	"testing"
)

// TestExponentials holds the fast exponentials against math.Exp.
func TestExponentials(t *testing.T) {
	const top = 3.25
	var x []float64
	var list []int32
	for v := -negligible * 1.0; v <= 0; v += 0.000977 {
		list = append(list, int32(len(x)))
		x = append(x, top+v)
	}
	got := append([]float64(nil), x...)
	sum, want := exponentials(got, list, top), 0.0
	for i, v := range x {
		e := math.Exp(v - top)
		want += e
		if math.Abs(got[i]-e) > 4*0x1p-53*e {
			t.Fatalf("exp(%v) = %v, want %v", v-top, got[i], e)
		}
	}
	if math.Abs(sum-want) > 1e-12*want {
		t.Errorf("sum %v, want %v", sum, want)
	}
}
