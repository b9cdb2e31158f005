package vec

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// All levels give the bits of the plain twin.
func TestAdamStep(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(75, 1))
		for _, n := range []int{0, 1, 7, 8, 15, 16, 63, 64, 129, 1000} {
			var got, want [4][]float32
			for i := range got {
				got[i] = convert[float32](fill(n, r.NormFloat64))
				want[i] = slices.Clone(got[i])
			}
			for step := range 5 {
				rates := AdamRates{Keep2: 0.999, Rest1: 0.1, Rest2: 0.001, Step: -1e-3 * float32(step+1), Root: 0.03 * float32(step+1), Eps: 1e-8}
				for i := range got[3] { // means of squares are not negative; zeros occur
					got[3][i] = max(0, got[3][i])
					want[3][i] = got[3][i]
				}
				AdamStep(got[0], got[1], got[2], got[3], rates)
				adamGeneric(want[0], want[1], want[2], want[3], &rates)
			}
			for i := range got {
				if !slices.Equal(got[i], want[i]) {
					t.Fatalf("%d numbers: other bits in operand %d", n, i)
				}
			}
		}
	})
}
