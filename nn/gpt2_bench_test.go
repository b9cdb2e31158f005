package nn

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// paperGPT2 is the paper's language model.
func paperGPT2(dropout float64) GPT2 {
	layerNorm := Place{Kind: norm.LayerNorm}
	return GPT2{Vocab: 50257, Context: 1024, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Dropout: dropout, Eps: 1e-5,
		Norm1: layerNorm, Norm2: layerNorm, NormF: layerNorm, QKNorm: norm.None, Frozen: true}
}

// BenchmarkGPT2Step is one step of the paper's language model: 16 sequences of
// 1,024 tokens, forward, backward, clipping and AdamW, with and without
// dropout; and its loss alone. The peak is that of fused products in registers,
// on as many cores; that of memory, where the system tells it, is the process's.
func BenchmarkGPT2Step(b *testing.B) {
	peak := vec.Peak()
	for _, c := range []struct {
		name    string
		dropout float64
		train   bool
	}{{"dropout=0.1", 0.1, true}, {"dropout=0", 0, true}, {"loss", 0, false}} {
		for workers := 1; workers <= min(8, runtime.GOMAXPROCS(0)); workers *= 2 {
			b.Run(fmt.Sprintf("%s/%s/workers=%d", vec.Level(), c.name, workers), func(b *testing.B) {
				shape := paperGPT2(c.dropout)
				batch := slices.Collect(slices.Chunk(randomTokens(1, 16*1024, shape.Vocab), 1024))
				engine, p, grad := NewGPT2Lanes(shape, workers), NewGPT2Params[float32](shape), NewGPT2Params[float32](shape)
				p.Init(1)
				adam, step := NewAdamW[float32](len(p.Flat), p.Trained(), 0), uint64(0)
				for b.Loop() {
					step++
					if !c.train {
						engine.Loss(p, batch, nil, 0)
						continue
					}
					engine.Loss(p, batch, grad, step)
					ClipNorm(grad.Flat, adam.Spans, 1)
					adam.Step(p.Flat, grad.Flat, 5e-5)
				}
				seconds := b.Elapsed().Seconds() / float64(b.N)
				b.ReportMetric(float64(len(batch)*1024)/seconds, "tokens/s")
				if kib := peakMemory(); kib > 0 {
					b.ReportMetric(kib/1024, "peak-MiB")
				}
				if peak > 0 {
					b.ReportMetric(100*gpt2Flops(shape, len(batch), 1024, c.train)/(seconds*peak*float64(workers)), "%peak")
				}
			})
		}
	}
}

// peakMemory returns the largest memory of this process so far in KiB, 0 if the
// system is not Linux.
func peakMemory() (kib float64) {
	status, _ := os.ReadFile("/proc/self/status")
	if _, line, ok := strings.Cut(string(status), "VmHWM:"); ok {
		fmt.Sscan(line, &kib)
	}
	return kib
}

// gpt2Flops counts the fused products of the output matrix and of attention, two
// operations each, the five of an exponential too, and none of the rest.
func gpt2Flops(s GPT2, batch, length int, train bool) float64 {
	words := float64(batch*(length-1)) * float64(s.Vocab)
	pairs := float64(batch*s.Layers*s.Heads) * float64(length*(length+1)/2)
	w, exp := float64(s.Width()), 5.0
	flops := words*(float64(2*s.Dim)+exp) + pairs*(2*w+exp)
	if train {
		flops += words*(float64(2*s.Dim)+exp) + pairs*(3*w+exp+4*w+exp)
	}
	return 2 * flops
}
