package keyhull_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"keyhull"
	"keyhull/cert"
)

// prove checks a result's certificates in exact arithmetic.
func prove(t testing.TB, r *keyhull.Result, x []float64, norm, reading string) {
	t.Helper()
	keys, err := cert.NewKeys(x, r.Dim, norm, reading, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Certificates(keyhull.DefaultMinMargin)
	failures, err := cert.Check(context.Background(), keys, &s, nil)
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

func TestTry4(t *testing.T) {
	for _, c := range [][2]int{{1024, 8}, {1024, 64}} {
		x := gaussian(1, c[0], c[1])
		for i := range x {
			x[i] = float64(float32(x[i]))
		}
		r := decide(t, keyhull.Float64(x, c[1]), keyhull.Options{Margins: keyhull.MarginNone})
		s := time.Now()
		keys, _ := cert.NewKeys(x, c[1], "none", "", 0)
		fmt.Println("new", time.Since(s))
		s = time.Now()
		set := r.Certificates(0)
		f, err := cert.Check(context.Background(), keys, &set, nil)
		fmt.Println(len(f), err, time.Since(s))
	}
}
