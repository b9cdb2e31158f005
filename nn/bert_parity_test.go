package nn

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"keyhull/norm"
)

// bertGolden is a golden of a BERT classifier.
type bertGolden struct {
	golden
	shape     Bert
	sentences [][]int
	labels    []int
	rows      []int // of (batch,length) that are no padding
}

// plainBert is a BERT with the same normalization everywhere.
func plainBert(place Place) Bert {
	return Bert{Vocab: 257, Positions: 64, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Labels: 2, Eps: 1e-12,
		EmbeddingNorm: place, AttentionNorm: place, OutputNorm: place}
}

func readBertGolden(g golden) bertGolden {
	_, variant, _ := strings.Cut(filepath.Base(g.file.Path), "bert_d8_")
	variant, _, _ = strings.Cut(variant, "_seed")
	kind, known := map[string]norm.Kind{"LN": norm.LayerNorm, "NO_LN": norm.None}[variant]
	if !known {
		g.t.Fatalf("unknown variant %s", variant)
	}
	b := bertGolden{golden: g, shape: plainBert(Place{Kind: kind}), labels: g.ints("labels")}
	b.shape.Hidden = g.array("w.bert.encoder.layer.0.intermediate.dense.weight").Shape[0]
	tokens, mask := g.ints("input_ids"), g.ints("attention_mask")
	length := g.array("input_ids").Shape[1]
	for i := range b.labels {
		var sentence []int
		for at := i * length; at < (i+1)*length && mask[at] == 1; at++ {
			sentence = append(sentence, tokens[at])
			b.rows = append(b.rows, at)
		}
		b.sentences = append(b.sentences, sentence)
	}
	return b
}

// states reads a tensor (batch,length,d) without the rows of padding.
func (b bertGolden) states(name string) (out []float64) {
	b.t.Helper()
	all := b.values(name)
	for _, r := range b.rows {
		out = append(out, row(all, r, b.shape.Dim)...)
	}
	return out
}

// bertParams reads the tensors prefix+name.
func bertParams[T norm.Float](b bertGolden, prefix string) *BertParams[T] {
	b.t.Helper()
	p := NewBertParams[T](b.shape)
	setTensors(b.golden, prefix, p.Tensors())
	return p
}

// checkBertGradient holds the loss and every gradient against those in float64.
func checkBertGradient[T norm.Float](b bertGolden, f func(p, grads *BertParams[T]) float64, lossTolerance, tolerance float64) {
	b.t.Helper()
	p, grads := bertParams[T](b, "w."), NewBertParams[T](b.shape)
	near(b.t, "loss", []float64{f(p, grads)}, b.values("loss64"), lossTolerance)
	for _, tensor := range grads.Tensors() {
		want := b.values("grad64." + tensor.Name)
		if strings.HasSuffix(tensor.Name, "self.key.bias") { // truly 0: a constant added to all keys cancels
			within(b.t, "gradient of "+tensor.Name, wide(tensor.Data), want, tolerance*0.1)
			continue
		}
		near(b.t, "gradient of "+tensor.Name, wide(tensor.Data), want, tolerance)
	}
}

// checkBertSteps takes three steps of AdamW, but does not look at numbers whose
// true gradient is so near 0 (key biases: 0) that it is noise in float32, which
// Adam turns into steps of full size.
func checkBertSteps(b bertGolden, f func(p, grads *BertParams[float32]) float64) {
	b.t.Helper()
	p, grads := bertParams[float32](b, "w."), NewBertParams[float32](b.shape)
	adam := NewAdamW[float32](len(p.Flat), p.Trained(), 0)
	for step, want := range b.values("adamw3.losses") {
		near(b.t, fmt.Sprint("loss of step ", step), []float64{f(p, grads)}, []float64{want}, 2e-6)
		adam.Step(p.Flat, grads.Flat, LinearWarmup(1e-3, step, 0, 10))
	}
	for _, tensor := range p.Tensors() {
		got, want, slope := wide(tensor.Data), b.values("adamw3."+tensor.Name), b.values("grad64."+tensor.Name)
		for i, g := range slope {
			if g != 0 && math.Abs(g) < 1e-7 {
				got[i] = want[i]
			}
		}
		if !strings.HasSuffix(tensor.Name, "self.key.bias") {
			within(b.t, "after 3 steps "+tensor.Name, got, want, 5e-6)
		}
	}
}

// plainBertLoss returns the loss and gradients of the plain form on b's batch.
func plainBertLoss[T norm.Float](b bertGolden) func(p, grads *BertParams[T]) float64 {
	return func(p, grads *BertParams[T]) float64 {
		clear(grads.Flat)
		model := BertTokens[T]{Params: p}
		loss := model.Forward(b.sentences, b.labels)
		model.Backward(grads)
		return loss
	}
}

func TestParityBERT(t *testing.T) {
	parityFiles(t, "bert_d8_*.safetensors", func(t *testing.T, g golden) {
		b := readBertGolden(g)
		checkBertGradient(b, plainBertLoss[float32](b), 1e-6, 1e-5)
		checkBertGradient(b, plainBertLoss[float64](b), 1e-12, 1e-12)
		checkBertSteps(b, plainBertLoss[float32](b))
	})
}

func TestParityBERTStates(t *testing.T) {
	parityFiles(t, "bert_d8_*.safetensors", func(t *testing.T, g golden) {
		b := readBertGolden(g)
		model := BertTokens[float64]{Params: bertParams[float64](b, "w.")}
		model.Forward(b.sentences, b.labels)
		near(t, "logits", model.Logits, g.values("logits"), 1e-5) // the file's are float32
		for i, hidden := range model.Hidden {
			name := fmt.Sprint("hidden", i)
			near(t, name, hidden, b.states(name), 1e-5)
		}
	})
}

// TestCurveOfBERT holds 200 steps against transformers': files of
// bench/curve_bert.py. Where the gradient jumps on the way, rounding grows; there
// PyTorch's own numbers in float32 are 0.004 from those in float64.
func TestCurveOfBERT(t *testing.T) {
	parityFiles(t, "curve_bert_d8_*.safetensors", func(t *testing.T, g golden) {
		b := readBertGolden(g)
		engine, grads, p := NewBertLanes(b.shape, 1), NewBertParams[float32](b.shape), bertParams[float32](b, "w.")
		all, labels := asInt32(b.sentences, b.labels)
		losses, norms := takeSteps(g, p.Flat, grads.Flat, p.Trained(), func(step, steps int) float64 {
			batch := len(all) / steps
			return engine.Loss(p, all[step*batch:][:batch], labels[step*batch:][:batch], grads, 0).Loss
		})
		within(t, "losses", losses, g.values("curve"), 1e-4)
		within(t, "norms", norms, g.values("norms"), 0.1)
	})
}
