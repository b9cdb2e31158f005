package keyhull_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"keyhull"
)

// TestBestAttentionTwin compares with a plain projected gradient ascent.
func TestBestAttentionTwin(t *testing.T) {
	const n, d = 24, 3
	x := gaussian(21, n, d)
	copy(x[5*d:6*d], x[4*d:5*d]) // a tie
	k := keyhull.Float64(x, d)
	for i := range n / 2 {
		for _, r := range []float64{0, 1e-3, 0.3, 2, 6} {
			a, err := keyhull.BestAttention(k, i, r)
			if err != nil {
				t.Fatal(err)
			}
			twin := gradientAscent(x, d, i, r, make([]float64, d), 20_000)
			if a.Weight < twin-2e-10 || a.Weight > twin+1e-8 {
				t.Errorf("key %d, radius %v: %v, plain ascent %v", i, r, a.Weight, twin)
			}
			if !(a.UpperBound >= a.Weight) || a.UpperBound > a.Weight+1e-9 {
				t.Errorf("key %d, radius %v: bound %v of %v", i, r, a.UpperBound, a.Weight)
			}
			if got := softmax(x, d, a.Query, i); math.Abs(got-a.Weight) > 1e-13 || norm(a.Query) > r*(1+1e-14) {
				t.Errorf("key %d, radius %v: the query of norm %v gives %v, not %v", i, r, norm(a.Query), got, a.Weight)
			}
		}
	}
}

// gradientAscent maximizes log softmax over the ball by Nesterov's method from q
// with the step 1/L, L a bound of the curvature, restarted when the value falls.
func gradientAscent(x []float64, d, i int, radius float64, q []float64, steps int) float64 {
	curve := 0.0
	for j := range len(x) / d {
		s := 0.0
		for c := range d {
			s += (x[j*d+c] - x[i*d+c]) * (x[j*d+c] - x[i*d+c])
		}
		curve = max(curve, s)
	}
	y, g := append([]float64(nil), q...), make([]float64, d)
	best, momentum := softmax(x, d, q, i), 0.0
	for range steps {
		logGradient(g, x, d, y, i)
		next := make([]float64, d)
		for c := range d {
			next[c] = y[c] + g[c]/curve
		}
		if s := norm(next); s > radius {
			for c := range d {
				next[c] *= radius / s
			}
		}
		w := softmax(x, d, next, i)
		if momentum++; w < best {
			momentum = 0
		}
		for c := range d {
			y[c] = next[c] + momentum/(momentum+3)*(next[c]-q[c])
		}
		q, best = next, max(best, w)
	}
	return best
}

// logGradient sets g to k_i less the keys' mean under the softmax weights.
func logGradient(g, x []float64, d int, q []float64, i int) {
	copy(g, x[i*d:(i+1)*d])
	own := softmax(x, d, q, i)
	for j := 0; j < len(x); j += d {
		s := 0.0
		for c := range d {
			s += q[c] * (x[j+c] - x[i*d+c])
		}
		for c := range g {
			g[c] -= own * math.Exp(s) * x[j+c]
		}
	}
}

// TestBestAttentionExtremes: no radius and no scale of keys gives NaN or a
// weight outside its bounds; far out vertices get it all, and others converge.
func TestBestAttentionExtremes(t *testing.T) {
	const n, d = 40, 3
	base := gaussian(3, n, d)
	verdicts := decide(t, keyhull.Float64(base, d), keyhull.Options{}).Keys
	for _, e := range []int{-500, 0, 500} { // 1e±150
		x := make([]float64, len(base))
		for i, v := range base {
			x[i] = math.Ldexp(v, e)
		}
		for i := range n {
			last := 0.0
			for _, r := range []float64{0, 1e-300, 1e-150, 1, 1e4, 1e150, 1e157, 1e300} {
				a, err := keyhull.BestAttention(keyhull.Float64(x, d), i, r)
				if err != nil {
					t.Fatal(err)
				}
				if !(a.Weight >= last-1e-9 && a.Weight <= a.UpperBound && a.UpperBound <= 1) || !(norm(a.Query) <= r*(1+1e-14)) {
					t.Errorf("2^%d, key %d, radius %v: %+v after %v", e, i, r, a, last)
				}
				if a.UpperBound > a.Weight+1e-8 {
					t.Errorf("2^%d, key %d, radius %v: bound %v of %v", e, i, r, a.UpperBound, a.Weight)
				}
				last = a.Weight
			}
			if vertex := !verdicts[i].Verdict.Unselectable(); vertex != (last > 1-1e-9) {
				t.Errorf("2^%d, key %d: vertex %v, weight %v", e, i, vertex, last)
			}
		}
	}
	one, err := keyhull.BestAttention(keyhull.Float64(base, d), 0, 0)
	if err != nil || math.Abs(one.Weight-1.0/n) > 1e-15 {
		t.Errorf("radius 0: %+v, %v", one, err)
	}
}

// TestBestAttentionSuprema: values known by hand, some approached only far out.
func TestBestAttentionSuprema(t *testing.T) {
	// A square, the middle of an edge, a copy of a corner.
	keys := keyhull.Float64([]float64{-1, -1, 1, -1, -1, 1, 1, 1, 1, 0, 1, 1}, 2)
	edge := 1 / (1 + 2*math.Sqrt2) // the most of 1 among e^s, 1 and 2e^-s
	for i, want := range []float64{1, 1, 1, 0.5, edge, 0.5} {
		for _, r := range []float64{100, 1e10, 1e300} {
			a, err := keyhull.BestAttention(keys, i, r)
			if err != nil || math.Abs(a.Weight-want) > 1e-9 {
				t.Errorf("key %d, radius %v: %v, want %v", i, r, a.Weight, want)
			}
		}
	}
	centre := keyhull.Float64([]float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}, 2)
	a, err := keyhull.BestAttention(centre, 4, 1e300)
	if err != nil || math.Abs(a.Weight-0.2) > 1e-12 || a.UpperBound > 0.2+1e-9 {
		t.Errorf("centre: %+v, %v", a, err)
	}
}

// TestBestAttentionSizes: mixed sizes, where most keys look the same.
func TestBestAttentionSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const n, d = 12, 3
	x := make([]float64, n*d)
	for i := range n {
		e := rng.IntN(1000) - 500
		for c := range d {
			x[i*d+c] = math.Ldexp(rng.NormFloat64(), e)
		}
	}
	for i := range n {
		for _, r := range []float64{1e-200, 1e-100, 1, 1e100, 1e200} {
			a, err := keyhull.BestAttention(keyhull.Float64(x, d), i, r)
			if err != nil || !(a.Weight >= 1.0/n-1e-12 && a.Weight <= a.UpperBound) || !(norm(a.Query) <= r*(1+1e-14)) {
				t.Errorf("key %d, radius %v: %+v, %v", i, r, a, err)
			}
		}
	}
}

func BenchmarkBestAttention(b *testing.B) {
	for _, d := range []int{8, 64} {
		for _, r := range []float64{1, 3, 10, 100} {
			b.Run(fmt.Sprintf("gaussian-d%d-n1024/radius=%v", d, r), func(b *testing.B) {
				a, err := keyhull.NewAttender(keyhull.Float32(benchGaussian(1024, d), d))
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; b.Loop(); i++ {
					a.Best(i%1024, r)
				}
			})
		}
	}
}
