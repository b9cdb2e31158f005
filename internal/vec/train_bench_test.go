package vec

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// BenchmarkHead is GPT-2's head of width 8 on two cores: both passes of SoftmaxSums
// over 16,384 positions and 50,257 words, counting the fused products.
func BenchmarkHead(b *testing.B) {
	const positions, words, d = 16384, 50257, 8
	r := rand.New(rand.NewPCG(1, 1))
	x, e := randomRows(r, d, positions), randomRows(r, d, words)
	accX, accE := NewRows(d+1, positions), NewRows(d+1, words)
	tableX, tableE := make([]float32, positions*d), make([]float32, words*d)
	for i := range tableX {
		tableX[i] = x.Row(i % d)[i/d]
	}
	for i := range tableE {
		tableE[i] = e.Row(i % d)[i/d]
	}
	bias := make([]float32, positions)
	benchLevels(b, "d=8", 2*2*(2*d+5)*positions*words, func() {
		inHalves(positions, func(c, n int) { SoftmaxSums(accX.Right(c), x.Right(c), tableE, nil, d, n) })
		inHalves(words, func(c, n int) { SoftmaxSums(accE.Right(c), e.Right(c), tableX, bias, d, n) })
	})
}

// inHalves runs body on two halves of n columns at once.
func inHalves(n int, body func(from, n int)) {
	var wait sync.WaitGroup
	half := n / 2
	wait.Go(func() { body(0, half) })
	body(half, n-half)
	wait.Wait()
}

func BenchmarkPeak(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(Peak()/1e9, "GFLOP/s")
	}
}
