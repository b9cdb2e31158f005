package vec

import (
	"math/rand/v2"
	"testing"
)

func TestResidue(t *testing.T) {
	const most = (Factors*1003 + 1) * 1003
	for v := -most; v <= most; v++ {
		r := int(Residue(float32(v)))
		if (v-r)%Prime != 0 || r > 1003 || r < -1003 {
			t.Fatalf("%d: residue %d", v, r)
		}
	}
}

// TestEliminate holds the elimination against integers, with the largest
// factors and numbers that are allowed.
func TestEliminate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(31, 32))
		for round := range 40 {
			rows, cols, count := 4*(1+r.IntN(4)), 64*(1+r.IntN(2)), 1+r.IntN(Factors)
			ld := cols + 64*r.IntN(2)
			number := func() float32 { return float32(r.IntN(2007) - 1003) }
			if round == 0 {
				count, number = Factors, func() float32 { return 1003 }
			}
			y, x, l := make([]float32, rows*ld), make([]float32, count*ld), make([]float32, rows*Factors)
			for _, s := range [][]float32{y, x, l} {
				for i := range s {
					s[i] = number()
				}
			}
			if round == 0 {
				for i := range y {
					y[i] = -1003
				}
			}
			got := append([]float32(nil), y...)
			Eliminate(got, l, x, ld, rows, cols, count)
			for i, v := range y {
				want := int(v)
				for k := range count {
					want -= int(l[i/ld*Factors+k]) * int(x[k*ld+i%ld])
				}
				switch g := int(got[i]); {
				case i%ld >= cols && got[i] != v:
					t.Fatalf("%d×%d: wrote outside", rows, cols)
				case i%ld < cols && ((want-g)%Prime != 0 || g > 1003 || g < -1003 || float32(g) != got[i]):
					t.Fatalf("%d×%d by %d at %d: %g for %d", rows, cols, count, i, got[i], want)
				}
			}
		}
	})
}

func TestEliminatePanics(t *testing.T) {
	m := make([]float32, 4*64)
	for name, call := range map[string]func(){
		"3 rows":    func() { Eliminate(m, m, m, 64, 3, 64, 1) },
		"63 cols":   func() { Eliminate(m, m, m, 64, 4, 63, 1) },
		"17 rows":   func() { Eliminate(m, m, m, 64, 4, 64, 17) },
		"short x":   func() { Eliminate(m, m, m[:63], 64, 4, 64, 1) },
		"short l":   func() { Eliminate(m, m[:20], m, 64, 4, 64, 1) },
		"short y":   func() { Eliminate(m[:200], m, m, 64, 4, 64, 1) },
		"narrow ld": func() { Eliminate(m, m, m, 32, 4, 64, 1) },
	} {
		t.Run(name, func(t *testing.T) { mustPanic(t, call) })
	}
}
