package hull

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"keyhull/internal/vec"
)

// TestQuickWalks holds walks of the kernel against plain ones, on sets half of whose
// points lie in faces or inside, whitened ones among them: the same verdicts.
func TestQuickWalks(t *testing.T) {
	if vec.NewWalk(3) == nil {
		t.Skip("these kernels have no quick walks")
	}
	for seed := range uint64(24) {
		rng := rand.New(rand.NewPCG(seed, 43))
		d := 3 + rng.IntN(vec.WalkDim-2)
		x := mixtures(rng, 100+rng.IntN(400), d)
		if seed%4 == 0 {
			for i := range x {
				x[i] *= []float64{1, 1e-7}[i%d%2]
			}
		}
		src := &Source{N: len(x) / d, Width: d, F64: x}
		got, err := Decide(context.Background(), src, Options{Workers: 2})
		back := vec.Use("generic")
		want, plain := Decide(context.Background(), src, Options{Workers: 2})
		back()
		if err != nil || plain != nil {
			t.Fatal(err, plain)
		}
		for i := range src.N {
			if g, w := got.Proof(i).Verdict, want.Proof(i).Verdict; g != w {
				t.Errorf("seed %d, point %d: %v, plainly %v", seed, i, g, w)
			}
		}
		if got.Exact > want.Exact+src.N/100 {
			t.Errorf("seed %d: %d points are left to exact arithmetic, by plain walks %d", seed, got.Exact, want.Exact)
		}
	}
}

// TestQuickWalksEnd: nearly all walks to points of a usual set end without a plain one.
func TestQuickWalksEnd(t *testing.T) {
	if vec.NewWalk(3) == nil {
		t.Skip("these kernels have no quick walks")
	}
	const n, d = 600, 6
	x := make([]float64, n*d)
	rng := rand.New(rand.NewPCG(3, 47))
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	s := solverOf(t, &Source{N: n, Width: d, F64: x})
	s.once64 = new(sync.Once)
	if err := s.scanAll(); err != nil {
		t.Fatal(err)
	}
	s.frontPanels()
	w := newWalker(s)
	basis, _ := s.firstSimplex()
	copy(w.basis, basis)
	if !w.refactor() {
		t.Fatal("no first simplex")
	}
	quick, walks := 0, 0
	for p := range n {
		if s.answers[p].rung == undecided {
			walks++
			if _, ok := w.quick(p); ok {
				quick++
			}
		}
	}
	if walks < n/4 || quick < walks*9/10 {
		t.Errorf("%d of %d", quick, walks)
	}
}

// TestAnySettles: the yes/no question of usual sets, one after the other, needs no
// decision of every point.
func TestAnySettles(t *testing.T) {
	var a Any
	rng := rand.New(rand.NewPCG(9, 53))
	settled := 0
	for k := range 100 {
		d := 3 + k/20
		x := make([]float64, 60*d)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		if !a.load(&Source{N: 60, Width: d, F64: x}) {
			t.Fatal("not loaded")
		}
		a.scan()
		if _, ok := a.settle(); ok {
			settled++
		}
	}
	if settled < 99 {
		t.Errorf("%d of 100", settled)
	}
}
