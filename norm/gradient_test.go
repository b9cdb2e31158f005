package norm

import (
	"math"
	"math/rand/v2"
	"testing"
)

// layer is one normalization with everything that its backward needs. Its
// arguments are x first, then what is learned.
type layer struct {
	name     string
	args     []string
	sizes    []int
	forward  func(out []float64, arg [][]float64)
	backward func(grad [][]float64, dout []float64, arg [][]float64)
}

// layers returns every normalization for n rows of heads·w numbers. saved is
// what forward keeps for backward.
func layers(n, heads, w int, eps float64) []layer {
	d := heads * w
	mean, rstd := make([]float64, n*heads), make([]float64, n*heads)
	m, r := mean[:n], rstd[:n]
	type args = [][]float64
	type f = []float64
	return []layer{
		{"project", []string{"x"}, []int{n * d},
			func(out f, a args) { ProjectForward(out, a[0], n, d) },
			func(g args, do f, a args) { ProjectBackward(g[0], do, n, d) }},
		{"scale", []string{"x"}, []int{n * d},
			func(out f, a args) { ScaleForward(out, r, a[0], n, d, eps) },
			func(g args, do f, a args) { ScaleBackward(g[0], do, a[0], r, n, d) }},
		{"scale-published", []string{"x"}, []int{n * d},
			func(out f, a args) { ScalePublishedForward(out, r, a[0], n, d, eps) },
			func(g args, do f, a args) { ScalePublishedBackward(g[0], do, a[0], r, n, d) }},
		{"layernorm plain", []string{"x"}, []int{n * d},
			func(out f, a args) { LayerNormForward(out, m, r, a[0], nil, nil, n, d, eps) },
			func(g args, do f, a args) { LayerNormBackward(g[0], nil, nil, do, a[0], nil, m, r, n, d) }},
		{"layernorm gain", []string{"x", "gain"}, []int{n * d, d},
			func(out f, a args) { LayerNormForward(out, m, r, a[0], a[1], nil, n, d, eps) },
			func(g args, do f, a args) { LayerNormBackward(g[0], g[1], nil, do, a[0], a[1], m, r, n, d) }},
		{"layernorm", []string{"x", "gain", "bias"}, []int{n * d, d, d},
			func(out f, a args) { LayerNormForward(out, m, r, a[0], a[1], a[2], n, d, eps) },
			func(g args, do f, a args) { LayerNormBackward(g[0], g[1], g[2], do, a[0], a[1], m, r, n, d) }},
		{"rmsnorm plain", []string{"x"}, []int{n * d},
			func(out f, a args) { RMSNormForward(out, r, a[0], nil, n, d, eps) },
			func(g args, do f, a args) { RMSNormBackward(g[0], nil, do, a[0], nil, r, n, d) }},
		{"rmsnorm", []string{"x", "gain"}, []int{n * d, d},
			func(out f, a args) { RMSNormForward(out, r, a[0], a[1], n, d, eps) },
			func(g args, do f, a args) { RMSNormBackward(g[0], g[1], do, a[0], a[1], r, n, d) }},
		{"dyt plain", []string{"x", "alpha"}, []int{n * d, 1},
			func(out f, a args) { DyTForward(out, a[0], a[1], nil, nil, n, d) },
			func(g args, do f, a args) { DyTBackward(g[0], g[1], nil, nil, do, a[0], a[1], nil, n, d) }},
		{"dyt", []string{"x", "alpha", "gain", "bias"}, []int{n * d, 1, d, d},
			func(out f, a args) { DyTForward(out, a[0], a[1], a[2], a[3], n, d) },
			func(g args, do f, a args) { DyTBackward(g[0], g[1], g[2], g[3], do, a[0], a[1], a[2], n, d) }},
		{"qk rms plain", []string{"x"}, []int{n * d},
			func(out f, a args) { QKRMSNormForward(out, rstd, a[0], nil, n, heads, w, eps) },
			func(g args, do f, a args) { QKRMSNormBackward(g[0], nil, do, a[0], nil, rstd, n, heads, w) }},
		{"qk rms shared gain", []string{"x", "gain"}, []int{n * d, w},
			func(out f, a args) { QKRMSNormForward(out, rstd, a[0], a[1], n, heads, w, eps) },
			func(g args, do f, a args) { QKRMSNormBackward(g[0], g[1], do, a[0], a[1], rstd, n, heads, w) }},
		{"qk rms gain per head", []string{"x", "gain"}, []int{n * d, d},
			func(out f, a args) { QKRMSNormForward(out, rstd, a[0], a[1], n, heads, w, eps) },
			func(g args, do f, a args) { QKRMSNormBackward(g[0], g[1], do, a[0], a[1], rstd, n, heads, w) }},
		{"qk layernorm shared gain and bias", []string{"x", "gain", "bias"}, []int{n * d, w, w},
			func(out f, a args) { QKLayerNormForward(out, mean, rstd, a[0], a[1], a[2], n, heads, w, eps) },
			func(g args, do f, a args) {
				QKLayerNormBackward(g[0], g[1], g[2], do, a[0], a[1], mean, rstd, n, heads, w)
			}},
		{"qk layernorm gain and bias per head", []string{"x", "gain", "bias"}, []int{n * d, d, d},
			func(out f, a args) { QKLayerNormForward(out, mean, rstd, a[0], a[1], a[2], n, heads, w, eps) },
			func(g args, do f, a args) {
				QKLayerNormBackward(g[0], g[1], g[2], do, a[0], a[1], mean, rstd, n, heads, w)
			}},
	}
}

func (l layer) draw(rng *rand.Rand) [][]float64 {
	arg := make([][]float64, len(l.sizes))
	for a, size := range l.sizes {
		arg[a] = gaussian(rng, size)
	}
	return arg
}

func gaussian(rng *rand.Rand, size int) []float64 {
	x := make([]float64, size)
	for i := range x {
		x[i] = rng.NormFloat64() + 0.5
	}
	return x
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// TestGradients compares every gradient of every argument with central
// differences of the loss Σ weight·out, corrected for their own error of
// second order (Richardson).
func TestGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	for _, shape := range []struct {
		n, heads, w int
		eps         float64
	}{{3, 2, 4, 0}, {3, 2, 4, 1e-5}, {2, 3, 2, 0.7}, {1, 1, 7, 0}, {4, 1, 1, 0.3}, {2, 4, 1, 0.1}} {
		n, d := shape.n, shape.heads*shape.w
		for _, l := range layers(n, shape.heads, shape.w, shape.eps) {
			arg, weight, out := l.draw(rng), gaussian(rng, n*d), make([]float64, n*d)
			loss := func() float64 { l.forward(out, arg); return dot(weight, out) }
			grad := make([][]float64, len(arg))
			for a := range arg {
				grad[a] = gaussian(rng, len(arg[a])) // what is added to, or overwritten
			}
			before := append([]float64(nil), flat(grad[1:])...)
			loss()
			l.backward(grad, weight, arg)
			for a := range arg {
				for j := range arg[a] {
					slope := func(h float64) float64 {
						v := arg[a][j]
						arg[a][j] = v + h
						up := loss()
						arg[a][j] = v - h
						down := loss()
						arg[a][j] = v
						return (up - down) / (2 * h)
					}
					want := (4*slope(1e-4) - slope(2e-4)) / 3
					got := grad[a][j]
					if a > 0 {
						got -= before[len(flat(arg[1:a]))+j]
					}
					if math.Abs(got-want) > 2e-8*(1+math.Abs(want)) {
						t.Errorf("%s %+v: gradient of %s[%d] is %.12g, want %.12g", l.name, shape, l.args[a], j, got, want)
					}
				}
			}
		}
	}
}

func flat(parts [][]float64) (all []float64) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// TestGradientsOfUndefinedRows: a row without normalization gets a gradient of
// zeros and gives none to gain, while its neighbours keep theirs.
func TestGradientsOfUndefinedRows(t *testing.T) {
	const n, heads, w = 3, 1, 4
	rng := rand.New(rand.NewPCG(12, 1))
	for _, l := range layers(n, heads, w, 0) {
		if l.name == "project" || l.args[len(l.args)-1] == "alpha" || len(l.args) == 4 {
			continue
		}
		arg, weight, out := l.draw(rng), gaussian(rng, n*w), make([]float64, n*w)
		copy(arg[0][w:2*w], make([]float64, w))
		grad := l.draw(rng)
		l.forward(out, arg)
		l.backward(grad, weight, arg)
		for j := range w {
			want := 0.0
			if len(arg) == 3 {
				want = arg[2][j] // the bias
			}
			if out[w+j] != want || grad[0][w+j] != 0 {
				t.Errorf("%s: out %v gradient %v, want %v and 0", l.name, out[w+j], grad[0][w+j], want)
			}
		}
		for _, v := range append(flat(grad), out...) {
			if v-v != 0 {
				t.Fatalf("%s: %v", l.name, v)
			}
		}
		if grad[0][0] == 0 || grad[0][2*w] == 0 {
			t.Errorf("%s: neighbours of an undefined row lost their gradient", l.name)
		}
	}
}

// TestBackwardInPlace: dx may be dout.
func TestBackwardInPlace(t *testing.T) {
	const n, heads, w = 3, 2, 3
	rng := rand.New(rand.NewPCG(13, 1))
	for _, l := range layers(n, heads, w, 1e-3) {
		arg, weight, out := l.draw(rng), gaussian(rng, n*heads*w), make([]float64, n*heads*w)
		l.forward(out, arg)
		apart, inside := l.zeros(), l.zeros()
		l.backward(apart, weight, arg)
		inside[0] = weight
		l.backward(inside, weight, arg)
		for i, v := range flat(apart) {
			if v != flat(inside)[i] {
				t.Fatalf("%s: gradient %d is %v in place, %v apart", l.name, i, flat(inside)[i], v)
			}
		}
	}
}

func (l layer) zeros() [][]float64 {
	g := make([][]float64, len(l.sizes))
	for a, size := range l.sizes {
		g[a] = make([]float64, size)
	}
	return g
}
