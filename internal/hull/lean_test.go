package hull

import (
	"context"
	"math"
	"reflect"
	"testing"
)

// TestLean: a set whose coordinates are made when asked for gives the same proofs
// as one that keeps them: an ordinary one, with a coordinate that says nothing,
// with coordinates of other sizes, flat ones, and a few points.
func TestLean(t *testing.T) {
	defer func(n int) { leanFrom = n }(leanFrom)
	for name, change := range map[string]func(x []float32){
		"ordinary": func([]float32) {},
		"flat":     func(x []float32) { x[7] = x[6] + x[7]/4096 },
		"constant": func(x []float32) { x[3] = 2 },
		"zero":     func(x []float32) { clear(x[20:23]) },
		"sizes":    func(x []float32) { x[9] *= 0x1p-90 },
		"minus 0":  func(x []float32) { x[5] = float32(math.Copysign(0, float64(x[5]))) },
	} {
		for _, leads := range []bool{false, true} {
			const n, d = 400, 64
			x := narrow(normals(6, n, d))
			for i := range n {
				change(x[i*d : (i+1)*d])
				for c := range d {
					switch {
					case i < 3:
						x[i*d+c] /= 32
					case i > n-4:
						x[i*d+c] = x[(i-5)*d+c]
					}
				}
			}
			var first []Proof
			for _, from := range []int{math.MaxInt, 1} {
				leanFrom = from
				src := &Source{N: n, Width: d, F32: x}
				o, err := Decide(context.Background(), src, Options{Workers: 2, Leads: leads})
				if err != nil {
					t.Fatal(name, err)
				}
				if o.t.lean != (from == 1 && name != "zero" && name != "minus 0" && name != "sizes") {
					t.Errorf("%s: lean is %v", name, o.t.lean)
				}
				proofs := make([]Proof, n)
				for i := range proofs {
					proofs[i] = o.Proof(i)
				}
				if first != nil && !reflect.DeepEqual(first, proofs) {
					t.Errorf("%s: a lean set has other proofs", name)
				}
				first = proofs
			}
		}
	}
}
