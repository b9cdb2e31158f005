package nn

import (
	"math/rand/v2"
	"runtime"
	"testing"

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

// BenchmarkBertStep is a step of training on 32 sentences: loss and gradient
// alone, and AdamW alone.
func BenchmarkBertStep(b *testing.B) {
	shape := sst2Bert(norm.None)
	p, grad := NewBertParams[float32](shape), NewBertParams[float32](shape)
	p.Init(1)
	rng := rand.New(rand.NewPCG(1, 1))
	var batches [][][]int32
	var labels [][]int32
	tokens := 0
	for range 16 {
		batch, label := sst2Batch(rng, shape, 32)
		batches, labels = append(batches, batch), append(labels, label)
		for _, sentence := range batch {
			tokens += len(sentence)
		}
	}
	adam := NewAdamW[float32](len(p.Flat), p.Trained(), 0)
	for _, level := range vec.Levels() {
		engine := NewBertLanes(shape, runtime.GOMAXPROCS(0))
		b.Run(level+"/loss", func(b *testing.B) {
			defer vec.Use(level)()
			for i := 0; b.Loop(); i++ {
				engine.Loss(p, batches[i%16], labels[i%16], grad, uint64(i+1))
			}
			b.ReportMetric(float64(tokens)/16, "tokens")
		})
		b.Run(level+"/adam", func(b *testing.B) {
			defer vec.Use(level)()
			for b.Loop() {
				adam.Step(p.Flat, grad.Flat, 1e-6)
			}
		})
	}
}
