package nn

import (
	"fmt"
	"slices"
	"testing"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// checkLanes holds loss and gradients of the engine against the plain form in
// float64, for a batch of sequences of one length.
func checkLanes(t *testing.T, shape GPT2, batch, length int, key uint64, tolerance float64) {
	t.Helper()
	p, tokens := moved[float32](shape, 3), randomTokens(4, batch*length, shape.Vocab)
	exact, want := NewGPT2Params[float64](shape), NewGPT2Params[float64](shape)
	copy(exact.Flat, wide(p.Flat))
	model := GPT2Tokens[float64]{Params: exact, Length: length, Key: key}
	loss := model.Forward(tokens)
	model.Backward(want)

	engine, grad := NewGPT2Lanes(shape, 2), NewGPT2Params[float32](shape)
	blocks := slices.Collect(slices.Chunk(tokens, length))
	stats := engine.Loss(p, blocks, grad, key)
	within(t, "loss", []float64{stats.Loss}, []float64{loss}, tolerance*loss)
	if alone := engine.Loss(p, blocks, nil, key); alone != stats || stats.Tokens != batch*(length-1) {
		t.Errorf("without gradient %+v, with it %+v", alone, stats)
	}
	for i, tensor := range grad.Tensors() {
		exact := want.Tensors()[i].Data
		within(t, tensor.Name, wide(tensor.Data), exact, tolerance*max(1e-2, largest(exact)))
	}
}

func TestGPT2LanesAgree(t *testing.T) {
	for name, shape := range variants() {
		for _, dropout := range []float64{0, 0.2} {
			shape.Dropout = dropout
			t.Run(fmt.Sprint(name, "/dropout=", dropout), func(t *testing.T) {
				checkLanes(t, shape, 3, 9, 5, 5e-6)
			})
		}
	}
	many := smallGPT2(norm.LayerNorm) // of all parts that there are: words, positions, groups
	many.Vocab, many.Context = headColumns+100, 60
	t.Run("many", func(t *testing.T) { checkLanes(t, many, leastGroup+1, 60, 0, 5e-6) })
	paper := smallGPT2(norm.LayerNorm)
	paper.Vocab, paper.Context, paper.Dim, paper.Heads, paper.Hidden, paper.Dropout = 300, 100, 8, 4, 32, 0.1
	for _, length := range []int{2, 95, 96, 97, 100} {
		t.Run(fmt.Sprint("length=", length), func(t *testing.T) { checkLanes(t, paper, 2, length, 5, 5e-6) })
	}
}

func TestParityGPT2Lanes(t *testing.T) {
	parityFiles(t, "gpt2_d8_*.safetensors", func(t *testing.T, g golden) {
		m := readGPT2Golden(g)
		engine := NewGPT2Lanes(m.shape, 2)
		loss := func(p, grads *GPT2Params[float32]) float64 { return engine.Loss(p, m.blocks(), grads, 0).Loss }
		checkGPT2Gradient(m, loss, 1e-5)
		checkGPT2Steps(m, loss)
		p := gpt2Params[float32](m, "w.")
		checkGPT2States(m, func(tokens []int32) GPT2States[float32] { return engine.States(p, tokens) })
	})
}

// raggedTask is a batch of more than one group, of sequences of all lengths.
func raggedTask(shape GPT2) (p *GPT2Params[float32], batch [][]int32) {
	tokens := randomTokens(9, 1000, shape.Vocab)
	for i := range leastGroup + 5 {
		n := 2 + i*7%(shape.Context-1)
		batch, tokens = append(batch, tokens[:n]), tokens[n:]
	}
	return moved[float32](shape, 3), batch
}

// TestGPT2LanesWorkers: the bits do not depend on the number of workers, nor on
// what the engine did before.
func TestGPT2LanesWorkers(t *testing.T) {
	shape := smallGPT2(norm.LayerNorm)
	shape.Dropout, shape.Context, shape.Vocab = 0.2, 30, 2000 // three parts of words
	p, batch := raggedTask(shape)
	var want *GPT2Params[float32]
	var wantStats GPT2Stats
	for _, workers := range []int{1, 2, 3, 40} {
		engine := NewGPT2Lanes(shape, workers)
		for range 2 {
			grad := NewGPT2Params[float32](shape)
			engine.Loss(p, batch[4:7], grad, 3)
			stats := engine.Loss(p, batch, grad, 2)
			if want == nil {
				want, wantStats = grad, stats
			}
			if stats != wantStats || !slices.Equal(grad.Flat, want.Flat) {
				t.Errorf("%d workers: %+v, want %+v, or another gradient", workers, stats, wantStats)
			}
		}
	}
}

// A batch's gradient is the mean of its parts' gradients.
func TestGPT2LanesAccumulate(t *testing.T) {
	shape := smallGPT2(norm.LayerNorm)
	p, batch := raggedTask(shape)
	engine, whole, sum := NewGPT2Lanes(shape, 1), NewGPT2Params[float32](shape), make([]float64, 0)
	stats := engine.Loss(p, batch, whole, 0)
	loss, part := 0.0, NewGPT2Params[float32](shape)
	for _, tokens := range batch {
		s := engine.Loss(p, [][]int32{tokens}, part, 0)
		weight := float64(s.Tokens) / float64(stats.Tokens)
		loss += weight * s.Loss
		for i, v := range part.Flat {
			if i == len(sum) {
				sum = append(sum, 0)
			}
			sum[i] += weight * float64(v)
		}
	}
	within(t, "loss", []float64{stats.Loss}, []float64{loss}, 1e-9)
	near(t, "gradient", wide(whole.Flat), sum, 1e-6)
}

// TestGPT2LanesLargeLogits: logits beyond what the kernel's exponents hold.
func TestGPT2LanesLargeLogits(t *testing.T) {
	shape := smallGPT2(norm.LayerNorm)
	for _, shift := range []float32{150, -150} { // of all logits of a position, but for rounding
		p, tokens := moved[float32](shape, 3), randomTokens(4, 9, shape.Vocab)
		Fill(p.NormF.Gain, 0.1)
		Fill(p.NormF.Shift, 1)
		for v := range shape.Vocab {
			p.Tokens[v*shape.Dim] += shift
		}
		exact, want := NewGPT2Params[float64](shape), NewGPT2Params[float64](shape)
		copy(exact.Flat, wide(p.Flat))
		model := GPT2Tokens[float64]{Params: exact, Length: 9}
		loss := model.Forward(tokens)
		model.Backward(want)
		if top := slices.Max(model.Logits); top > -60 && top < 60 {
			t.Fatalf("largest logit %v", top)
		}
		grad := NewGPT2Params[float32](shape)
		stats := NewGPT2Lanes(shape, 1).Loss(p, [][]int32{tokens}, grad, 0)
		within(t, "loss", []float64{stats.Loss}, []float64{loss}, 1e-4)
		for i, tensor := range grad.Tensors() {
			exact := want.Tensors()[i].Data
			within(t, tensor.Name, wide(tensor.Data), exact, 1e-3*max(1e-2, largest(exact)))
		}
	}
}

// TestGPT2LanesLevels holds each level of the kernels against the generic one.
func TestGPT2LanesLevels(t *testing.T) {
	shape := smallGPT2(norm.LayerNorm)
	shape.Dim, shape.Heads, shape.Hidden, shape.Dropout, shape.Context, shape.Vocab = 8, 4, 32, 0.1, 70, 500
	p, batch := raggedTask(shape)
	gradient := func(level string) (float64, []float64) {
		defer vec.Use(level)()
		grad := NewGPT2Params[float32](shape)
		return NewGPT2Lanes(shape, 2).Loss(p, batch, grad, 4).Loss, wide(grad.Flat)
	}
	want, wantGrad := gradient("generic")
	for _, level := range vec.Levels() {
		loss, grad := gradient(level)
		within(t, level+" loss", []float64{loss}, []float64{want}, 1e-6*want)
		near(t, level+" gradient", grad, wantGrad, 1e-5)
	}
}

func TestGPT2LanesStates(t *testing.T) {
	for name, shape := range variants() {
		p, tokens := moved[float32](shape, 3), randomTokens(4, 8, shape.Vocab)
		got, want := NewGPT2Lanes(shape, 1).States(p, tokens), p.States(tokens)
		for i := range shape.Layers {
			near(t, name+" before", wide(got.Before[i]), wide(want.Before[i]), 1e-6)
			near(t, name+" after", wide(got.After[i]), wide(want.After[i]), 5e-6)
			for h := range shape.Heads {
				near(t, name+" query", wide(got.Queries[i][h]), wide(want.Queries[i][h]), 5e-6)
				near(t, name+" key", wide(got.Keys[i][h]), wide(want.Keys[i][h]), 5e-6)
				near(t, name+" value", wide(got.Values[i][h]), wide(want.Values[i][h]), 5e-6)
			}
		}
		near(t, name+" before ln_f", wide(got.BeforeF), wide(want.BeforeF), 1e-6)
		near(t, name+" after ln_f", wide(got.AfterF), wide(want.AfterF), 5e-6)
	}
}

func TestGPT2LanesPanics(t *testing.T) {
	shape := smallGPT2(norm.LayerNorm)
	other := shape
	other.Eps = 1e-6
	p, engine, tokens := NewGPT2Params[float32](shape), NewGPT2Lanes(shape, 1), []int32{1, 2, 3}
	for name, call := range map[string]func(){
		"shape":   func() { NewGPT2Lanes(GPT2{}, 1) },
		"workers": func() { NewGPT2Lanes(shape, 0) },
		"params":  func() { engine.Loss(NewGPT2Params[float32](other), [][]int32{tokens}, nil, 0) },
		"grad":    func() { engine.Loss(p, [][]int32{tokens}, NewGPT2Params[float32](other), 0) },
		"empty":   func() { engine.Loss(p, nil, nil, 0) },
		"short":   func() { engine.Loss(p, [][]int32{tokens, {1}}, nil, 0) },
		"long":    func() { engine.Loss(p, [][]int32{make([]int32, 10)}, nil, 0) },
		"token":   func() { engine.Loss(p, [][]int32{{1, 11}}, nil, 0) },
		"minus":   func() { engine.States(p, []int32{-1}) },
		"none":    func() { engine.States(p, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}
