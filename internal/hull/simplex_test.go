package hull

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// Where points are many, a first simplex comes from a sample: walks from there
// find the points near the mean inside, whatever the number of workers.
func TestFirstSimplexOfASample(t *testing.T) {
	const n, d, deep = 6000, 430, 3
	rng := rand.New(rand.NewPCG(8, 0))
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if i < deep*d {
			x[i] /= 100
		}
	}
	src := &Source{N: n, Width: d, F32: x}
	set, err := newSet(src, 1)
	if err != nil || set.reduce(1) != nil {
		t.Fatal(err)
	}
	set.centreAll(1)
	s := &solver{t: set, count: n, f: &frame{dim: d, w: set.w}, mean: set.mean, workers: 2}
	basis, ratio := s.firstSimplex()
	if every := n / (simplexEach * (d + 1)); slices.ContainsFunc(basis, func(i int32) bool { return int(i)%every != 0 }) {
		t.Fatalf("not all of one in %d points", every)
	}
	if len(basis) != d+1 || len(slices.Compact(slices.Sorted(slices.Values(basis)))) != d+1 || ratio < whitenBelow {
		t.Fatalf("%d corners, ratio %v", len(basis), ratio)
	}
	var one []Proof
	for workers := 1; workers <= 2; workers++ {
		o, err := Decide(context.Background(), src, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		all := make([]Proof, n)
		for i := range all {
			all[i] = o.Proof(i)
			if inside := all[i].Verdict == Interior; inside != (i < deep) {
				t.Errorf("point %d inside: %v", i, inside)
			}
		}
		if one != nil && !reflect.DeepEqual(one, all) {
			t.Error("workers change answers")
		}
		one = all
	}
}

// Where the sample is flat, a first simplex comes from all points.
func TestFirstSimplexOfAFlatSample(t *testing.T) {
	const n, d, every = 360, 3, 30
	rng := rand.New(rand.NewPCG(9, 0))
	for _, thick := range []float64{0, 1e-5} {
		f := &frame{dim: d, w: make([]float64, n*d)}
		for i := range f.w {
			f.w[i] = rng.NormFloat64()
			if i%d == 0 && i/d%every == 0 {
				f.w[i] *= thick
			}
		}
		s := &solver{count: n, f: f, mean: make([]float64, d), workers: 1}
		if _, ratio := s.simplexOf(every); ratio >= whitenBelow {
			t.Fatalf("the sample is not flat: %v", ratio)
		}
		if basis, ratio := s.firstSimplex(); len(basis) != d+1 || ratio < whitenBelow {
			t.Errorf("%d corners, ratio %v", len(basis), ratio)
		}
	}
}
