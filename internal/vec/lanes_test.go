package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomRows returns rows of cols Gaussian numbers.
func randomRows(r *rand.Rand, rows, cols int) Rows {
	m := NewRows(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}

func copyRows(m Rows) Rows { return Rows{append([]float32(nil), m.Data...), m.Ld} }

// closeTo fails unless got and want agree within tolerance times the largest
// number of want, or 1.
func closeTo(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	top := 1.0
	for _, v := range want {
		top = max(top, math.Abs(float64(v)))
	}
	for i, v := range want {
		if diff := math.Abs(float64(got[i]) - float64(v)); !(diff <= tolerance*top) {
			t.Fatalf("%s[%d] is %v, want %v", what, i, got[i], v)
		}
	}
}

// laneShapes calls test with random shapes: rows, rows of a second matrix,
// columns.
func laneShapes(r *rand.Rand, test func(rows, other, n int)) {
	for range 60 {
		test(1+r.IntN(23), 1+r.IntN(23), LaneBlock()*(1+r.IntN(4)))
	}
}

func TestProduct(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(41, 1))
		laneShapes(r, func(rows, inner, n int) {
			x, y := randomRows(r, inner, n), randomRows(r, rows, n)
			w := convert[float32](fill(inner*rows, r.NormFloat64))
			for _, add := range []bool{false, true} {
				for _, least := range []float32{NoLeast, 0, -0.5} {
					got, want := copyRows(y), copyRows(y)
					Product(got, w, x, rows, inner, n, add, least)
					productGeneric(want, w, x, rows, inner, n, add, least)
					closeTo(t, "product", got.Data, want.Data, 2e-6)
				}
			}
		})
	})
}

func TestOuter(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(42, 1))
		laneShapes(r, func(rowsA, rowsB, n int) {
			a, b := randomRows(r, rowsA, n), randomRows(r, rowsB, n)
			sums := make([]float32, rowsA*rowsB*Lanes())
			Outer(sums, a, b, rowsA, rowsB, n)
			Outer(sums, a, b, rowsA, rowsB, n) // adds
			got := make([]float64, rowsA*rowsB)
			SumLanes(got, sums)
			for i := range got {
				want := 0.0
				for c := range n {
					want += 2 * float64(a.Row(i / rowsB)[c]) * float64(b.Row(i % rowsB)[c])
				}
				if math.Abs(got[i]-want) > 1e-6*float64(n) {
					t.Fatalf("%d×%d over %d: sum %d is %v, want %v", rowsA, rowsB, n, i, got[i], want)
				}
			}
			for _, v := range sums {
				if v != 0 {
					t.Fatal("SumLanes left a sum")
				}
			}
		})
	})
}

func TestCompress(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(46, 1))
		laneShapes(r, func(rows, _, n int) {
			src := randomRows(r, rows, n)
			key := r.IntN(rows)
			if r.IntN(5) == 0 {
				for c := range n {
					src.Row(key)[c] = float32(r.IntN(2))
				}
			}
			got, want := NewRows(rows, n+Lanes()), NewRows(rows, n+Lanes())
			k := compressGeneric(want, src, rows, key, n)
			if count := Compress(got, src, rows, key, n); count != k {
				t.Fatalf("%d columns, want %d", count, k)
			}
			for i := range rows {
				closeTo(t, "row", got.Row(i)[:k], want.Row(i)[:k], 0)
			}
		})
	})
}

func TestTranspose(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(47, 1))
		laneShapes(r, func(width, _, n int) {
			n -= r.IntN(8)
			src := make([]uint16, 50*width)
			for i := range src {
				src[i] = uint16(r.Uint32())
			}
			rows := make([]int32, n)
			for i := range rows {
				rows[i] = r.Int32N(50)
			}
			got, want := NewRows(width, n), NewRows(width, n)
			transposeGeneric(want, src, width, rows)
			Transpose(got, src, width, rows)
			for i := range width {
				closeTo(t, "row", got.Row(i)[:n], want.Row(i)[:n], 0)
			}
		})
	})
}
