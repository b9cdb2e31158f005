package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// geluErfExact returns x·Φ(x) and its slope.
func geluErfExact(x float64) (y, slope float64) {
	cdf := math.Erfc(-x/math.Sqrt2) / 2
	return x * cdf, cdf + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

// geluArguments are numbers of all sizes and signs, dense where the function
// bends and at the end of the polynomials.
func geluArguments(r *rand.Rand, n int) (x []float32) {
	for i := 0; len(x) < n; i++ {
		end := float32(i % 8)
		x = append(x, float32(r.NormFloat64()*3), float32(r.Float64()*14-7), end, -end, math.Nextafter32(end, 0),
			float32(math.Ldexp(r.NormFloat64(), r.IntN(60)-50)))
	}
	return append(x[:n-4], 0, float32(math.Copysign(0, -1)), 1e30, -1e30)
}

func TestGeluErf(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(71, 1))
		const rows, n = 7, 480
		x := NewRows(rows, n)
		for i := range rows {
			copy(x.Row(i), geluArguments(r, n))
		}
		dy, y, dx, again := randomRows(r, rows, n), NewRows(rows, n), NewRows(rows, n), NewRows(rows, n)
		GeluErfForward(y, x, rows, n)
		GeluErfBackward(again, dx, dy, x, rows, n)
		var worst, worstSlope float64
		for i := range rows {
			for c, v := range x.Row(i)[:n] {
				want, slope := geluErfExact(float64(v))
				off := math.Abs(float64(y.Row(i)[c])-want) / max(1, math.Abs(float64(v)))
				offSlope := math.Abs(float64(dx.Row(i)[c])/float64(dy.Row(i)[c]) - slope)
				worst, worstSlope = max(worst, off), max(worstSlope, offSlope)
				if !(off <= 0x1p-21) || !(offSlope <= 0x1p-20) || again.Row(i)[c] != y.Row(i)[c] {
					t.Fatalf("x = %v: %v and %v, want %v; slope %v, want %v", v, y.Row(i)[c], again.Row(i)[c], want, dx.Row(i)[c]/dy.Row(i)[c], slope)
				}
			}
		}
		t.Logf("off by %.1e, slope by %.1e", worst, worstSlope)
	})
}

// Results may take the place of operands, columns beyond n stay, NaN stays NaN.
func TestGeluErfInPlace(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(72, 1))
		laneShapes(r, func(rows, _, n int) {
			x, dy := randomRows(r, rows, n), randomRows(r, rows, n)
			y, dx := copyRows(x), copyRows(dy)
			GeluErfBackward(y, dx, dy, x, rows, n)
			inX, inDy, forward := copyRows(x), copyRows(dy), copyRows(x)
			GeluErfBackward(inX, inDy, inDy, inX, rows, n)
			GeluErfForward(forward, forward, rows, n)
			closeTo(t, "y", inX.Data, y.Data, 0)
			closeTo(t, "dx", inDy.Data, dx.Data, 0)
			closeTo(t, "forward", forward.Data, y.Data, 0)
		})
		x := NewRows(1, LaneBlock())
		x.Data[3] = float32(math.NaN())
		y, dx := copyRows(x), copyRows(x)
		GeluErfBackward(y, dx, x, x, 1, LaneBlock())
		if y.Data[3] == y.Data[3] || dx.Data[3] == dx.Data[3] || y.Data[2] != 0 {
			t.Errorf("of NaN: %v, %v", y.Data[3], dx.Data[3])
		}
	})
}
