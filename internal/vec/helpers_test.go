package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// eachLevel runs the test on every level, and skips those the processor lacks.
func eachLevel(t *testing.T, test func(t *testing.T)) {
	for _, l := range []level{generic, avx2, avx512} {
		t.Run(l.String(), func(t *testing.T) {
			if l > detect() {
				t.Skipf("this processor offers only %s", detect())
			}
			defer func(old level) { active = old }(active)
			active = l
			test(t)
		})
	}
}

// fill returns n numbers drawn from f.
func fill(n int, f func() float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = f()
	}
	return v
}

// families are the kinds of numbers that kernels are tested on. Integers give
// exact scores and many ties.
func families(r *rand.Rand) map[string]func() float64 {
	return map[string]func() float64{
		"gaussian": r.NormFloat64,
		"integer":  func() float64 { return float64(r.IntN(5) - 2) },
		"zeros":    func() float64 { return math.Copysign(0, r.NormFloat64()) },
		"scales":   func() float64 { return math.Ldexp(r.NormFloat64(), r.IntN(80)-40) },
		"tiny":     func() float64 { return math.Ldexp(r.NormFloat64(), -60) },
		"huge":     func() float64 { return math.Ldexp(r.NormFloat64(), 55) },
	}
}

// points returns rows as panels, and as stored: after rounding to T.
func points[T Float](rows []float64, dim int) (*Panels[T], [][]float64) {
	p := new(Panels[T])
	p.Reset(dim)
	var stored [][]float64
	for i := 0; i+dim <= len(rows); i += dim {
		p.Append(rows[i : i+dim])
		row := make([]float64, dim)
		for c := range row {
			row[c] = float64(T(rows[i+c]))
		}
		stored = append(stored, row)
	}
	return p, stored
}

func convert[T Float](x []float64) []T {
	y := make([]T, len(x))
	for i := range x {
		y[i] = T(x[i])
	}
	return y
}

func widen[T Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}

// exactDot returns Σ x·y, computed to twice the precision (Ogita, Rump, Oishi:
// "Accurate sum and dot product", 2005), and the bound that the package comment
// states plus a margin for the rounding of sum and bound themselves.
func exactDot(x, y []float64, u, eta float64) (sum, bound float64) {
	var low, magnitude float64
	for i := range x {
		product := x[i] * y[i]
		low += math.FMA(x[i], y[i], -product)
		next := sum + product
		z := next - sum
		low += (sum - (next - z)) + (product - z)
		sum = next
		magnitude += math.Abs(product)
	}
	sum += low
	bound = float64(len(x)+2) * (u*magnitude + eta)
	return sum, bound*(1+0x1p-40) + math.Abs(sum)*0x1p-52 + magnitude*0x1p-80
}

func unit[T Float]() (u, eta float64) {
	if lanes[T]() == Lanes32 {
		return 0x1p-24, 0x1p-149
	}
	return 0x1p-53, math.SmallestNonzeroFloat64
}
