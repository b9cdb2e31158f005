package vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestFusedScores states what the assembler levels compute bit for bit: a chain
// of fused products in the order of the coordinates, alone and in a group, so
// that neither the level nor the grouping of queries shows in a result.
func TestFusedScores(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		if active == generic {
			t.Skip("rounds or fuses as the compiler does")
		}
		r := rand.New(rand.NewPCG(13, 14))
		for range 60 {
			n, dim := 1+r.IntN(150), 1+r.IntN(40)
			rows := fill(n*dim, r.NormFloat64)
			qs := fill(16*dim, r.NormFloat64)
			t.Run("F32", func(t *testing.T) { testFused(t, rows, qs, dim, 24, Top2BlockF32) })
			t.Run("F64", func(t *testing.T) { testFused(t, rows, qs, dim, 53, Top2BlockF64) })
		}
	})
}

func testFused[T Float](t *testing.T, rows, qs []float64, dim int, precision uint, block func([]Top2, []T, *Panels[T])) {
	p, stored := points[T](rows, dim)
	q := convert[T](qs)
	got := make([]Top2, len(qs)/dim)
	block(got, q, p)
	for i, g := range got[:2] {
		want := Top2{Best: math.Inf(-1), Second: math.Inf(-1)}
		for j, row := range stored {
			want.add(fusedDot(widen(q[i*dim:(i+1)*dim]), row, precision), j)
		}
		if g != want {
			t.Fatalf("n=%d dim=%d: %+v, want %+v", len(stored), dim, g, want)
		}
	}
}

// fusedDot adds one product at a time, rounded once to the precision.
func fusedDot(x, y []float64, precision uint) float64 {
	sum := new(big.Float).SetPrec(precision)
	var product, total big.Float
	product.SetPrec(2 * 53)
	total.SetPrec(400)
	for c := range x {
		product.Mul(big.NewFloat(x[c]), big.NewFloat(y[c]))
		total.Add(sum, &product)
		sum.Set(&total)
	}
	f, _ := sum.Float64()
	return f
}

// TestUnderflow checks the bound where products fall below the smallest
// subnormal number, against exact arithmetic.
func TestUnderflow(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(15, 16))
		for range 100 {
			dim := 1 + r.IntN(30)
			tiny := func(e int) func() float64 {
				return func() float64 { return math.Ldexp(r.NormFloat64(), e-r.IntN(4)) }
			}
			p64, rows64 := points[float64](fill(dim, tiny(-537)), dim)
			q64 := fill(dim, tiny(-537))
			underflow(t, Top2F64(q64, p64).Best, q64, rows64[0], 0x1p-53, math.SmallestNonzeroFloat64)
			underflow(t, Dot(q64, rows64[0]), q64, rows64[0], 0x1p-53, math.SmallestNonzeroFloat64)
			p32, rows32 := points[float32](fill(dim, tiny(-75)), dim)
			q32 := convert[float32](fill(dim, tiny(-75)))
			underflow(t, Top2F32(q32, p32).Best, widen(q32), rows32[0], 0x1p-24, 0x1p-149)
		}
	})
}

func underflow(t *testing.T, got float64, x, y []float64, u, eta float64) {
	t.Helper()
	var exact, bound, product big.Float
	for _, f := range []*big.Float{&exact, &bound, &product} {
		f.SetPrec(300)
	}
	for c := range x {
		product.Mul(big.NewFloat(x[c]), big.NewFloat(y[c]))
		exact.Add(&exact, &product)
		bound.Add(&bound, product.Abs(&product))
	}
	bound.Mul(&bound, big.NewFloat(u))
	bound.Add(&bound, big.NewFloat(eta))
	bound.Mul(&bound, big.NewFloat(float64(len(x)+2)))
	exact.Sub(&exact, big.NewFloat(got))
	if exact.Abs(&exact).Cmp(&bound) > 0 {
		t.Fatalf("%d terms: %g is off by %v, allowed %v", len(x), got, &exact, &bound)
	}
}

func TestNoAllocations(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		p, _ := points[float32](fill(100*8, rand.Float64), 8)
		p64, _ := points[float64](fill(100*8, rand.Float64), 8)
		if n := testing.AllocsPerRun(10, func() {
			var q [8]float32
			var q64, d [8]float64
			var m [32]float64
			q[0], q64[0] = 1, float64(Top2F32(q[:], p).Index)
			d[0] = Top2F64(q64[:], p64).Best
			MatVec(d[:4], m[:], 8, 4, q64[:])
			Pivot(m[:], 8, 4, 0, q64[:])
			Axpy(Dot(q64[:], d[:]), q64[:], d[:])
		}); n != 0 {
			t.Errorf("%g allocations", n)
		}
	})
}
