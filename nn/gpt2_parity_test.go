package nn

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhull/norm"
	"keyhull/weights"
)

// gpt2Golden is a golden of the language model.
type gpt2Golden struct {
	golden
	shape  GPT2
	length int
	tokens []int32 // (batch,length)
}

func readGPT2Golden(g golden) gpt2Golden {
	wte, wpe, ids := g.array("w.transformer.wte.weight").Shape, g.array("w.transformer.wpe.weight").Shape, g.array("input_ids").Shape
	m := gpt2Golden{golden: g, length: ids[len(ids)-1]}
	for _, id := range g.ints("input_ids") {
		m.tokens = append(m.tokens, int32(id))
	}
	layers := 0
	for _, t := range g.file.Tensors {
		if strings.HasPrefix(t.Name, "w.") && strings.HasSuffix(t.Name, "ln_2.weight") {
			layers++
		}
	}
	m.shape = GPT2{Vocab: wte[0], Context: wpe[0], Dim: wte[1], Layers: layers, Heads: 4, Hidden: g.array("w.transformer.h.0.mlp.c_fc.weight").Shape[1],
		Eps: 1e-5, Norm1: Place{Kind: norm.LayerNorm}, Norm2: Place{Kind: norm.LayerNorm}, NormF: Place{Kind: norm.LayerNorm}, QKNorm: norm.None}
	_, variant, _ := strings.Cut(filepath.Base(g.file.Path), "gpt2_d8_")
	variant, _, _ = strings.Cut(variant, "_seed")
	switch variant {
	case "LN":
	case "FROZEN_LN1":
		m.shape.Frozen = true
	case "PROJECT_ONLY":
		m.shape.Frozen, m.shape.Norm1 = true, Place{Kind: norm.Project}
	default:
		g.t.Fatalf("unknown variant %s", variant)
	}
	return m
}

func (m gpt2Golden) blocks() (blocks [][]int32) {
	return slices.Collect(slices.Chunk(m.tokens, m.length))
}

func gpt2Params[T norm.Float](m gpt2Golden, prefix string) *GPT2Params[T] {
	m.t.Helper()
	p := NewGPT2Params[T](m.shape)
	setTensors(m.golden, prefix, p.Tensors())
	return p
}

// trained reports whether a file has a gradient of the tensor.
func (m gpt2Golden) trained(name string) bool {
	return slices.ContainsFunc(m.file.Tensors, func(t weights.Info) bool { return t.Name == "grad64."+name })
}

type gpt2Loss[T norm.Float] func(p, grads *GPT2Params[T]) (loss float64)

func plainGPT2[T norm.Float](m gpt2Golden) gpt2Loss[T] {
	return func(p, grads *GPT2Params[T]) float64 {
		clear(grads.Flat)
		model := GPT2Tokens[T]{Params: p, Length: m.length}
		loss := model.Forward(m.tokens)
		model.Backward(grads)
		return loss
	}
}

// checkGPT2Gradient holds the loss and every gradient against those in float64.
func checkGPT2Gradient[T norm.Float](m gpt2Golden, f gpt2Loss[T], tolerance float64) {
	m.t.Helper()
	p, grads := gpt2Params[T](m, "w."), NewGPT2Params[T](m.shape)
	near(m.t, "loss", []float64{f(p, grads)}, m.values("loss64"), min(tolerance, 1e-6))
	for _, tensor := range grads.Tensors() {
		if m.trained(tensor.Name) {
			near(m.t, "gradient of "+tensor.Name, wide(tensor.Data), m.values("grad64."+tensor.Name), tolerance)
		}
	}
}

// checkGPT2Steps takes three steps of AdamW.
func checkGPT2Steps(m gpt2Golden, f gpt2Loss[float32]) {
	m.t.Helper()
	p, grads := gpt2Params[float32](m, "w."), NewGPT2Params[float32](m.shape)
	adam := NewAdamW[float32](len(p.Flat), p.Trained(), 0)
	for step, want := range m.values("adamw3.losses") {
		near(m.t, fmt.Sprint("loss of step ", step), []float64{f(p, grads)}, []float64{want}, 2e-6)
		adam.Step(p.Flat, grads.Flat, LinearWarmup(1e-3, step, 0, 10))
	}
	for _, tensor := range p.Tensors() {
		if !m.trained(tensor.Name) {
			near(m.t, "frozen "+tensor.Name, wide(tensor.Data), m.values("w."+tensor.Name), 0)
			continue
		}
		got, want := wide(tensor.Data), m.values("adamw3."+tensor.Name)
		if d := m.shape.Dim; strings.HasSuffix(tensor.Name, "c_attn.bias") { // that of keys has gradient 0, so its steps are noise
			got, want = slices.Delete(got, d, 2*d), slices.Delete(want, d, 2*d)
		}
		within(m.t, tensor.Name, got, want, 5e-6)
	}
}

func TestParityGPT2(t *testing.T) {
	parityFiles(t, "gpt2_d8_*.safetensors", func(t *testing.T, g golden) {
		m := readGPT2Golden(g)
		checkGPT2Gradient(m, plainGPT2[float64](m), 1e-11)
		checkGPT2Gradient(m, plainGPT2[float32](m), 1e-5)
		checkGPT2Steps(m, plainGPT2[float32](m))
	})
}

func TestParityGPT2States(t *testing.T) {
	parityFiles(t, "gpt2_d8_*.safetensors", func(t *testing.T, g golden) {
		m := readGPT2Golden(g)
		p := gpt2Params[float32](m, "w.")
		model := GPT2Tokens[float32]{Params: p, Length: m.length}
		model.Forward(m.tokens)
		var first []float64 // logits of the first four positions of each sequence
		for b := range len(m.tokens) / m.length {
			first = append(first, wide(row(model.Logits, b, m.length*m.shape.Vocab)[:4*m.shape.Vocab])...)
		}
		near(t, "logits", first, m.values("logits_first4"), 1e-5)
		for i, class := range m.ints("logits_argmax") {
			if l := row(model.Logits, i, m.shape.Vocab); l[class] < slices.Max(l)-1e-4 {
				t.Errorf("position %d: token %d, want %d", i, slices.Index(l, slices.Max(l)), class)
			}
		}
		checkGPT2States(m, p.States)
	})
}

// checkGPT2States holds the states of each sequence against the file's.
func checkGPT2States(m gpt2Golden, states func(tokens []int32) GPT2States[float32]) {
	size := m.length * m.shape.Dim
	for b, block := range m.blocks() {
		s := states(block)
		for i := range m.shape.Layers {
			near(m.t, "before ln_1", wide(s.Before[i]), m.values(fmt.Sprintf("h%d.before_ln_1", i))[b*size:][:size], 1e-5)
			near(m.t, "after ln_1", wide(s.After[i]), m.values(fmt.Sprintf("h%d.after_ln_1", i))[b*size:][:size], 1e-5)
		}
		near(m.t, "before ln_f", wide(s.BeforeF), m.values("before_ln_f")[b*size:][:size], 1e-5)
		near(m.t, "after ln_f", wide(s.AfterF), m.values("after_ln_f")[b*size:][:size], 1e-5)
	}
}

// TestCurveOfGPT2 holds 200 steps against transformers': files of
// bench/curve_gpt2.py.
func TestCurveOfGPT2(t *testing.T) {
	parityFiles(t, "curve_gpt2_d8_*.safetensors", func(t *testing.T, g golden) {
		m := readGPT2Golden(g)
		engine, grads, p := NewGPT2Lanes(m.shape, 1), NewGPT2Params[float32](m.shape), gpt2Params[float32](m, "w.")
		blocks := m.blocks()
		losses, norms := takeSteps(g, p.Flat, grads.Flat, p.Trained(), func(step, steps int) float64 {
			batch := len(blocks) / steps
			return engine.Loss(p, blocks[step*batch:][:batch], grads, 0).Loss
		})
		within(t, "losses", losses, g.values("curve"), 1e-5)
		within(t, "norms", norms, g.values("norms"), 1e-4)
	})
}
