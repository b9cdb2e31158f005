package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// countsOf returns the counts (batch,classes) of tokens (batch,length), and
// labels and all row numbers in the form that MajorityCounts takes.
func countsOf(tokens, labels []int, length, classes int) (counts, label []uint16, batch []int32) {
	counts = make([]uint16, len(labels)*classes)
	for i, t := range tokens {
		counts[i/length*classes+t]++
	}
	for i, l := range labels {
		label, batch = append(label, uint16(l)), append(batch, int32(i))
	}
	return counts, label, batch
}

func TestParityCounts(t *testing.T) {
	parityFiles(t, "majority_*.safetensors", func(t *testing.T, g golden) {
		m := readMajority(g)
		counts, labels, batch := countsOf(m.tokens, m.labels, m.length, m.shape.Classes)
		engine := NewMajorityCounts(m.shape, len(batch), 2)
		loss := func(p, grads *MajorityParams[float32]) float64 {
			return engine.Loss(p, counts, labels, batch, grads).Loss
		}
		checkGradient(m, loss, 1e-6)
		checkAdam(m, loss)
		tables := engine.Tables(goldenParams[float32](m, "w."))
		near(t, "keys", tables.Keys, g.values("class_keys"), 1e-6)
		near(t, "queries", tables.Queries, g.values("class_queries"), 1e-6)
	})
}

// randomTask returns parameters away from their initial values and random
// sequences.
func randomTask(rng *rand.Rand, shape Majority, batch, length int) (p *MajorityParams[float32], tokens, labels []int) {
	p = NewMajorityParams[float32](shape)
	for i := range p.Flat {
		p.Flat[i] = float32(rng.NormFloat64())
	}
	for range batch {
		present := 1 + rng.IntN(shape.Classes)
		for range length {
			tokens = append(tokens, rng.IntN(present))
		}
		labels = append(labels, rng.IntN(shape.Classes))
	}
	return p, tokens, labels
}

// checkCounts holds stats and gradients of the count form against the plain
// one in float64.
func checkCounts(t *testing.T, p *MajorityParams[float32], tokens, labels []int, length int, tolerance float64) {
	t.Helper()
	exact := NewMajorityParams[float64](p.Shape)
	copy(exact.Flat, wide(p.Flat))
	model := MajorityTokens[float64]{Params: exact, Heads: 1, Length: length}
	want := NewMajorityParams[float64](p.Shape)
	loss := model.Forward(tokens, labels)
	model.Backward(want, nil)

	counts, label, batch := countsOf(tokens, labels, length, p.Shape.Classes)
	engine, grad := NewMajorityCounts(p.Shape, len(batch), 2), NewMajorityParams[float32](p.Shape)
	stats := engine.Loss(p, counts, label, batch, grad)
	within(t, "loss", []float64{stats.Loss}, []float64{loss}, tolerance*max(0.1, loss))
	for i, tensor := range grad.Tensors() {
		exact := want.Tensors()[i].Data
		within(t, tensor.Name, wide(tensor.Data), exact, tolerance*max(0.1, largest(exact))) // softmax less 1 cancels
	}
	expect := statsOf(model.Logits, tokens, labels, length, p.Shape.Classes)
	expect.Loss = stats.Loss
	if stats != expect {
		t.Errorf("%+v, want %+v", stats, expect)
	}
	if alone := engine.Loss(p, counts, label, batch, nil); alone != stats {
		t.Errorf("without gradient %+v, with it %+v", alone, stats)
	}
}

func statsOf(logits []float64, tokens, labels []int, length, classes int) MajorityStats {
	s := MajorityStats{Tokens: len(tokens), Sequences: len(labels)}
	for i, label := range labels {
		right, seen := 0, map[int]bool{}
		for at := i * length; at < (i+1)*length; at++ {
			l := row(logits, at, classes)
			if l[label] == slices.Max(l) {
				right++
			}
			seen[tokens[at]] = true
		}
		s.TokensRight += right
		s.Items += len(seen)
		if right == length {
			s.SequencesRight++
		}
	}
	return s
}

func TestCountsAgreeWithTokens(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 1))
	for _, kind := range MajorityNorms() {
		for _, shape := range []Majority{{20, 8, 8, kind}, {10, 3, 3, kind}, {5, 6, 11, kind}, {2, 4, 1, kind}, {33, 17, 5, kind}} {
			t.Run(fmt.Sprintf("%s_%d_%d_%d", kind, shape.Classes, shape.Dim, shape.Hidden), func(t *testing.T) {
				for _, batch := range []int{1, 67} {
					p, tokens, labels := randomTask(rng, shape, batch, 12)
					if kind == norm.None || kind == norm.Project || kind == norm.DyT {
						for i := range p.InProj {
							p.InProj[i] *= 0.3 // scores of a usual size
						}
					}
					checkCounts(t, p, tokens, labels, 12, 2e-5)
				}
			})
		}
	}
}

// TestCountsWithoutUnderflow: scores so far apart that the tables of all
// classes would underflow for sequences that lack the best one.
func TestCountsWithoutUnderflow(t *testing.T) {
	rng := rand.New(rand.NewPCG(52, 1))
	shape := Majority{Classes: 6, Dim: 8, Hidden: 8, Norm: norm.LayerNorm}
	p, tokens, labels := randomTask(rng, shape, 67, 12)
	wq, _, _ := projections(p)
	for i := range wq {
		wq[i] *= 30
	}
	engine := NewMajorityCounts(shape, 67, 1)
	engine.Tables(p)
	if !slices.Contains(engine.tables.wide, true) || slices.Min(engine.tables.attention) > 0x1p-149 {
		t.Fatalf("no table underflows: %v", slices.Min(engine.tables.attention))
	}
	checkCounts(t, p, tokens, labels, 12, 2e-4)
}

// TestCountsWorkers: the bits do not depend on the number of workers, nor on
// what the engine did before.
func TestCountsWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 1))
	shape := Majority{Classes: 20, Dim: 8, Hidden: 8, Norm: norm.LayerNorm}
	p, tokens, labels := randomTask(rng, shape, 1500, 50)
	counts, label, batch := countsOf(tokens, labels, 50, 20)
	var want *MajorityParams[float32]
	var wantStats MajorityStats
	for _, workers := range []int{1, 2, 3, 8, 100} {
		engine := NewMajorityCounts(shape, 20_000, workers)
		for range 2 {
			grad := NewMajorityParams[float32](shape)
			engine.Loss(p, counts, label, batch[:100], grad)
			stats := engine.Loss(p, counts, label, batch, grad)
			if want == nil {
				want, wantStats = grad, stats
			}
			if stats != wantStats || !slices.Equal(grad.Flat, want.Flat) {
				t.Errorf("%d workers: %+v, want %+v, or another gradient", workers, stats, wantStats)
			}
		}
	}
}

// TestCountsLevels holds each level of the kernels against the generic one:
// with logits that need no maximum taken off before their exponentials, and
// with others.
func TestCountsLevels(t *testing.T) {
	rng := rand.New(rand.NewPCG(54, 1))
	for _, classes := range []int{2, 20, 33} {
		for _, size := range []float32{1, 8} {
			shape := Majority{Classes: classes, Dim: 8, Hidden: 8, Norm: norm.Scale}
			p, tokens, labels := randomTask(rng, shape, 600, 50)
			for i := range p.Emb {
				p.Emb[i] *= size
			}
			counts, label, batch := countsOf(tokens, labels, 50, classes)
			gradient := func(level string) (MajorityStats, []float64) {
				defer vec.Use(level)()
				grad := NewMajorityParams[float32](shape)
				return NewMajorityCounts(shape, 600, 2).Loss(p, counts, label, batch, grad), wide(grad.Flat)
			}
			want, wantGrad := gradient("generic")
			if size > 1 && want.Loss < 70 { // 100 bits
				t.Errorf("%d classes, size %g: logits are small, the loss is %g", classes, size, want.Loss)
			}
			for _, level := range vec.Levels() {
				stats, grad := gradient(level)
				near(t, level+" gradient", grad, wantGrad, 2e-5*float64(size))
				if math.Abs(stats.Loss-want.Loss) > 1e-6*want.Loss || stats.Items != want.Items || stats.Tokens != want.Tokens {
					t.Errorf("%s, %d classes, size %g: %+v, want %+v", level, classes, size, stats, want)
				}
			}
		}
	}
}

func TestCountsPanics(t *testing.T) {
	shape := Majority{Classes: 2, Dim: 3, Hidden: 3, Norm: norm.None}
	p, engine := NewMajorityParams[float32](shape), NewMajorityCounts(shape, 2, 1)
	counts, labels := []uint16{1, 2, 3, 4}, []uint16{1, 1}
	for name, call := range map[string]func(){
		"classes": func() { NewMajorityCounts(Majority{Classes: 1}, 2, 1) },
		"workers": func() { NewMajorityCounts(shape, 2, 0) },
		"empty":   func() { engine.Loss(p, counts, labels, nil, nil) },
		"large":   func() { engine.Loss(p, counts, labels, []int32{0, 1, 0}, nil) },
		"row":     func() { engine.Loss(p, counts, labels, []int32{2}, nil) },
		"label":   func() { engine.Loss(p, counts, []uint16{1, 2}, []int32{1}, nil) },
		"counts":  func() { engine.Loss(p, counts[:3], labels, []int32{1}, nil) },
		"shape": func() {
			engine.Loss(NewMajorityParams[float32](Majority{3, 3, 3, norm.None}), counts, labels, []int32{1}, nil)
		},
		"grad norm": func() {
			engine.Loss(p, counts, labels, []int32{1}, NewMajorityParams[float32](Majority{2, 3, 3, norm.Scale}))
		},
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

// TestCurveOfCounts holds 200 steps against PyTorch's: files of bench/curve.py.
func TestCurveOfCounts(t *testing.T) {
	parityFiles(t, "curve_majority_*.safetensors", func(t *testing.T, g golden) {
		m, want := readMajority(g), g.values("curve")
		counts, labels, batch := countsOf(m.tokens, m.labels, m.length, m.shape.Classes)
		engine, grads, p := NewMajorityCounts(m.shape, len(batch), 1), NewMajorityParams[float32](m.shape), goldenParams[float32](m, "w.")
		adam, worst := NewAdam[float32](len(p.Flat)), 0.0
		for step, loss := range want {
			worst = max(worst, math.Abs(engine.Loss(p, counts, labels, batch, grads).Loss-loss))
			adam.Step(p.Flat, grads.Flat, LinearDecay(1e-3, step, 140_000))
		}
		if t.Logf("%d losses within %.1e", len(want), worst); worst > 1e-5 || len(want) < 200 {
			t.Errorf("%d losses, off by %g", len(want), worst)
		}
	})
}
