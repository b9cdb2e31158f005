package decide

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"keyhull"
	"keyhull/cert/shortcut"
	"keyhull/weights"
)

// hardRows are n rows of d numbers of which the projection rounds badly: near
// each other, near a value halfway between two float32, of very different or
// of extreme sizes.
func hardRows(rng *rand.Rand, n, d, kind int) []float64 {
	x := make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
		switch kind {
		case 0: // many equal ones once they are rounded
			x[i] = float64(rng.IntN(3)) + math.Ldexp(x[i], -30)
		case 1: // halfway between float32 numbers, if the mean is a whole number
			x[i] = float64(rng.IntN(4)) + float64(rng.IntN(64))*0x1p-24
		case 2:
			x[i] = math.Ldexp(x[i], rng.IntN(120)-60)
		case 3: // float32 numbers below the normal ones
			x[i] = math.Ldexp(math.Round(8*x[i]), -151)
		}
	}
	return x
}

// Every coordinate is the float32 nearest to the exact factor·(x − mean).
func TestAmbientIsNearest(t *testing.T) {
	for seed := range 200 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		n, d := 1+rng.IntN(10), 2+rng.IntN(6)
		x := hardRows(rng, n, d, seed%5)
		f := Norm{Kind: []string{"project", "layernorm"}[seed%2], Reading: "ambient", Eps: 1e-5}
		m := &weights.Matrix{Sets: 1, N: n, Dim: d, F64: x}
		factors, err := f.factors(m, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ambient(keyhull.Float64(x, d), factors)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range x {
			want, row := new(big.Rat), x[i/d*d:][:d]
			for _, u := range row {
				want.Sub(want, new(big.Rat).SetFloat64(u))
			}
			want.Quo(want, big.NewRat(int64(d), 1))
			want.Add(want, new(big.Rat).SetFloat64(v))
			if factors != nil {
				want.Mul(want, new(big.Rat).SetFloat64(factors[i/d]))
			}
			if w, _ := want.Float32(); got[i] != w {
				t.Errorf("seed %d, number %d: %v, want %v", seed, i, got[i], w)
			}
		}
	}
}

// What decide makes of rows is what the exact check makes of them: copies and
// faces depend on every bit.
func TestKeysAreThoseOfCert(t *testing.T) {
	flags := []Norm{
		{Kind: "none"}, {Kind: "scale"}, {Kind: "rmsnorm", Eps: 1e-5}, {Kind: "project", Reading: "affine"},
		{Kind: "project", Reading: "ambient"}, {Kind: "layernorm", Reading: "affine"},
		{Kind: "layernorm", Reading: "ambient", Eps: 1e-5},
	}
	for seed := range 10 {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		n, d := 2+rng.IntN(30), 3+rng.IntN(3)
		wide := &weights.Matrix{Sets: 1, N: n, Dim: d, F64: hardRows(rng, n, d, seed%5)}
		narrow := &weights.Matrix{Sets: 1, N: n, Dim: d}
		for _, v := range wide.F64 {
			narrow.F32 = append(narrow.F32, float32(v))
		}
		for _, f := range flags {
			for name, m := range map[string]*weights.Matrix{"float64": wide, "float32": narrow} {
				t.Run(fmt.Sprintf("%d/%s/%s", seed, f.String(), name), func(t *testing.T) { decideAndCheck(t, f, m) })
			}
		}
	}
}

func decideAndCheck(t *testing.T, f Norm, m *weights.Matrix) {
	exact, wrong := shortcut.NewKeys(Rows(m, 0), m.Dim, f.Kind, f.Reading, f.Eps)
	keys, err := f.Keys(m, 0)
	if err != nil || wrong != nil {
		if err == nil || wrong == nil {
			t.Errorf("decide: %v, check: %v", err, wrong)
		}
		return
	}
	result, err := keyhull.Decide(context.Background(), keys, keyhull.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := result.Certificates(0)
	failures, err := shortcut.Check(context.Background(), exact, &set, nil)
	if err != nil || len(failures) > 0 {
		t.Errorf("%v, %d failures: %.3q", err, len(failures), failures)
	}
}
