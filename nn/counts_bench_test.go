package nn

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// BenchmarkMajorityStep is one step of the paper's task: 6,000 sequences of 50
// tokens, forward, backward and Adam. GFLOP/s count the matrix products only;
// the peak is that of fused products in registers, on as many cores.
func BenchmarkMajorityStep(b *testing.B) {
	shape := Majority{Classes: 20, Dim: 8, Hidden: 8, Norm: norm.LayerNorm}
	rng := rand.New(rand.NewPCG(55, 1))
	counts, labels := benchCounts(rng, 80_000, 50, 20)
	var batch []int32
	for range 6000 {
		batch = append(batch, rng.Int32N(80_000))
	}
	peaks := map[string]float64{}
	for _, level := range vec.Levels() {
		back := vec.Use(level)
		peaks[level] = vec.Peak()
		back()
		for workers := 1; workers <= min(8, runtime.GOMAXPROCS(0)); workers *= 2 {
			b.Run(fmt.Sprintf("%s/workers=%d", level, workers), func(b *testing.B) {
				defer vec.Use(level)()
				engine, grad := NewMajorityCounts(shape, len(batch), workers), NewMajorityParams[float32](shape)
				p, adam := NewMajorityParams[float32](shape), NewAdam[float32](len(grad.Flat))
				p.Init(1)
				var stats MajorityStats
				for b.Loop() {
					stats = engine.Loss(p, counts, labels, batch, grad)
					adam.Step(p.Flat, grad.Flat, 1e-3)
				}
				rate := float64(stats.Items*stepFlops(shape)) * float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate/1e9, "GFLOP/s")
				if peak := peaks[level]; peak > 0 {
					b.ReportMetric(100*rate/(peak*float64(workers)), "%peak")
				}
			})
		}
	}
}

// stepFlops counts the products and sums of the matrix products for an item,
// forward and backward, and none of the rest.
func stepFlops(s Majority) int {
	c, d, f := s.Classes, s.Dim, s.Hidden
	return 2 * (2*c*(d+1) + 3*c*d + 3*f*(d+1) + 3*d*(f+1))
}

// benchCounts returns sequences with as many classes present as the paper's
// task has on average.
func benchCounts(rng *rand.Rand, sequences, length, classes int) (counts, labels []uint16) {
	counts = make([]uint16, sequences*classes)
	for i := range sequences {
		c := row(counts, i, classes)
		order, left := rng.Perm(classes), length
		for _, k := range order[:2+rng.IntN(classes-4)] {
			n := min(left, 1+rng.IntN(max(1, left/3)))
			c[k] = uint16(n)
			left -= n
		}
		c[order[0]] += uint16(left)
		labels = append(labels, uint16(slices.Index(c, slices.Max(c))))
	}
	return counts, labels
}
