package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keyhull/norm"
)

// places are a Place of every kind.
func places() (all []Place) {
	for _, kind := range PlaceNorms() {
		place := Place{Kind: kind}
		if kind == ProjectTimes || kind == ProjectLearned {
			place.Times = 1.5
		}
		all = append(all, place)
	}
	return all
}

// smallBert is a shape with a different norm at each kind of place, of which
// the first is given.
func smallBert(place Place) Bert {
	all := places()
	at := slices.Index(all, place)
	return Bert{Vocab: 11, Positions: 7, Dim: 6, Layers: 2, Heads: 3, Hidden: 5, Labels: 3, Eps: 1e-5,
		EmbeddingNorm: place, AttentionNorm: all[(at+1)%len(all)], OutputNorm: all[(at+2)%len(all)]}
}

// movedBert returns parameters away from where training begins, of a size that
// keeps that of hidden states.
func movedBert[T norm.Float](shape Bert, seed uint64) *BertParams[T] {
	p := NewBertParams[T](shape)
	p.Init(seed)
	for _, tensor := range p.Tensors() {
		by := 0.3
		if len(tensor.Shape) == 2 {
			by = 0.8 / math.Sqrt(float64(tensor.Shape[1]))
		}
		for i, v := range draw(seed+uint64(len(tensor.Name)), len(tensor.Data)) {
			tensor.Data[i] += T(by * v)
		}
	}
	return p
}

// drawSentences returns sentences of 1 to longest tokens, and labels.
func drawSentences(rng *rand.Rand, shape Bert, n, longest int) (sentences [][]int, labels []int) {
	for range n {
		sentence := make([]int, 1+rng.IntN(longest))
		for i := range sentence {
			sentence[i] = 1 + rng.IntN(shape.Vocab-1)
		}
		sentences, labels = append(sentences, sentence), append(labels, rng.IntN(shape.Labels))
	}
	return sentences, labels
}

func TestBertGradients(t *testing.T) {
	for _, place := range places() {
		t.Run(string(place.Kind), func(t *testing.T) {
			p := movedBert[float64](smallBert(place), 3)
			sentences, labels := drawSentences(rand.New(rand.NewPCG(5, 5)), p.Shape, 4, p.Shape.Positions)
			p.Shape.Dropout = 0.3
			model := &BertTokens[float64]{Params: p, Key: 7}
			loss := func() float64 { return model.Forward(sentences, labels) }
			loss()
			grads := NewBertParams[float64](p.Shape)
			for range 2 { // adds, so twice the gradient
				model.Backward(grads)
			}
			for i, tensor := range p.Tensors() {
				want := differences(tensor.Data, loss)
				within(t, tensor.Name, half(grads.Tensors()[i].Data), want, 1e-8+1e-6*largest(want))
			}
		})
	}
}

// The row of padding has no gradient even where a sentence holds it.
func TestBertPadding(t *testing.T) {
	p := movedBert[float64](smallBert(Place{Kind: norm.LayerNorm}), 4)
	model, grads := &BertTokens[float64]{Params: p}, NewBertParams[float64](p.Shape)
	model.Forward([][]int{{1, 0, 2}}, []int{1})
	model.Backward(grads)
	if d := p.Shape.Dim; largest(grads.Words[:d]) != 0 || largest(grads.Words[d:2*d]) == 0 {
		t.Errorf("gradients %v of padding, %v of piece 1", grads.Words[:d], grads.Words[d:2*d])
	}
}

// Sentences of a batch do not see each other.
func TestBertSentencesApart(t *testing.T) {
	p := movedBert[float64](smallBert(Place{Kind: norm.LayerNorm}), 4)
	sentences, labels := drawSentences(rand.New(rand.NewPCG(6, 5)), p.Shape, 5, p.Shape.Positions)
	together, alone, loss := &BertTokens[float64]{Params: p}, &BertTokens[float64]{Params: p}, 0.0
	want := together.Forward(sentences, labels)
	for i := range sentences {
		loss += alone.Forward(sentences[i:i+1], labels[i:i+1]) / float64(len(labels))
		within(t, "logits", alone.Logits, row(together.Logits, i, p.Shape.Labels), 0)
	}
	within(t, "loss", []float64{loss}, []float64{want}, 1e-14)
}

func TestBertInit(t *testing.T) {
	shape := smallBert(Place{Kind: norm.LayerNorm})
	shape.Vocab = 4000
	start := NewBertParams[float64](shape)
	start.Init(9)
	mean, std := MeanStd(start.Words[shape.Dim:], slices.Repeat([]float64{1}, len(start.Words)-shape.Dim))
	if math.Abs(mean) > 1e-3 || math.Abs(std-0.02) > 1e-3 || largest(start.Words[:shape.Dim]) != 0 {
		t.Errorf("embeddings have mean %v, std %v; padding %v", mean, std, start.Words[:shape.Dim])
	}
	for _, place := range places() {
		other := shape
		other.EmbeddingNorm, other.AttentionNorm, other.OutputNorm = place, place, place
		p := NewBertParams[float64](other)
		p.Init(9)
		want := map[string][]float64{}
		for _, tensor := range start.Tensors() {
			want[tensor.Name] = tensor.Data
		}
		for _, tensor := range p.Tensors() {
			switch {
			case len(tensor.Shape) == 2 && !slices.Equal(tensor.Data, want[tensor.Name]):
				t.Errorf("%s: %s begins elsewhere than with layernorm", place.Kind, tensor.Name)
			case len(tensor.Shape) == 2 && tensor.Data[len(tensor.Data)-1] == 0:
				t.Errorf("%s: %s is 0", place.Kind, tensor.Name)
			}
		}
		l := p.Layers[1].OutputNorm
		for name, c := range map[string]struct {
			got  []float64
			want float64
		}{"gain": {l.Gain, 1}, "shift": {l.Shift, 0}, "alpha": {l.Alpha, 0.5}, "scale": {l.Scale, place.Times}, "bias": {p.PoolerBias, 0}} {
			for _, v := range c.got {
				if v != c.want {
					t.Errorf("%s: %s begins at %v, want %v", place.Kind, name, v, c.want)
				}
			}
		}
	}
}

func TestBertParamsShareFlat(t *testing.T) {
	for _, place := range places() {
		p := NewBertParams[float32](plainBert(place))
		at, seen := 0, map[string]bool{}
		for _, tensor := range p.Tensors() {
			if seen[tensor.Name] {
				t.Errorf("%s twice", tensor.Name)
			}
			seen[tensor.Name] = true
			for i := range tensor.Data {
				tensor.Data[i] = float32(at)
				at++
			}
		}
		for i, v := range p.Flat {
			if v != float32(i) {
				t.Fatalf("%s: Flat[%d] is not in its tensor", place.Kind, i)
			}
		}
		learned := map[norm.Kind]int{norm.LayerNorm: 16, norm.RMSNorm: 8, norm.DyT: 17, ProjectLearned: 1}[place.Kind]
		// Embeddings, four layers, pooler and classifier, nine norms.
		if want := 8*(257+64+2) + 4*(4*72+9*32+32*8+8) + 72 + 18 + 9*learned; at != want || len(p.Flat) != want {
			t.Errorf("%s has %d parameters, want %d", place.Kind, at, want)
		}
	}
}

func TestBertCheck(t *testing.T) {
	good := plainBert(Place{Kind: norm.LayerNorm})
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(b *Bert){
		"vocab": func(b *Bert) { b.Vocab = 0 }, "positions": func(b *Bert) { b.Positions = 0 }, "layers": func(b *Bert) { b.Layers = 0 },
		"hidden": func(b *Bert) { b.Hidden = 0 }, "heads": func(b *Bert) { b.Heads = 3 }, "no heads": func(b *Bert) { b.Heads = 0 },
		"dim": func(b *Bert) { b.Dim = -4 }, "labels": func(b *Bert) { b.Labels = 1 }, "dropout": func(b *Bert) { b.Dropout = 1 },
		"dropout NaN": func(b *Bert) { b.Dropout = math.NaN() }, "eps": func(b *Bert) { b.Eps = -1 },
		"kind":  func(b *Bert) { b.EmbeddingNorm.Kind = norm.QKNorm },
		"times": func(b *Bert) { b.AttentionNorm = Place{Kind: ProjectTimes} },
		"NaN":   func(b *Bert) { b.OutputNorm = Place{Kind: ProjectLearned, Times: math.NaN()} },
		"extra": func(b *Bert) { b.OutputNorm.Times = 2 },
	} {
		bad := good
		spoil(&bad)
		if bad.Check() == nil {
			t.Errorf("%s: %+v passes", name, bad)
		}
	}
}

func TestBertPanics(t *testing.T) {
	p := NewBertParams[float64](smallBert(Place{Kind: norm.LayerNorm}))
	model := BertTokens[float64]{Params: p}
	for name, call := range map[string]func(){
		"shape":  func() { NewBertParams[float64](Bert{}) },
		"empty":  func() { model.Forward([][]int{{}}, []int{0}) },
		"long":   func() { model.Forward([][]int{make([]int, 8)}, []int{0}) },
		"labels": func() { model.Forward([][]int{{1}}, nil) },
		"token":  func() { model.Forward([][]int{{11}}, []int{0}) },
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

func TestGELUErf(t *testing.T) {
	x := append(draw(1, 200), 0, -8, 8, -40, 40, 1e-30)
	for i := range 200 {
		x[i] *= 3
	}
	out, dout, dx := make([]float64, len(x)), draw(2, len(x)), make([]float64, len(x))
	weighted := func() float64 {
		GELUErfForward(out, x)
		return dot(out, dout)
	}
	want := differences(x, weighted)
	GELUErfBackward(dx, dout, x)
	within(t, "slope", dx, want, 1e-7)
	GELUErfForward(out[:4], []float64{0, 1, -1, 3})
	within(t, "values", out[:4], []float64{0, 0.8413447460685429, -0.15865525393145707, 2.99595030590511}, 1e-14) // from tables of Φ
}
