package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawMap draws a map of numbers of many sizes, a diagonal one now and then.
func drawMap(t *rapid.T, rng *rand.Rand) *Map {
	number := func() float64 { return math.Ldexp(float64(rng.IntN(9)-4), rng.IntN(80)-40*rng.IntN(2)) }
	m := &Map{Width: rapid.IntRange(1, 4).Draw(t, "width"), Radius: math.Ldexp(1+rng.Float64(), rng.IntN(60)-20), Projected: rng.IntN(2) == 0}
	if m.Dim = m.Width; rng.IntN(3) == 0 {
		for range m.Dim {
			m.Gain = append(m.Gain, number())
		}
	} else {
		m.Dim += rng.IntN(3)
		for range m.Width * m.Dim {
			m.A = append(m.A, number())
		}
	}
	if rng.IntN(3) > 0 {
		for range m.Width {
			m.C = append(m.C, number())
		}
	}
	m.unit = unit(m.A, m.Gain, m.C, []float64{m.Radius})
	return m
}

// fractions are the rows of A, each less its mean if projected.
func (m *Map) fractions() (rows [][]*big.Rat) {
	for k := range m.Width {
		var row []*big.Rat
		sum := new(big.Rat)
		for d := range m.Dim {
			row = append(row, exact(m.at(k, d)))
			sum.Add(sum, row[d])
		}
		for _, x := range row {
			if m.Projected {
				x.Sub(x, new(big.Rat).Mul(sum, big.NewRat(1, int64(m.Dim))))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (m *Map) c(k int) *big.Rat {
	if m.C == nil {
		return new(big.Rat)
	}
	return exact(m.C[k])
}

// TestQuery holds queries in whole numbers against fractions: A·(z − mean) + C is
// that of A less the means of its rows. So is |z| ≤ Radius.
func TestQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		m := drawMap(t, rng)
		z, square := make([]float64, m.Dim), new(big.Rat)
		for d := range z {
			z[d] = rng.NormFloat64() * m.Radius / 2
			square.Add(square, new(big.Rat).Mul(exact(z[d]), exact(z[d])))
		}
		if want := square.Cmp(new(big.Rat).Mul(exact(m.Radius), exact(m.Radius))) <= 0; m.within(z) != want {
			t.Fatalf("%v within %v: not %v", z, m.Radius, want)
		}
		q := m.query(z).Exact
		for k, row := range m.fractions() {
			want := m.c(k)
			for d, a := range row {
				want.Add(want, new(big.Rat).Mul(a, exact(z[d])))
			}
			if got := new(big.Rat).Quo(q[k], q[m.Width]); got.Cmp(want) != 0 || !q[k].IsInt() {
				t.Fatalf("%+v, %v: coordinate %d is %v, not %v", m, z, k, got, want)
			}
		}
	})
}

// TestEverywhere solves for the shortest z with A·z + C = 0: AAᵀ·y = −C, z = Aᵀy,
// |z|² = −C·y. 0 is inside the ellipsoid if AAᵀ is invertible and that below Radius².
func TestEverywhere(t *testing.T) {
	inside, outside, flat := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		m := drawMap(t, rng)
		if m.Gain != nil && m.Projected {
			m.Projected = false // of which nothing is claimed
		}
		var gram [][]*big.Rat
		rows := m.fractions()
		for k := range rows {
			g := make([]*big.Rat, m.Width+1) // and −C
			for l := range rows {
				g[l] = new(big.Rat)
				for d := range rows[k] {
					g[l].Add(g[l], new(big.Rat).Mul(rows[k][d], rows[l][d]))
				}
			}
			g[m.Width] = new(big.Rat).Neg(m.c(k))
			gram = eliminate(gram, g)
		}
		want := len(gram) == m.Width && !slices.ContainsFunc(gram, func(g []*big.Rat) bool { return first(g) == m.Width })
		if !want {
			flat++
		} else {
			square := new(big.Rat)
			y := make([]*big.Rat, m.Width)
			for r := len(gram) - 1; r >= 0; r-- {
				p := first(gram[r])
				y[p] = new(big.Rat).Set(gram[r][m.Width])
				for c := range m.Width {
					if c != p && y[c] != nil {
						y[p].Sub(y[p], new(big.Rat).Mul(gram[r][c], y[c]))
					}
				}
				y[p].Quo(y[p], gram[r][p])
				square.Sub(square, new(big.Rat).Mul(m.c(p), y[p]))
			}
			want = square.Cmp(new(big.Rat).Mul(exact(m.Radius), exact(m.Radius))) < 0
			if want {
				inside++
			} else {
				outside++
			}
		}
		if got := (&ReachCheck{Reach: &Reach{Maps: []Map{*m}}}).Everywhere(); got != want {
			t.Fatalf("%+v: everywhere %v", m, got)
		}
	})
	if inside < 5 || outside < 5 || flat < 5 {
		t.Errorf("%d inside, %d outside, %d flat: too few to tell", inside, outside, flat)
	}
}
