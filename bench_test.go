package keyhull_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"keyhull"
)

// benchSets are the key sets that docs/performance.md has times of.
var benchSets = []struct {
	name string
	dim  int
	make func() []float32
}{
	{"gaussian-d8-n1024", 8, func() []float32 { return benchGaussian(1024, 8) }},
	{"gaussian-d7-n1024", 7, func() []float32 { return benchGaussian(1024, 7) }},
	{"projected32-d8-n1024", 8, func() []float32 { return benchRows(benchGaussian(1024, 8), 8, centre) }},
	{"sphere-d8-n1024", 8, func() []float32 { return benchRows(benchGaussian(1024, 8), 8, toSphere) }},
	{"gaussian-d64-n1024", 64, func() []float32 { return benchGaussian(1024, 64) }},
	{"rank20-noise.1-d64-n1024", 64, func() []float32 { return benchLowRank(1024, 64, 20, 0.1) }},
	{"rank10-noise.01-d64-n1024", 64, func() []float32 { return benchLowRank(1024, 64, 10, 0.01) }},
	{"gaussian-d768-n1024", 768, func() []float32 { return benchGaussian(1024, 768) }},
	{"vocabulary-d8-n50257", 8, func() []float32 { return benchGaussian(50257, 8) }},
	{"vocabulary-d64-n50257", 64, func() []float32 { return benchGaussian(50257, 64) }},
	{"lattice-10x10x10", 3, func() []float32 { return benchLattice(10) }},
}

// BenchmarkDecide decides whole sets, certificates included, margins not.
func BenchmarkDecide(b *testing.B) {
	for _, set := range benchSets {
		data := sync.OnceValue(set.make)
		for workers := 1; workers <= 2; workers++ {
			b.Run(fmt.Sprintf("%s/workers=%d", set.name, workers), func(b *testing.B) {
				benchDecide(b, keyhull.Float32(data(), set.dim), keyhull.Options{Workers: workers, Margins: keyhull.MarginNone})
			})
		}
	}
}

// BenchmarkDecideProjected decides in the hyperplane's own coordinates.
func BenchmarkDecideProjected(b *testing.B) {
	keys := keyhull.Float32(benchGaussian(1024, 8), 8).Projected()
	benchDecide(b, keys, keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
}

// BenchmarkDecideMargins adds the margins.
func BenchmarkDecideMargins(b *testing.B) {
	keys := keyhull.Float32(benchGaussian(1024, 8), 8)
	for name, margins := range map[string]keyhull.Margins{"bound": keyhull.MarginBound, "exact": keyhull.MarginExact} {
		b.Run(name, func(b *testing.B) { benchDecide(b, keys, keyhull.Options{Workers: 1, Margins: margins}) })
	}
}

func benchDecide(b *testing.B, keys keyhull.Keys, opt keyhull.Options) {
	var r *keyhull.Result
	for b.Loop() {
		var err error
		if r, err = keyhull.Decide(context.Background(), keys, opt); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.Counts().Unselectable()), "unselectable")
	b.ReportMetric(float64(r.Stats.Exact), "exact")
}

// BenchmarkFigure1c is the paper's Figure 1c whole: does one of n keys N(0, 1)
// of d coordinates happen to be unselectable, for d = 3 … 15, n = 3 … 60, 100
// runs each. The random numbers are part of it.
func BenchmarkFigure1c(b *testing.B) {
	for workers := 1; workers <= 2; workers++ {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			found := 0
			for b.Loop() {
				found = figure1c(b, workers)
			}
			b.ReportMetric(float64(found), "instances-unselectable")
		})
	}
}

func figure1c(b *testing.B, workers int) int {
	cells := make(chan [2]int, 13*58)
	for d := 3; d <= 15; d++ {
		for n := 3; n <= 60; n++ {
			cells <- [2]int{n, d}
		}
	}
	close(cells)
	var wg sync.WaitGroup
	counts := make([]int, workers)
	for w := range workers {
		wg.Go(func() {
			var s keyhull.Solver
			x := make([]float32, 60*15)
			for cell := range cells {
				counts[w] += figureCell(b, &s, x, cell[0], cell[1])
			}
		})
	}
	wg.Wait()
	total := 0
	for _, c := range counts {
		total += c
	}
	return total
}

func figureCell(b *testing.B, s *keyhull.Solver, x []float32, n, d int) (found int) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	for range 100 {
		for i := range n * d {
			x[i] = float32(rng.NormFloat64())
		}
		_, some, err := s.AnyUnselectable(keyhull.Float32(x[:n*d], d))
		if err != nil {
			b.Error(err)
		}
		if some {
			found++
		}
	}
	return found
}

func benchGaussian(n, d int) []float32 {
	rng := rand.New(rand.NewPCG(1, uint64(d)))
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// benchLowRank mixes rank Gaussian directions and adds noise.
func benchLowRank(n, d, rank int, noise float64) []float32 {
	weights, directions, extra := benchGaussian(n, rank), benchGaussian(rank, d), benchGaussian(n, d)
	x := make([]float32, n*d)
	for i := range x {
		sum := noise * float64(extra[i])
		for k := range rank {
			sum += float64(weights[i/d*rank+k]) * float64(directions[k*d+i%d])
		}
		x[i] = float32(sum)
	}
	return x
}

func benchLattice(side int) (x []float32) {
	for i := range side * side * side {
		x = append(x, float32(i%side), float32(i/side%side), float32(i/side/side))
	}
	return x
}

// benchRows applies f to every row, in float64, and rounds.
func benchRows(x []float32, d int, f func(row []float64)) []float32 {
	row := make([]float64, d)
	for i := 0; i < len(x); i += d {
		for c := range row {
			row[c] = float64(x[i+c])
		}
		f(row)
		for c := range row {
			x[i+c] = float32(row[c])
		}
	}
	return x
}

func centre(row []float64) {
	mean := 0.0
	for _, v := range row {
		mean += v / float64(len(row))
	}
	for c := range row {
		row[c] -= mean
	}
}

func toSphere(row []float64) {
	square := 0.0
	for _, v := range row {
		square += v * v
	}
	for c := range row {
		row[c] /= math.Sqrt(square)
	}
}
