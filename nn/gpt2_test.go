package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"keyhull/norm"
)

// smallGPT2 has a kind of normalization at every place.
func smallGPT2(kind norm.Kind) GPT2 {
	place := Place{Kind: kind}
	if kind == ProjectTimes || kind == ProjectLearned {
		place.Times = 1.5
	}
	return GPT2{Vocab: 11, Context: 9, Dim: 6, Layers: 2, Heads: 3, Hidden: 5, Eps: 1e-5, Norm1: place, Norm2: place, NormF: place, QKNorm: norm.None}
}

// moved returns initial values, all moved away from 0, 1 and one another.
func moved[T norm.Float](shape GPT2, seed uint64) *GPT2Params[T] {
	p := NewGPT2Params[T](shape)
	p.Init(seed)
	for i, v := range draw(seed, len(p.Flat)) {
		p.Flat[i] += T(0.3 * v)
	}
	return p
}

func randomTokens(seed uint64, n, vocab int) (tokens []int32) {
	rng := rand.New(rand.NewPCG(seed, 8))
	for range n {
		tokens = append(tokens, rng.Int32N(int32(vocab)))
	}
	return tokens
}

// variants are shapes that differ from one another in each of their parts.
func variants() map[string]GPT2 {
	all := map[string]GPT2{}
	for _, kind := range PlaceNorms() {
		all[string(kind)] = smallGPT2(kind)
	}
	for _, kind := range []norm.Kind{norm.RMSNorm, norm.LayerNorm} {
		s := smallGPT2(norm.LayerNorm)
		s.Norm1, s.QKNorm = Place{Kind: norm.Project}, kind
		s.Dim, s.Heads = 8, 2
		all["qk-"+string(kind)] = s
	}
	dropout := smallGPT2(norm.LayerNorm)
	dropout.Dropout = 0.3
	all["dropout"] = dropout
	return all
}

func TestGPT2Gradients(t *testing.T) {
	for name, shape := range variants() {
		t.Run(name, func(t *testing.T) {
			m := &GPT2Tokens[float64]{Params: moved[float64](shape, 3), Length: 7, Key: 5}
			tokens := randomTokens(4, 2*m.Length, shape.Vocab)
			loss := func() float64 { return m.Forward(tokens) }
			loss()
			grads := NewGPT2Params[float64](shape)
			for range 2 { // adds, so twice the gradient
				m.Backward(grads)
			}
			for i, tensor := range m.Params.Tensors() {
				want := differences(tensor.Data, loss)
				within(t, tensor.Name, half(grads.Tensors()[i].Data), want, 1e-7*largest(want)+1e-9)
			}
		})
	}
}

func TestGPT2ParamsShareFlat(t *testing.T) {
	for name, shape := range variants() {
		p, at := NewGPT2Params[float64](shape), 0.0
		for _, tensor := range p.Tensors() {
			for i := range tensor.Data {
				tensor.Data[i] = at
				at++
			}
		}
		for i, v := range p.Flat {
			if v != float64(i) {
				t.Fatalf("%s: Flat[%d] is not in its tensor", name, i)
			}
		}
	}
	paper := GPT2{Vocab: 50257, Context: 1024, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Eps: 1e-5,
		Norm1: Place{Kind: norm.LayerNorm}, Norm2: Place{Kind: norm.LayerNorm}, NormF: Place{Kind: norm.LayerNorm}, QKNorm: norm.None}
	if n := len(NewGPT2Params[float32](paper).Flat); n != 413752 { // as transformers counts them
		t.Errorf("the paper's model has %d parameters", n)
	}
}

func TestGPT2Init(t *testing.T) {
	shape := smallGPT2(norm.DyT)
	shape.Vocab, shape.Context, shape.Dim, shape.Heads, shape.Hidden, shape.QKNorm = 300, 200, 32, 4, 64, norm.RMSNorm
	shape.NormF = Place{Kind: ProjectLearned, Times: 7}
	p := NewGPT2Params[float64](shape)
	Fill(p.Flat, 9)
	p.Init(5)
	for _, tensor := range p.Tensors() {
		name, want := tensor.Name, 0.0
		switch {
		case len(tensor.Shape) == 2:
			want = 0.02
			if strings.HasSuffix(name, "c_proj.weight") {
				want = 0.01 // two layers
			}
			std := math.Sqrt(dot(tensor.Data, tensor.Data) / float64(len(tensor.Data)))
			if math.Abs(std-want) > 5*want/math.Sqrt(2*float64(len(tensor.Data))) {
				t.Errorf("%s: std %v, want %v", name, std, want)
			}
			continue
		case strings.HasSuffix(name, "weight"):
			want = 1
		case strings.HasSuffix(name, "alpha"):
			want = 0.5
		case strings.HasSuffix(name, "scale"):
			want = 7
		}
		for _, v := range tensor.Data {
			if v != want {
				t.Fatalf("%s begins at %v, want %v", name, v, want)
			}
		}
	}
	shape.Norm1 = Place{Kind: norm.None}
	other := NewGPT2Params[float64](shape)
	other.Init(5)
	within(t, "the same with another norm", other.Layers[1].Linear2, p.Layers[1].Linear2, 0)
}

func TestGPT2Trained(t *testing.T) {
	for _, c := range []struct {
		kind   norm.Kind
		frozen bool
		still  []string // ends of the names of what is not trained
	}{
		{norm.LayerNorm, false, nil},
		{norm.LayerNorm, true, []string{"ln_1.weight", "ln_1.bias", "c_attn.bias"}},
		{norm.DyT, true, []string{"ln_1.weight", "ln_1.bias", "c_attn.bias"}},
		{ProjectLearned, true, []string{"c_attn.bias"}},
		{norm.Project, true, []string{"c_attn.bias"}},
	} {
		shape := smallGPT2(c.kind)
		shape.Frozen = c.frozen
		p, grads := moved[float32](shape, 1), moved[float32](shape, 2)
		before := moved[float32](shape, 1)
		adam := NewAdamW[float32](len(p.Flat), p.Trained(), 0.5)
		adam.Step(p.Flat, grads.Flat, 0.1)
		for i, tensor := range p.Tensors() {
			still := false
			for _, end := range c.still {
				still = still || strings.HasSuffix(tensor.Name, end)
			}
			was, g := before.Tensors()[i].Data, grads.Tensors()[i].Data
			for k, v := range tensor.Data {
				want := float64(was[k])
				if !still && len(tensor.Shape) == 2 {
					want *= 1 - 0.1*0.5
				}
				if !still {
					want -= 0.1 * float64(g[k]) / (math.Abs(float64(g[k])) + 1e-8)
				}
				if math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf("%s %v: %s[%d] went from %v to %v, want %v", c.kind, c.frozen, tensor.Name, k, was[k], v, want)
				}
			}
		}
	}
}

func TestClipNorm(t *testing.T) {
	grads, spans := []float64{3, 100, 4}, []Span{{From: 0, To: 1}, {From: 2, To: 3}}
	if got := ClipNorm(grads, spans, 10); got != 5 || grads[0] != 3 {
		t.Errorf("norm %v, gradients %v", got, grads)
	}
	ClipNorm(grads, spans, 1)
	within(t, "clipped", grads, []float64{0.6, 100, 0.8}, 1e-6)
}

func TestLinearWarmup(t *testing.T) {
	for step, want := range map[int]float64{0: 0, 5: 1, 10: 2, 55: 1, 100: 0, 120: 0} {
		if got := LinearWarmup(2, step, 10, 100); got != want {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

func TestGPT2Check(t *testing.T) {
	for name, spoil := range map[string]func(g *GPT2){
		"vocab": func(g *GPT2) { g.Vocab = 1 }, "context": func(g *GPT2) { g.Context = 1 }, "layers": func(g *GPT2) { g.Layers = 0 },
		"dim": func(g *GPT2) { g.Dim = 0 }, "hidden": func(g *GPT2) { g.Hidden = 0 }, "heads": func(g *GPT2) { g.Heads = 4 },
		"no heads": func(g *GPT2) { g.Heads = 0 }, "dropout": func(g *GPT2) { g.Dropout = 1 }, "eps": func(g *GPT2) { g.Eps = math.NaN() },
		"norm": func(g *GPT2) { g.Norm2.Kind = norm.QKNorm }, "qk": func(g *GPT2) { g.QKNorm = norm.DyT }, "qk unset": func(g *GPT2) { g.QKNorm = "" },
		"times": func(g *GPT2) { g.NormF.Times = 2 }, "no times": func(g *GPT2) { g.Norm1 = Place{Kind: ProjectTimes} },
	} {
		g := smallGPT2(norm.LayerNorm)
		if g.Check() != nil {
			t.Fatal(g.Check())
		}
		spoil(&g)
		if g.Check() == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// TestGPT2Dropout: each place is dropped at the rate, by itself, and anew in
// every sequence and step.
func TestGPT2Dropout(t *testing.T) {
	shape := smallGPT2(norm.None)
	shape.Dropout = 0.25
	seen := map[uint64]bool{}
	for _, key := range []uint64{1, 2} {
		d := shape.drop(key)
		for sequence := range 3 {
			for layer := range shape.Layers {
				for place := range dropWeights + shape.Heads {
					drop := d.at(sequence, layer, place)
					if seen[drop.Key] || drop.P != 0.25 {
						t.Fatalf("dropout of sequence %d, layer %d, place %d: %+v", sequence, layer, place, drop)
					}
					seen[drop.Key] = true
				}
			}
		}
	}
	if d := shape.drop(0).at(0, 0, 0); d.P != 0 {
		t.Errorf("key 0 drops %v", d.P)
	}
	p := moved[float64](shape, 3)
	tokens := randomTokens(4, 16, shape.Vocab)
	loss := func(key uint64) float64 {
		return (&GPT2Tokens[float64]{Params: p, Length: 8, Key: key}).Forward(tokens)
	}
	if loss(1) == loss(2) || loss(1) == loss(0) || loss(1) != loss(1) {
		t.Errorf("losses %v, %v and without dropout %v", loss(1), loss(2), loss(0))
	}
}

// States do not depend on what comes later.
func TestGPT2StatesAreCausal(t *testing.T) {
	p := moved[float64](smallGPT2(norm.LayerNorm), 6)
	tokens := randomTokens(7, 9, p.Shape.Vocab)
	whole := p.States(tokens)
	for n := 1; n < 9; n++ {
		part := p.States(tokens[:n])
		within(t, fmt.Sprint("last states of ", n), part.AfterF, whole.AfterF[:n*p.Shape.Dim], 0)
		within(t, "keys", part.Keys[1][2], whole.Keys[1][2][:n*p.Shape.Width()], 0)
	}
}
