package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLayerNorm holds every level against float64.
func TestLayerNorm(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(55, 1))
		laneShapes(r, func(d, _, n int) {
			x, rstd, hat := randomRows(r, d, n), make([]float32, n), randomRows(r, d, n)
			eps := []float32{1e-5, 1e-2}[r.IntN(2)]
			LayerNormForward(hat, rstd, x, d, n, eps)
			dx, dhat := randomRows(r, d, n), randomRows(r, d, n)
			added, set, centred := copyRows(dx), copyRows(dhat), copyRows(dx)
			LayerNormBackward(added, dhat, hat, rstd, d, n, true)
			LayerNormBackward(set, set, hat, rstd, d, n, false)
			SubtractMean(centred, x, d, n, true)
			for c := range n {
				checkLayer(t, d, c, eps, x, hat, dx, dhat, added, set, centred, rstd[c])
			}
			SubtractMean(x, x, d, n, false)
			for j := range d {
				multiplyAdd(dx.Row(j)[:n], x.Row(j), 1)
				closeTo(t, "centred", centred.Row(j)[:n], dx.Row(j)[:n], 1e-6)
			}
		})
	})
}

func checkLayer(t *testing.T, d, c int, eps float32, x, hat, dx, dhat, added, set, centred Rows, rstd float32) {
	t.Helper()
	at := func(r Rows, j int) float64 { return float64(r.Row(j)[c]) }
	var mean, square, meanD, dot float64
	for j := range d {
		mean += at(x, j) / float64(d)
		meanD += at(dhat, j) / float64(d)
	}
	for j := range d {
		square += (at(x, j) - mean) * (at(x, j) - mean) / float64(d)
	}
	want := 1 / math.Sqrt(square+float64(eps))
	same := func(what string, got, want float64) {
		if !(math.Abs(got-want) <= 3e-5*max(1, math.Abs(want))) {
			t.Fatalf("%d rows: %s is %v, want %v", d, what, got, want)
		}
	}
	same("rstd/√", float64(rstd)/want, 1)
	for j := range d {
		same("hat", at(hat, j), (at(x, j)-mean)*want)
		same("centred", at(centred, j), at(dx, j)+at(x, j)-mean)
		dot += at(dhat, j) * at(hat, j) / float64(d)
	}
	for j := range d {
		g := float64(rstd) * (at(dhat, j) - meanD - at(hat, j)*dot)
		same("gradient/rstd", at(set, j)/want, g/want)
		same("sum with gradient, /rstd", at(added, j)/want, (at(dx, j)+g)/want)
	}
}

// TestLayerNormConstant: a constant column has no normalization without eps.
func TestLayerNormConstant(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		x, hat, rstd := NewRows(4, 16), NewRows(4, 16), make([]float32, 16)
		for c := range x.Data {
			x.Data[c] = 3
		}
		LayerNormForward(hat, rstd, x, 4, 16, 0)
		for c, v := range rstd {
			if v != 0 || hat.Row(2)[c] != 0 {
				t.Fatalf("rstd %v, normalized %v", v, hat.Row(2)[c])
			}
		}
	})
}

// TestGelu holds every level against float64 with the stated errors, over the
// range that matters, and far outside it.
func TestGelu(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const n = 96 * 1000
		x, y, dx, dy := NewRows(2, n), NewRows(2, n), NewRows(2, n), NewRows(2, n)
		for c := range n {
			x.Row(0)[c] = float32(12 * (2*float64(c)/n - 1))
			x.Row(1)[c] = float32(math.Ldexp(1-2*float64(c%2), c/1000-48))
			dy.Row(0)[c], dy.Row(1)[c] = 1, 1
		}
		GeluForward(y, x, 2, n)
		GeluBackward(dx, dy, x, 2, n)
		GeluBackward(dy, dy, x, 2, n)
		closeTo(t, "gradient in its place", dy.Data, dx.Data, 0)
		for i := range 2 {
			for c := range n {
				v := float64(x.Row(i)[c])
				u := math.Sqrt(2/math.Pi) * (v + 0.044715*v*v*v)
				s := 1 / (1 + math.Exp(-2*u))
				if got := float64(y.Row(i)[c]); math.Abs(got-v*s) > 0x1p-21*math.Abs(v*s)+0x1p-22*min(1, math.Abs(v)) {
					t.Fatalf("gelu(%v) = %v, want %v", v, got, v*s)
				}
				slope := s + v*s/(1+math.Exp(2*u))*2*math.Sqrt(2/math.Pi)*(1+3*0.044715*v*v)
				if math.IsNaN(slope) || math.Abs(v) > 30 {
					slope = max(0, math.Copysign(1, v))
				}
				if got := float64(dx.Row(i)[c]); !(math.Abs(got-slope) <= 0x1p-20) {
					t.Fatalf("slope of gelu at %v = %v, want %v", v, got, slope)
				}
			}
		}
	})
}
