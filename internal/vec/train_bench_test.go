package vec

import (
	"math/rand/v2"
	"testing"
	"time"
)

// benchShare is benchLevels for a number of fused products: of the fastest run
// of the body, which neighbours on the machine disturb least, it reports the
// time and the share of what a core can do.
func benchShare(b *testing.B, name string, products int, body func()) {
	for l := detect(); l >= generic; l-- {
		b.Run(name+"/"+l.String(), func(b *testing.B) {
			defer Use(l.String())()
			peak, fastest := Peak(), time.Hour
			for b.Loop() {
				start := time.Now()
				body()
				fastest = min(fastest, time.Since(start))
			}
			b.ReportMetric(fastest.Seconds()*1e6, "µs-fastest")
			if l > generic {
				b.ReportMetric(200*float64(products)/fastest.Seconds()/peak, "%FMA")
			}
		})
	}
}

// BenchmarkHead is a piece of GPT-2's head of width 8: 96 positions over 50,257
// words, 21 products for each pair. A step takes both passes over 16,384
// positions: 341 such pieces.
func BenchmarkHead(b *testing.B) {
	const positions, words, d = 96, 50257, 8
	r := rand.New(rand.NewPCG(1, 1))
	x, acc := randomRows(r, d, positions), NewRows(d+1, positions)
	table := convert[float32](fill(words*d, r.NormFloat64))
	benchShare(b, "d=8", (2*d+5)*positions*words, func() { SoftmaxSums(acc, x, table, nil, d, positions) })
}

// BenchmarkCausal is a head of width 2 over 1024 positions, forward and
// backward: 38 products for each pair of positions. GPT-2 with 4 layers of 4
// heads has 256 of them in a step of 16 sequences.
func BenchmarkCausal(b *testing.B) {
	const n = 1024
	r := rand.New(rand.NewPCG(1, 1))
	for i, name := range []string{"plain", "dropout"} {
		h := newHead(r, 2, n, Drop{1, 0.1 * float32(i)})
		benchShare(b, name, 38*n*n/2, h.run)
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
