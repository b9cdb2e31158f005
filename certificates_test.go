package keyhull_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"keyhull"
	"keyhull/cert/shortcut"
)

// prove checks a result's certificates in exact arithmetic.
func prove(t testing.TB, r *keyhull.Result, x []float64, norm, reading string) {
	t.Helper()
	keys, err := shortcut.NewKeys(x, r.Dim, norm, reading, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Certificates(keyhull.DefaultMinMargin)
	failures, err := shortcut.Check(context.Background(), keys, &s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures[:min(5, len(failures))] {
		t.Errorf("%d keys: %v", r.N, f)
	}
}

func TestCertificatesProve(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 5))
		n, d := 1+rng.IntN(60), 1+rng.IntN(8)
		if seed%5 == 2 { // integers of thousands of bits take their time
			n = 1 + n%20
		}
		x := gaussian(seed, n, d)
		switch seed % 5 {
		case 1:
			for i := range x {
				x[i] = math.Round(x[i] * 1.5)
			}
		case 2:
			for i := range x {
				x[i] = math.Ldexp(x[i], rng.IntN(1800)-900)
			}
		case 3: // nearly flat
			for i := range x {
				if i%d == d-1 {
					x[i] *= 1e-16
				}
			}
		}
		prove(t, decide(t, keyhull.Float64(x, d), keyhull.Options{}), x, "none", "")
		if d > 1 && seed%5 != 2 {
			prove(t, decide(t, keyhull.Float64(x, d).Projected(), keyhull.Options{}), x, "project", "affine")
		}
	}
}

// TestShortWeights: weights have at most six digits, sum to 1, and are near to those
// of the result.
func TestShortWeights(t *testing.T) {
	r := decide(t, keyhull.Float64(gaussian(3, 400, 5), 5), keyhull.Options{Margins: keyhull.MarginNone})
	short := 0
	for i, k := range r.Certificates(0).Keys {
		for b, list := range k.Weights {
			sum, off, digits := 0.0, 0.0, true
			for n, w := range list {
				sum, off = sum+w, max(off, math.Abs(w-r.Keys[i].Weights[b][n]))
				digits = digits && math.Abs(w*1e6-math.Round(w*1e6)) < 1e-9
			}
			if math.Abs(sum-1) > 1e-12 || off > 4e-6 {
				t.Errorf("key %d: %v of %v", i, list, r.Keys[i].Weights[b])
			}
			if digits {
				short++
			}
		}
	}
	if inside := r.Counts().Interior; 10*short < 9*inside {
		t.Errorf("%d short of %d", short, inside)
	}
}
