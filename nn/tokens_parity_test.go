package nn

import (
	"slices"
	"testing"

	"keyhull/norm"
)

// plain returns the loss and gradients of the plain form on a golden's batch.
func plain[T norm.Float](m majorityGolden) lossAndGradient[T] {
	return func(p, grads *MajorityParams[T]) float64 {
		clear(grads.Flat)
		model := MajorityTokens[T]{Params: p, Heads: 1, Length: m.length}
		loss := model.Forward(m.tokens, m.labels)
		model.Backward(grads, nil)
		return loss
	}
}

func TestParityTokens(t *testing.T) {
	parityFiles(t, "majority_*.safetensors", func(t *testing.T, g golden) {
		m := readMajority(g)
		checkGradient(m, plain[float32](m), 1e-6)
		checkGradient(m, plain[float64](m), 1e-12)
		checkAdam(m, plain[float32](m))
	})
}

func TestParityLogits(t *testing.T) {
	parityFiles(t, "majority_*.safetensors", func(t *testing.T, g golden) {
		m := readMajority(g)
		model := MajorityTokens[float32]{Params: goldenParams[float32](m, "w."), Heads: 1, Length: m.length}
		model.Forward(m.tokens, m.labels)
		logits, c := wide(model.Logits), m.shape.Classes
		near(t, "logits", logits[:8*m.length*c], g.values("logits_first8"), 1e-6)

		var statistics []float64 // of the logits of each sequence
		for i := range m.labels {
			s := row(logits, i, m.length*c)
			mean, _ := MeanStd(s, slices.Repeat([]float64{1}, len(s)))
			statistics = append(statistics, mean, slices.Min(s), slices.Max(s))
		}
		near(t, "mean, least and largest logit", statistics, g.values("logits_seq_mean_min_max"), 1e-6)
		for i, class := range g.ints("logits_argmax") {
			if l := row(logits, i, c); l[class] < slices.Max(l)-1e-5 {
				t.Errorf("position %d: class %d, want %d", i, slices.Index(l, slices.Max(l)), class)
			}
		}
	})
}

func TestParityQueries(t *testing.T) {
	parityFiles(t, "majority_*.safetensors", func(t *testing.T, g golden) {
		m := readMajority(g)
		p := goldenParams[float32](m, "w.")
		near(t, "keys", wide(p.ClassKeys()), g.values("class_keys"), 1e-6)
		near(t, "queries", wide(p.ClassQueries()), g.values("class_queries"), 1e-6)

		angles, counts := make([]float64, m.shape.Classes), make([]float64, m.shape.Classes)
		for c := range angles {
			angles[c] = AngleToOnes(row(p.ClassQueries(), c, m.shape.Dim))
		}
		for _, token := range m.tokens {
			counts[token]++
		}
		mean, std := MeanStd(angles, counts)
		within(t, "angle", []float64{mean, std}, g.values("angle_mean_std"), 1e-3)
	})
}

// PyTorch's own initial values lie within the bounds of Init, and reach them.
func TestParityBounds(t *testing.T) {
	parityFiles(t, "majority_*.safetensors", func(t *testing.T, g golden) {
		p := goldenParams[float64](readMajority(g), "w.")
		for i, u := range p.uniform() {
			if i == 3 || i == 5 {
				continue // biases, which are moved in some files
			}
			if top := largest(u.x); top > u.bound || top < 0.9*u.bound {
				t.Errorf("tensor %d: largest %v, bound %v", i, top, u.bound)
			}
		}
	})
}
