package hull

import (
	"math"
	"slices"
	"testing"
)

// TestPlaces: sorted places go from the largest size to the least as float32 tells them
// apart, then by point, with upper bounds.
func TestPlaces(t *testing.T) {
	sizes := []float64{0, 1e39, 2, 1e-46, 2, 1e-300, 2 * (1 + unit32/2), 1e-40, math.MaxFloat32, 3}
	places := make([]uint64, len(sizes))
	for i, v := range sizes {
		places[i] = placeOf(v, i)
	}
	slices.Sort(places)
	var order []int32
	for _, p := range places {
		i, bound := fromPlace(p)
		if order = append(order, i); float64(bound) < sizes[i] || float64(bound) > sizes[i]*(1+4*unit32)+0x1p-148 && sizes[i] < math.MaxFloat32 {
			t.Errorf("%g has bound %g", sizes[i], bound)
		}
	}
	if want := []int32{1, 8, 9, 2, 4, 6, 7, 0, 3, 5}; !slices.Equal(order, want) {
		t.Errorf("order %v, not %v", order, want)
	}
}
