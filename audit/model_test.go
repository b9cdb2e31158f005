package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	"keyhull"
	"keyhull/nn"
)

// A tiny model in memory: 2 layers of 4 heads on 2 heads of keys, RMSNorm, RoPE.

const (
	llamaDim, llamaHeads, llamaKeys, llamaWidth, llamaHidden, llamaVocab = 6, 4, 2, 4, 8, 11
)

var llamaShapes = map[string][]int{
	"model.embed_tokens.weight": {llamaVocab, llamaDim}, "model.norm.weight": {llamaDim},
}

func newLlama(t *testing.T) *nn.Model {
	m, _ := newTiny(t, "llama", nil)
	return m
}

// newTiny makes one of a kind, whose layers have more tensors than Llama's.
func newTiny(t *testing.T, kind string, more map[string][]int) (*nn.Model, llamaSource) {
	shapes := maps.Clone(llamaShapes)
	for i := range 2 {
		p := fmt.Sprintf("model.layers.%d.", i)
		for name, shape := range map[string][]int{"self_attn.q_proj": {llamaHeads * llamaWidth, llamaDim}, "self_attn.k_proj": {llamaKeys * llamaWidth, llamaDim},
			"self_attn.v_proj": {llamaKeys * llamaWidth, llamaDim}, "self_attn.o_proj": {llamaDim, llamaHeads * llamaWidth}, "mlp.gate_proj": {llamaHidden, llamaDim},
			"mlp.up_proj": {llamaHidden, llamaDim}, "mlp.down_proj": {llamaDim, llamaHidden}, "input_layernorm": {llamaDim}, "post_attention_layernorm": {llamaDim}} {
			shapes[p+name+".weight"] = shape
		}
		for name, shape := range more {
			shapes[p+name] = shape
		}
	}
	s := llamaSource{kind: kind, shapes: shapes, tensors: map[string][]float32{}}
	r := newDraws(81)
	for _, name := range s.Names() {
		n := 1
		for _, size := range shapes[name] {
			n *= size
		}
		s.tensors[name] = r.normals(n, 1)
	}
	m, err := nn.LoadModel(s)
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

// llamaSource is where newLlama's weights come from.
type llamaSource struct {
	kind    string
	shapes  map[string][]int
	tensors map[string][]float32
}

func (s llamaSource) Names() []string                     { return slices.Sorted(maps.Keys(s.shapes)) }
func (s llamaSource) Shape(name string) []int             { return s.shapes[name] }
func (s llamaSource) Read(name string) ([]float32, error) { return slices.Clone(s.tensors[name]), nil }
func (s llamaSource) Metadata() map[string]any            { return nil }

func (s llamaSource) Config() map[string]any {
	number := func(n int) json.Number { return json.Number(fmt.Sprint(n)) }
	return map[string]any{"model_type": s.kind, "vocab_size": number(llamaVocab), "hidden_size": number(llamaDim), "num_hidden_layers": number(2),
		"num_attention_heads": number(llamaHeads), "num_key_value_heads": number(llamaKeys), "head_dim": number(llamaWidth),
		"intermediate_size": number(llamaHidden), "rms_norm_eps": json.Number("1e-5"), "tie_word_embeddings": true}
}

var llamaText = []int{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4}

// TestText holds what Text finds against Analyze and Decide on the numbers that
// the model's own run shows.
func TestText(t *testing.T) {
	m, ctx := newLlama(t), context.Background()
	opt := TextOptions{Options: Options{Workers: 2}, Stages: Stages, Keys: true, Reach: true}
	got, err := Text(ctx, m, llamaText, opt, func() {})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Run(ctx, llamaText, 1, func(layer int, s *nn.Stage) error {
		for head := range llamaKeys {
			size := s.N * s.Width
			h := Head{N: s.N, Width: s.Width, QueryHeads: 2, Scale: s.Scale, Causal: true,
				Keys: s.Keys[head*size : (head+1)*size], Queries: s.Queries[2*head*size : 2*(head+1)*size]}
			want, err := Analyze(ctx, h, Options{})
			if err != nil {
				t.Fatal(err)
			}
			found := got.Layers[layer].Heads[head]
			if found.Head != head || !slices.Equal(found.Verdicts, want.Verdicts) || !reflect.DeepEqual(found.Life, want.Life) || !reflect.DeepEqual(found.Attained, want.Attained) {
				t.Errorf("layer %d, head %d: other results than of its keys", layer, head)
			}
			if len(found.Reach) != 2 {
				t.Errorf("layer %d, head %d: %d query heads have a map", layer, head, len(found.Reach))
			}
		}
		stage := got.Layers[layer].Stages
		if names := []string{stage[0].Stage, stage[1].Stage, stage[2].Stage}; len(stage) != 3 || !slices.Equal(names, []string{BeforeNorm, Scaled, AfterNorm}) {
			t.Errorf("layer %d: stages %v", layer, stage)
		}
		for i, x := range map[int][]float32{0: s.BeforeNorm, 2: s.AfterNorm} {
			want, err := keyhull.Decide(ctx, keyhull.Float32(x, s.Dim), keyhull.Options{})
			if err != nil || stage[i].Counts.Unselectable() != want.Counts().Unselectable() {
				t.Errorf("layer %d, %s: %+v, want %+v", layer, stage[i].Stage, stage[i].Counts, want.Counts())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	opt.Workers = 1
	if alone, err := Text(ctx, m, llamaText, opt, func() {}); err != nil || !reflect.DeepEqual(alone, got) {
		t.Errorf("one worker finds something else: %v", err)
	}
	opt.Layers, opt.Heads, opt.Stages, opt.Reach = []int{1}, []int{0}, nil, false
	one, err := Text(ctx, m, llamaText, opt, func() {})
	if err != nil || len(one.Layers) != 1 || one.Layers[0].Layer != 1 || len(one.Layers[0].Heads) != 1 || one.Layers[0].Stages != nil {
		t.Errorf("layer 1, head 0 alone: %+v, %v", one, err)
	}
	if _, err := Text(ctx, m, []int{llamaVocab}, opt, func() {}); err == nil {
		t.Error("a token that the model lacks passes")
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := Text(ended, m, llamaText, opt, func() {}); err != context.Canceled {
		t.Errorf("ended: %v", err)
	}
}

func TestSummary(t *testing.T) {
	m := newLlama(t)
	var tally Tally
	var shares []float64
	var same Comparison
	for _, ids := range [][]int{llamaText, llamaText[:12], llamaText[5:]} {
		r, err := Text(context.Background(), m, ids, TextOptions{Stages: []string{AfterNorm}, Keys: true}, func() {})
		if err != nil {
			t.Fatal(err)
		}
		tally.Add(r)
		shares = append(shares, float64(r.Layers[0].Heads[1].Counts.Unselectable())/float64(len(ids)))
		same.Add(r, r)
	}
	s := tally.Summary()
	mean := (shares[0] + shares[1] + shares[2]) / 3
	var square float64
	for _, x := range shares {
		square += (x - mean) * (x - mean) / 2
	}
	half := 4.302652729911275 * math.Sqrt(square/3) // Student's t, 2 degrees of freedom
	got := s.Heads[1].Unselectable
	if s.Heads[1].Layer != 0 || s.Heads[1].Head != 1 || math.Abs(got.Mean-mean) > 1e-12 || math.Abs(got.High-mean-half) > 1e-9 || math.Abs(mean-half-got.Low) > 1e-9 {
		t.Errorf("%+v, want %g ± %g of %v", s.Heads[1], mean, half, shares)
	}
	keys := 0
	for _, w := range s.Words {
		keys += w.Keys
	}
	if s.Texts != 3 || s.Tokens != 47 || len(s.Stages) != 2 || len(s.Heads) != 4 || keys != 4*47 {
		t.Errorf("%d texts, %d tokens, %d stages, %d heads, %d keys", s.Texts, s.Tokens, len(s.Stages), len(s.Heads), keys)
	}
	if len(same.Heads) != 4 || same.Heads[3] != (Change{Layer: 1, Head: 1, Keys: 47}) || len(same.Flips) > 0 {
		t.Errorf("nothing changed, but %+v", same)
	}
}
