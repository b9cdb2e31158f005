package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// asInt32 returns a batch in the form that BertLanes takes.
func asInt32(sentences [][]int, labels []int) (batch [][]int32, out []int32) {
	for i, sentence := range sentences {
		tokens := make([]int32, len(sentence))
		for j, t := range sentence {
			tokens[j] = int32(t)
		}
		batch, out = append(batch, tokens), append(out, int32(labels[i]))
	}
	return batch, out
}

func TestParityBERTLanes(t *testing.T) {
	parityFiles(t, "bert_d8_*.safetensors", func(t *testing.T, g golden) {
		b := readBertGolden(g)
		engine := NewBertLanes(b.shape, 2)
		batch, labels := asInt32(b.sentences, b.labels)
		loss := func(p, grads *BertParams[float32]) float64 { return engine.Loss(p, batch, labels, grads, 0).Loss }
		checkBertGradient(b, loss, 1e-6, 2e-5)
		checkBertSteps(b, loss)
	})
}

// checkBertLanes holds stats and gradients against the plain form in float64.
func checkBertLanes(t *testing.T, p *BertParams[float32], sentences [][]int, labels []int, key uint64, tolerance float64) {
	t.Helper()
	exact := NewBertParams[float64](p.Shape)
	copy(exact.Flat, wide(p.Flat))
	model, want := BertTokens[float64]{Params: exact, Key: key}, NewBertParams[float64](p.Shape)
	loss := model.Forward(sentences, labels)
	model.Backward(want)
	right := 0
	for i, label := range labels {
		if l := row(model.Logits, i, p.Shape.Labels); l[label] == slices.Max(l) {
			right++
		}
	}
	engine, grad := NewBertLanes(p.Shape, 2), NewBertParams[float32](p.Shape)
	Fill(grad.Flat, 7) // is set, not added to
	batch, label := asInt32(sentences, labels)
	stats := engine.Loss(p, batch, label, grad, key)
	within(t, "loss", []float64{stats.Loss}, []float64{loss}, tolerance*max(0.1, loss))
	if stats.Examples != len(labels) || stats.Right != right {
		t.Errorf("%+v, want %d right of %d", stats, right, len(labels))
	}
	if again := engine.Loss(p, batch, label, nil, key); again != stats {
		t.Errorf("without gradient %+v, with %+v", again, stats)
	}
	top := largest(want.Flat)
	for i, tensor := range want.Tensors() {
		within(t, tensor.Name, wide(grad.Tensors()[i].Data), tensor.Data, tolerance*max(largest(tensor.Data), 1e-2*top))
	}
}

func TestBertLanesAgreeWithTokens(t *testing.T) {
	for _, place := range places() {
		for _, shape := range []Bert{
			smallBert(place),
			{Vocab: 50, Positions: 40, Dim: 8, Layers: 2, Heads: 4, Hidden: 100, Labels: 2, Eps: 1e-12, EmbeddingNorm: place, AttentionNorm: place, OutputNorm: place},
			{Vocab: 9, Positions: 5, Dim: 3, Layers: 1, Heads: 1, Hidden: 1, Labels: 2, Eps: 1e-5, EmbeddingNorm: place, AttentionNorm: place, OutputNorm: place},
		} {
			for _, n := range []int{1, 20} {
				t.Run(fmt.Sprintf("%s_%d_%d", place.Kind, shape.Dim, n), func(t *testing.T) {
					shape.Dropout = 0.1
					p := movedBert[float32](shape, uint64(n))
					sentences, labels := drawSentences(rand.New(rand.NewPCG(uint64(n), 5)), shape, n, min(30, shape.Positions))
					checkBertLanes(t, p, sentences, labels, 0, 1e-4)
					checkBertLanes(t, p, sentences, labels, 11, 1e-4)
				})
			}
		}
	}
}

// TestBertLanesWorkers: the bits do not depend on the number of workers, nor on
// what the engine did before.
func TestBertLanesWorkers(t *testing.T) {
	shape := plainBert(Place{Kind: norm.None})
	shape.Dropout, shape.Hidden = 0.1, 300
	p := movedBert[float32](shape, 3)
	rng := rand.New(rand.NewPCG(6, 5))
	sentences, labels := drawSentences(rng, shape, 32, 40)
	batch, label := asInt32(sentences, labels)
	var want *BertParams[float32]
	var wantStats BertStats
	for _, workers := range []int{1, 2, 3, 4, 100} {
		engine := NewBertLanes(shape, workers)
		for range 2 {
			grad := NewBertParams[float32](shape)
			engine.Loss(p, batch[:3], label[:3], grad, 4)
			stats := engine.Loss(p, batch, label, grad, 5)
			if want == nil {
				want, wantStats = grad, stats
			}
			if stats != wantStats || !slices.Equal(grad.Flat, want.Flat) {
				t.Errorf("%d workers: %+v, want %+v, or another gradient", workers, stats, wantStats)
			}
		}
	}
}

// TestBertLanesLevels holds each level of the kernels against the generic one.
func TestBertLanesLevels(t *testing.T) {
	shape := plainBert(Place{Kind: norm.LayerNorm})
	shape.Dropout, shape.Hidden = 0.1, 100
	p := movedBert[float32](shape, 3)
	sentences, labels := drawSentences(rand.New(rand.NewPCG(7, 5)), shape, 13, 40)
	batch, label := asInt32(sentences, labels)
	gradient := func(level string) (BertStats, []float64) {
		defer vec.Use(level)()
		grad := NewBertParams[float32](shape)
		return NewBertLanes(shape, 2).Loss(p, batch, label, grad, 9), wide(grad.Flat)
	}
	want, wantGrad := gradient("generic")
	for _, level := range vec.Levels() {
		stats, grad := gradient(level)
		near(t, level+" gradient", grad, wantGrad, 2e-5)
		near(t, level+" loss", []float64{stats.Loss}, []float64{want.Loss}, 1e-6)
		if stats.Right != want.Right {
			t.Errorf("%s: %+v, want %+v", level, stats, want)
		}
	}
}

// States are those of the plain form, also where the engine was at other things.
func TestBertLanesStates(t *testing.T) {
	for _, place := range places() {
		p := movedBert[float32](smallBert(place), 3)
		p.Shape.Dropout = 0.3
		sentences, labels := drawSentences(rand.New(rand.NewPCG(8, 5)), p.Shape, 6, p.Shape.Positions)
		batch, label := asInt32(sentences, labels)
		engine := NewBertLanes(p.Shape, 2)
		engine.Loss(p, batch, label, NewBertParams[float32](p.Shape), 1)
		for _, sentence := range batch {
			got, want := engine.States(p, sentence), p.States(sentence)
			for i, hidden := range want.Hidden {
				near(t, fmt.Sprint("hidden ", i), wide(got.Hidden[i]), wide(hidden), 1e-5)
			}
			for i := range want.Keys {
				for h := range want.Keys[i] {
					near(t, "queries", wide(got.Queries[i][h]), wide(want.Queries[i][h]), 1e-5)
					near(t, "keys", wide(got.Keys[i][h]), wide(want.Keys[i][h]), 1e-5)
					near(t, "values", wide(got.Values[i][h]), wide(want.Values[i][h]), 1e-5)
				}
			}
		}
	}
}

func TestBertLanesPanics(t *testing.T) {
	shape := smallBert(Place{Kind: norm.None})
	p, engine := NewBertParams[float32](shape), NewBertLanes(shape, 1)
	other := shape
	other.Hidden++
	one := [][]int32{{1}}
	for name, call := range map[string]func(){
		"workers":  func() { NewBertLanes(shape, 0) },
		"shape":    func() { NewBertLanes(Bert{}, 1) },
		"params":   func() { engine.Loss(NewBertParams[float32](other), one, []int32{0}, nil, 0) },
		"gradient": func() { engine.Loss(p, one, []int32{0}, NewBertParams[float32](other), 0) },
		"no batch": func() { engine.Loss(p, nil, nil, nil, 0) },
		"labels":   func() { engine.Loss(p, one, []int32{0, 1}, nil, 0) },
		"label":    func() { engine.Loss(p, one, []int32{3}, nil, 0) },
		"token":    func() { engine.Loss(p, [][]int32{{11}}, []int32{0}, nil, 0) },
		"negative": func() { engine.Loss(p, [][]int32{{-1}}, []int32{0}, nil, 0) },
		"empty":    func() { engine.Loss(p, [][]int32{{}}, []int32{0}, nil, 0) },
		"long":     func() { engine.States(p, make([]int32, 8)) },
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

func TestBertCuts(t *testing.T) {
	for _, c := range []struct {
		lengths, want []int
	}{
		{[]int{5}, []int{0, 0, 1, 1, 1}}, {[]int{3, 3, 3, 3}, []int{0, 1, 2, 3, 4}}, {[]int{1, 1, 1, 1, 8, 1, 1, 1, 1}, []int{0, 4, 5, 5, 9}},
		{[]int{2, 2, 2, 2, 2, 2, 2, 2}, []int{0, 2, 4, 6, 8}},
	} {
		var batch [][]int32
		for _, n := range c.lengths {
			batch = append(batch, make([]int32, n))
		}
		if got := cutByTokens(batch, 4); !slices.Equal(got, c.want) {
			t.Errorf("%v: cut at %v, want %v", c.lengths, got, c.want)
		}
	}
}
