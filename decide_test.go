package keyhull_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"keyhull"
)

func decide(t testing.TB, k keyhull.Keys, opt keyhull.Options) *keyhull.Result {
	t.Helper()
	r, err := keyhull.Decide(context.Background(), k, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func gaussian(seed uint64, n, d int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 7))
	x := make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func lattice(side, d int) []float64 {
	var x []float64
	for i := range int(math.Pow(float64(side), float64(d)) + 0.5) {
		for range d {
			x = append(x, float64(i%side))
			i /= side
		}
	}
	return x
}

// TestKnownSets decides sets whose answer is known by hand.
func TestKnownSets(t *testing.T) {
	segment := make([]float64, 0, 60) // 20 collinear keys in space
	for i := range 20 {
		segment = append(segment, float64(i), 3-2*float64(i), 0.5*float64(i))
	}
	cases := []struct {
		name           string
		x              []float64
		dim, rank      int
		s, tied, f, in int
	}{
		{"one key", []float64{3, 4}, 2, 0, 1, 0, 0, 0},
		{"one coordinate", []float64{1, 5, 2, -3}, 1, 1, 2, 0, 0, 2},
		{"all equal", []float64{1, 2, 3, 1, 2, 3, 1, 2, 3}, 3, 0, 0, 3, 0, 0},
		{"minus zero", []float64{0, 1, math.Copysign(0, -1), 1}, 2, 0, 0, 2, 0, 0},
		{"two keys", []float64{1, 2, 3, 4}, 2, 1, 2, 0, 0, 0},
		{"square and centre", []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0}, 2, 2, 4, 0, 0, 1},
		{"corner twice", []float64{0, 0, 1, 0, 0, 1, 0, 0}, 2, 2, 2, 2, 0, 0},
		{"centre twice", []float64{-1, -1, 1, -1, -1, 1, 1, 1, 0, 0, 0, 0}, 2, 2, 4, 0, 0, 2},
		{"edge twice", []float64{0, 0, 2, 0, 0, 2, 1, 0, 1, 0}, 2, 2, 3, 0, 2, 0},
		{"collinear", segment, 3, 1, 2, 0, 0, 18},
		{"cube 4", lattice(4, 3), 3, 3, 8, 0, 48, 8},
		{"cube 2 in 8 dimensions", lattice(2, 8), 8, 8, 256, 0, 0, 0},
		{"grid 5", lattice(5, 2), 2, 2, 4, 0, 12, 9},
		{"simplex of 9", append(lattice(1, 8), identity(8)...), 8, 8, 9, 0, 0, 0},
	}
	for _, scale := range []float64{1, 0x1p-990, 0x1p900, 0x1p-100} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s/%g", c.name, scale), func(t *testing.T) {
				x := make([]float64, len(c.x))
				for i, v := range c.x {
					x[i] = v * scale
				}
				r := decide(t, keyhull.Float64(x, c.dim), keyhull.Options{})
				got := r.Counts()
				got.ByRounding = 0
				if want := (keyhull.Counts{Selectable: c.s, Tied: c.tied, Face: c.f, Interior: c.in}); got != want || r.Rank != c.rank {
					t.Errorf("%+v rank %d, want %+v rank %d", got, r.Rank, want, c.rank)
				}
			})
		}
	}
}

func identity(d int) []float64 {
	x := make([]float64, d*d)
	for c := range d {
		x[c*d+c] = 1
	}
	return x
}

// TestWorkersDoNotMatter compares whole results, certificates included.
func TestWorkersDoNotMatter(t *testing.T) {
	for _, d := range []int{2, 3, 8, 20} {
		k := keyhull.Float64(gaussian(5, 700, d), d)
		one := decide(t, k, keyhull.Options{Workers: 1})
		for _, w := range []int{2, 5} {
			if many := decide(t, k, keyhull.Options{Workers: w}); !reflect.DeepEqual(one, many) {
				t.Errorf("dimension %d: %d workers give another result", d, w)
			}
		}
	}
}

// TestInvariance: factors, permutation and translation change no verdict.
func TestInvariance(t *testing.T) {
	const n, d = 200, 5
	x := gaussian(9, n, d)
	for i := range x {
		x[i] = math.Round(x[i]*1024) / 1024 // so that a translation is exact
	}
	base := decide(t, keyhull.Float64(x, d), keyhull.Options{})
	perm := rand.New(rand.NewPCG(1, 1)).Perm(n)
	y := make([]float64, len(x))
	factor := make([]float64, n)
	for i, p := range perm {
		factor[i] = 0.375
		for c := range d {
			y[i*d+c] = x[p*d+c] + 1e6
		}
	}
	moved := decide(t, keyhull.Float64(y, d).Scaled(factor), keyhull.Options{})
	for i, p := range perm {
		if moved.Keys[i].Verdict != base.Keys[p].Verdict {
			t.Errorf("key %d: %v, before %v", p, moved.Keys[i].Verdict, base.Keys[p].Verdict)
		}
	}
}

func TestRefusals(t *testing.T) {
	cases := map[string]keyhull.Keys{
		"key 1, coordinate 0 is NaN":     keyhull.Float64([]float64{0, 1, math.NaN(), 1}, 2),
		"key 0, coordinate 1 is +Inf":    keyhull.Float32([]float32{0, float32(math.Inf(1)), 1, 1}, 2),
		"no keys":                        keyhull.Float64(nil, 3),
		"factor of key 1 is 0":           keyhull.Float64([]float64{1, 2}, 1).Scaled([]float64{1, 0}),
		"key 0, coordinate 0 is not fin": keyhull.Float64([]float64{1e308, -1e308, 1, 1}, 2).Projected(),
	}
	for want, k := range cases {
		if _, err := keyhull.Decide(context.Background(), k, keyhull.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for name, f := range map[string]func(){
		"ragged":      func() { keyhull.Float64(make([]float64, 5), 2) },
		"dimension 0": func() { keyhull.Float64(nil, 0) },
		"factors":     func() { keyhull.Float64(make([]float64, 4), 2).Scaled([]float64{1}) },
		"one wide":    func() { keyhull.Float64(make([]float64, 4), 1).Projected() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := keyhull.Decide(ctx, keyhull.Float64(gaussian(1, 2000, 8), 8), keyhull.Options{Progress: func(done, total int) {
		if calls++; total != 2000 || done > total {
			t.Errorf("progress %d of %d", done, total)
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || calls == 0 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

// TestAnyUnselectable agrees with the full decision.
func TestAnyUnselectable(t *testing.T) {
	var s keyhull.Solver
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 3))
		n, d := 1+rng.IntN(40), 1+rng.IntN(9)
		x := gaussian(seed, n, d)
		if seed%4 == 0 { // lattices with duplicates
			for i := range x {
				x[i] = math.Round(x[i] * 1.5)
			}
		}
		k := keyhull.Float64(x, d)
		if d > 1 && seed%3 == 0 {
			k = k.Projected()
		}
		r := decide(t, k, keyhull.Options{Margins: keyhull.MarginNone})
		i, found, err := s.AnyUnselectable(k)
		if err != nil || found != (r.Counts().Unselectable() > 0) || found && !r.Keys[i].Verdict.Unselectable() {
			t.Errorf("seed %d: key %d, %v, %v; full decision %+v", seed, i, found, err, r.Counts())
		}
	}
}

// TestMarginProgress hears of every vertex once the keys are decided.
func TestMarginProgress(t *testing.T) {
	var last, calls, of int
	r, err := keyhull.Decide(t.Context(), keyhull.Float64(gaussian(1, 300, 4), 4), keyhull.Options{MarginProgress: func(done, total int) {
		if done != calls {
			t.Errorf("%d done at call %d", done, calls)
		}
		last, of, calls = done, total, calls+1
	}})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Counts(); of != c.Selectable || last != of-1 {
		t.Errorf("%d of %d, with %d vertices", last, of, c.Selectable)
	}
}
