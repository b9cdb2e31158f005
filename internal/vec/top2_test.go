package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestTop2(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		t.Run("F32", func(t *testing.T) { testTop2(t, Top2F32, Top2BlockF32) })
		t.Run("F64", func(t *testing.T) { testTop2(t, Top2F64, Top2BlockF64) })
	})
}

func testTop2[T Float](t *testing.T, one func([]T, *Panels[T]) Top2, block func([]Top2, []T, *Panels[T])) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 150 {
		n, dim, m := r.IntN(200), 1+r.IntN(70), r.IntN(30)
		if round%50 == 49 {
			n, dim = 1500+r.IntN(500), 200+r.IntN(300) // several blocks of panels
		}
		for name, f := range families(r) {
			if n > 200 && name != "integer" {
				continue
			}
			p, rows := points[T](fill(n*dim, f), dim)
			qs := convert[T](fill(m*dim, f))
			got := make([]Top2, m)
			block(got, qs, p)
			for i, g := range got {
				q := qs[i*dim : (i+1)*dim]
				where := fmt.Sprintf("%s n=%d dim=%d query %d of %d", name, n, dim, i, m)
				if alone := one(q, p); alone != g {
					t.Fatalf("%s: alone %+v, in a block %+v", where, alone, g)
				}
				if err := checkTop2(g, widen(q), rows, name == "integer", unit[T]); err != nil {
					t.Fatalf("%s: %v", where, err)
				}
			}
		}
	}
}

// checkTop2 holds an outcome against exact scores: within the stated bound, or
// equal if the numbers are such that no kernel rounds.
func checkTop2(got Top2, q []float64, rows [][]float64, exact bool, unit func() (u, eta float64)) error {
	u, eta := unit()
	want := Top2{Best: math.Inf(-1), Second: math.Inf(-1), Index: -1}
	second := len(rows) == 1
	for j, row := range rows {
		s, e := exactDot(q, row, u, eta)
		if s > want.Best {
			want = Top2{Best: s, Second: want.Best, Index: int32(j)}
		} else {
			want.Second = max(want.Second, s)
		}
		if int(got.Index) == j {
			if math.Abs(got.Best-s) > e {
				return fmt.Errorf("point %d scores %g, not %g", j, s, got.Best)
			}
			continue
		}
		if s > got.Second+e || s > got.Best+e {
			return fmt.Errorf("point %d scores %g, more than %+v", j, s, got)
		}
		second = second || math.Abs(got.Second-s) <= e
	}
	if exact && got != want {
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	if len(rows) > 0 && !second {
		return fmt.Errorf("no point has the second score of %+v", got)
	}
	if len(rows) < 2 && (!math.IsInf(got.Second, -1) || int(got.Index) != len(rows)-1) {
		return fmt.Errorf("got %+v for %d points", got, len(rows))
	}
	return nil
}

// TestTop2LargeSets puts the winner and its rival at random places of a large
// set, so that blocks, panels, vectors and lanes all get their turn.
func TestTop2LargeSets(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for range 40 {
			n, dim := 2+r.IntN(5000), 1+r.IntN(12)
			if r.IntN(4) == 0 {
				dim = 100 + r.IntN(100)
			}
			p32, rows := points[float32](fill(n*dim, func() float64 { return -float64(1 + r.IntN(9)) }), dim)
			p64, _ := points[float64](nil, dim)
			a, b := r.IntN(n), r.IntN(n)
			for j, row := range rows {
				switch j {
				case a:
					row = fill(dim, func() float64 { return 3 })
				case b:
					row = fill(dim, func() float64 { return 2 })
				}
				p32.Set(j, row)
				p64.Append(row)
			}
			if a == b {
				continue
			}
			want := Top2{Best: float64(3 * dim), Second: float64(2 * dim), Index: int32(a)}
			q := fill(5*dim, func() float64 { return 1 })
			var got32, got64 [5]Top2
			Top2BlockF32(got32[:], convert[float32](q), p32)
			Top2BlockF64(got64[:], q, p64)
			for i := range got32 {
				if got32[i] != want || got64[i] != want {
					t.Fatalf("n=%d dim=%d query %d: got %+v and %+v, want %+v", n, dim, i, got32[i], got64[i], want)
				}
			}
		}
	})
}
