package nn

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// sst2Bert is the paper's classifier: no normalization, networks as wide as
// those of BERT-base.
func sst2Bert(kind norm.Kind) Bert {
	place := Place{Kind: kind}
	return Bert{Vocab: 30522, Positions: 512, Dim: 8, Layers: 4, Heads: 4, Hidden: 3072, Labels: 2, Dropout: 0.1, Eps: 1e-12,
		EmbeddingNorm: place, AttentionNorm: place, OutputNorm: place}
}

// sst2Batch draws sentences whose lengths are spread as those of SST-2: 13
// tokens in the mean, some of 50.
func sst2Batch(rng *rand.Rand, s Bert, n int) (batch [][]int32, labels []int32) {
	for range n {
		length := min(66, 4+int(rng.ExpFloat64()*9.3))
		sentence := make([]int32, length)
		for i := range sentence {
			sentence[i] = 1 + rng.Int32N(int32(s.Vocab)-1)
		}
		sentence[0], sentence[length-1] = 101, 102
		batch, labels = append(batch, sentence), append(labels, rng.Int32N(2))
	}
	return batch, labels
}

// BenchmarkBertStep is a step of training on 32 sentences: loss, gradient,
// clipping and AdamW; and loss and gradient alone. The best of a step's times is
// given too, since neighbours disturb it least.
func BenchmarkBertStep(b *testing.B) {
	shape := sst2Bert(norm.None)
	p, grad := NewBertParams[float32](shape), NewBertParams[float32](shape)
	p.Init(1)
	rng := rand.New(rand.NewPCG(1, 1))
	var batches [][][]int32
	var labels [][]int32
	for range 16 {
		batch, label := sst2Batch(rng, shape, 32)
		batches, labels = append(batches, batch), append(labels, label)
	}
	adam := NewAdamW[float32](len(p.Flat), p.Trained(), 0)
	for _, level := range vec.Levels() {
		for workers := 1; workers <= min(4, runtime.GOMAXPROCS(0)); workers *= 2 {
			engine := NewBertLanes(shape, workers)
			loss := func(i int) { engine.Loss(p, batches[i%16], labels[i%16], grad, uint64(i+1)) }
			b.Run(fmt.Sprintf("%s/loss/workers=%d", level, workers), func(b *testing.B) { benchBert(b, level, loss) })
			b.Run(fmt.Sprintf("%s/step/workers=%d", level, workers), func(b *testing.B) {
				benchBert(b, level, func(i int) {
					loss(i)
					ClipNorm(grad.Flat, adam.Spans, 1)
					adam.Step(p.Flat, grad.Flat, 1e-6)
				})
			})
		}
	}
}

func benchBert(b *testing.B, level string, step func(i int)) {
	defer vec.Use(level)()
	best := make([]time.Duration, 16)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		step(i)
		if d := time.Since(start); i < 16 || d < best[i%16] {
			best[i%16] = d
		}
	}
	sum := time.Duration(0)
	for _, d := range best {
		sum += d
	}
	b.ReportMetric(sum.Seconds()/16*1e3, "best-ms")
}
