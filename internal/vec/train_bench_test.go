package vec

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// benchShare is benchLevels for a number of fused products on all of two cores:
// it reports their share of what these cores can do.
func benchShare(b *testing.B, name string, products int, body func()) {
	for l := detect(); l >= generic; l-- {
		b.Run(name+"/"+l.String(), func(b *testing.B) {
			defer Use(l.String())()
			peak := 2 * Peak()
			for b.Loop() {
				body()
			}
			if l > generic {
				b.ReportMetric(200*float64(products)*float64(b.N)/b.Elapsed().Seconds()/peak, "%FMA")
			}
		})
	}
}

// inHalves runs body on two halves of n at once.
func inHalves(n int, body func(from, n int)) {
	var wait sync.WaitGroup
	half := n / 2
	wait.Go(func() { body(0, half) })
	body(half, n-half)
	wait.Wait()
}

// BenchmarkHead is GPT-2's head of width 8 on two cores, both passes, over
// 16,384 positions and 50,257 words: 21 products for each pair.
func BenchmarkHead(b *testing.B) {
	const positions, words, d = 16384, 50257, 8
	r := rand.New(rand.NewPCG(1, 1))
	x, e := randomRows(r, d, positions), randomRows(r, d, words)
	accX, accE := NewRows(d+1, positions), NewRows(d+1, words)
	tableX, tableE, bias := make([]float32, positions*d), make([]float32, words*d), make([]float32, positions)
	for i := range tableX {
		tableX[i] = x.Row(i % d)[i/d]
	}
	for i := range tableE {
		tableE[i] = e.Row(i % d)[i/d]
	}
	benchShare(b, "d=8", 2*(2*d+5)*positions*words, func() {
		inHalves(positions, func(c, n int) { SoftmaxSums(accX.Right(c), x.Right(c), tableE, nil, d, n) })
		inHalves(words, func(c, n int) { SoftmaxSums(accE.Right(c), e.Right(c), tableX, bias, d, n) })
	})
}

// BenchmarkCausal is the attention of GPT-2 with 4 layers of 4 heads of width 2,
// on two cores, for 16 sequences of 1024: 38 products for each pair of
// positions, forward and backward.
func BenchmarkCausal(b *testing.B) {
	const heads, n = 4 * 4 * 16, 1024
	r := rand.New(rand.NewPCG(1, 1))
	for name, p := range map[string]float32{"plain": 0, "dropout": 0.1} {
		two := [2]*head{newHead(r, 2, n, Drop{1, p}), newHead(r, 2, n, Drop{1, p})}
		benchShare(b, name, 38*heads*n*n/2, func() {
			inHalves(heads, func(from, count int) {
				for range count {
					two[min(from, 1)].run()
				}
			})
		})
	}
}

// BenchmarkLayer runs the kernels that walk along rows, on one core; the numbers
// are those of a step's pass over a layer.
func BenchmarkLayer(b *testing.B) {
	const n, d, hidden = 16384, 8, 32
	r := rand.New(rand.NewPCG(1, 1))
	x, y, z, rstd := randomRows(r, hidden, n), randomRows(r, hidden, n), randomRows(r, hidden, n), make([]float32, n)
	benchLevels(b, "LayerNorm", 0, func() {
		LayerNormForward(y, rstd, x, d, n, 1e-5)
		LayerNormBackward(z, x, y, rstd, d, n, true)
	})
	benchLevels(b, "Gelu", 0, func() {
		GeluForward(y, x, hidden, n)
		GeluBackward(z, y, x, hidden, n)
	})
	benchLevels(b, "Dropout", 0, func() { Dropout(z, x, d, n, Drop{1, 0.1}, 0, true) })
}
