package hull

import (
	"context"
	"math"
	"math/big"
	"testing"
)

// TestShortQueries: queries are integers where they can be, and lead by what they
// are said to, exactly.
func TestShortQueries(t *testing.T) {
	const n = 120
	for name, c := range map[string]struct {
		dim   int
		size  func(i int) float64
		whole bool
	}{
		"plain":       {5, func(int) float64 { return 1 }, true},
		"wide":        {40, func(int) float64 { return 1 }, true},
		"unequal":     {5, func(c int) float64 { return math.Ldexp(1, 30*c) }, false},
		"far smaller": {5, func(c int) float64 { return 0x1p-700 }, false},
	} {
		x := normals(3, n, c.dim)
		for i := range x {
			x[i] *= c.size(i % c.dim)
		}
		o, err := Decide(context.Background(), &Source{N: n, Width: c.dim, F64: x}, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		whole, vertices := 0, 0
		for i := range n {
			p := o.Proof(i)
			if p.Verdict != Selectable || p.Query == nil {
				continue
			}
			vertices++
			if least := leastLead(x, p.Query, i); !(p.Lead > 0) || least.Cmp(new(big.Float).SetFloat64(p.Lead)) < 0 {
				t.Errorf("%s: point %d leads by %v, not by %g", name, i, least, p.Lead)
			}
			if allWhole(p.Query) {
				whole++
			}
		}
		if vertices == 0 || c.whole && whole != vertices {
			t.Errorf("%s: %d of %d queries are integers", name, whole, vertices)
		}
	}
}

func allWhole(q []float64) bool {
	for _, v := range q {
		if v != math.Trunc(v) || math.Abs(v) > 1<<24 {
			return false
		}
	}
	return true
}

// leastLead is by how much query q puts point i before any other.
func leastLead(x, q []float64, i int) *big.Float {
	d := len(q)
	least := new(big.Float).SetInf(false)
	for j := range len(x) / d {
		s := new(big.Float).SetPrec(4000)
		for c, v := range q {
			diff := new(big.Float).SetPrec(4000).SetFloat64(x[i*d+c])
			diff.Sub(diff, new(big.Float).SetFloat64(x[j*d+c]))
			s.Add(s, diff.Mul(diff, new(big.Float).SetFloat64(v)))
		}
		if j != i && s.Cmp(least) < 0 {
			least = s
		}
	}
	return least
}
