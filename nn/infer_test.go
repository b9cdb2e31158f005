package nn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keyhull/internal/vec"
	"keyhull/weights"
)

// memorySource is a Source in memory.
type memorySource struct {
	config, metadata map[string]any
	tensors          map[string]Tensor[float32]
}

func (s *memorySource) Names() []string          { return slices.Sorted(maps.Keys(s.tensors)) }
func (s *memorySource) Config() map[string]any   { return s.config }
func (s *memorySource) Metadata() map[string]any { return s.metadata }
func (s *memorySource) Shape(name string) []int  { return s.tensors[name].Shape }

func (s *memorySource) Read(name string) ([]float32, error) {
	t, ok := s.tensors[name]
	if !ok {
		return nil, errors.New("no tensor " + name)
	}
	return slices.Clone(t.Data), nil
}

var _ Source = (*weights.Checkpoint)(nil)

// tinyConfigs are small models of every family and of what single ones may have.
var tinyConfigs = map[string]string{
	"gpt2":          `{"model_type":"gpt2","n_embd":24,"n_layer":2,"n_head":3,"n_positions":64}`,
	"gpt2 by layer": `{"model_type":"gpt2","n_embd":24,"n_layer":3,"n_head":2,"n_inner":20,"scale_attn_by_inverse_layer_idx":true,"activation_function":"relu","layer_norm_epsilon":0.003}`,
	"gpt_neo":       `{"model_type":"gpt_neo","hidden_size":24,"num_layers":3,"num_heads":4,"intermediate_size":null,"window_size":5,"attention_types":[[["global","local"],1],[["local"],1]]}`,
	"gpt_neox":      `{"model_type":"gpt_neox","hidden_size":48,"num_hidden_layers":2,"num_attention_heads":3,"intermediate_size":40}`,
	"gpt_neox serial": `{"model_type":"gpt_neox","hidden_size":32,"num_hidden_layers":2,"num_attention_heads":2,"rotary_pct":1,"use_parallel_residual":false,` +
		`"rope_scaling":{"type":"linear","factor":4}}`,
	"bert":    `{"model_type":"bert","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":3,"intermediate_size":33}`,
	"roberta": `{"model_type":"roberta","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":3,"pad_token_id":1,"hidden_act":"gelu_new"}`,
	"llama":   `{"model_type":"llama","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":6,"num_key_value_heads":2,"intermediate_size":37,"rope_theta":500}`,
	"llama3": `{"model_type":"llama","hidden_size":32,"num_hidden_layers":1,"num_attention_heads":2,"rope_parameters":{"rope_theta":500,"rope_type":"llama3",` +
		`"factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":32}}`,
	"mistral":         `{"model_type":"mistral","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":3,"num_key_value_heads":1,"sliding_window":7}`,
	"qwen2":           `{"model_type":"qwen2","hidden_size":24,"num_hidden_layers":3,"num_attention_heads":3,"use_sliding_window":true,"sliding_window":4,"max_window_layers":1}`,
	"qwen3":           `{"model_type":"qwen3","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":10}`,
	"gemma":           `{"model_type":"gemma","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":3,"num_key_value_heads":1,"head_dim":16}`,
	"gemma with gelu": `{"model_type":"gemma","hidden_size":24,"num_hidden_layers":1,"num_attention_heads":2,"head_dim":8,"hidden_act":"gelu","hidden_activation":null}`,
	"gemma2": `{"model_type":"gemma2","hidden_size":24,"num_hidden_layers":3,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"query_pre_attn_scalar":5,` +
		`"sliding_window":6,"attn_logit_softcapping":2}`,
	"gemma3": `{"model_type":"gemma3_text","hidden_size":24,"num_hidden_layers":4,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"query_pre_attn_scalar":5,` +
		`"sliding_window":6,"sliding_window_pattern":3,"rope_local_base_freq":100}`,
}

const tinyVocab = 29

func decoded(t testing.TB, config string) map[string]any {
	var values map[string]any
	d := json.NewDecoder(strings.NewReader(config))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		t.Fatal(err)
	}
	return values
}

// tinySource makes random weights for a configuration, biases that a file may
// have among them.
func tinySource(t testing.TB, config string, seed uint64) *memorySource {
	s := &memorySource{config: decoded(t, config), tensors: map[string]Tensor[float32]{}}
	f := familyOf(s.config["model_type"].(string))
	m := &Model{source: s, family: f, prefix: f.prefixes[0], firstPlace: 2}
	if err := (settings{s.config, f}).shape(m); err != nil {
		t.Fatal(err)
	}
	m.Arch.Vocab, m.Arch.Context = tinyVocab, 64
	r := rand.New(rand.NewPCG(seed, 1))
	for layer := -1; layer < m.Arch.Layers; layer++ {
		for _, p := range m.parts(layer) {
			x := Tensor[float32]{Name: p.name, Shape: p.shape, Data: make([]float32, product(p.shape))}
			for i := range x.Data {
				x.Data[i] = float32(r.NormFloat64()) * 0.3
				if strings.Contains(strings.ToLower(p.role), "norm") && !strings.HasSuffix(p.role, ".bias") && !f.plusOne {
					x.Data[i]++
				}
			}
			s.tensors[p.name] = x
		}
	}
	return s
}

func tinyIDs(n int, seed uint64) []int {
	r, ids := rand.New(rand.NewPCG(seed, 2)), make([]int, n)
	for i := range ids {
		ids[i] = r.IntN(tinyVocab)
	}
	return ids
}

// farthest is the largest difference of two buffers, relative to the largest
// number.
func farthest(t *testing.T, got []float32, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d numbers, want %d", len(got), len(want))
	}
	difference, largest := 0.0, 0.0
	for i, v := range want {
		difference, largest = max(difference, math.Abs(float64(got[i])-v)), max(largest, math.Abs(v))
		if math.IsNaN(float64(got[i])) {
			return math.Inf(1)
		}
	}
	return difference / largest
}

// TestInfer holds the forward pass of every family against the plain twin, on
// every level.
func TestInfer(t *testing.T) {
	for name, config := range tinyConfigs {
		t.Run(name, func(t *testing.T) {
			s := tinySource(t, config, 5)
			ids := tinyIDs(55, 6)
			m, err := LoadModel(s)
			if err != nil {
				t.Fatal(err)
			}
			plain := &twin{Model: m}
			x := slices.Concat(plain.run(ids)...)
			for _, level := range vec.Levels() {
				back := vec.Use(level)
				got, err := capture(m, ids, 2)
				back()
				if err != nil {
					t.Fatal(err)
				}
				const tolerance = 1e-5
				if d := farthest(t, got.hidden, x); d > tolerance {
					t.Errorf("%s: the result differs by %.2g", level, d)
				}
				for i := range plain.keys {
					q, k := farthest(t, got.queries[i], plain.queries[i]), farthest(t, got.keys[i], plain.keys[i])
					if q > tolerance || k > tolerance {
						t.Errorf("%s: queries of layer %d differ by %.2g, keys by %.2g", level, i, q, k)
					}
				}
			}
		})
	}
}

// TestInferWorkers wants the same bits whatever the workers and whether weights
// are kept.
func TestInferWorkers(t *testing.T) {
	m, err := LoadModel(tinySource(t, tinyConfigs["gemma2"], 7))
	if err != nil {
		t.Fatal(err)
	}
	ids := tinyIDs(150, 8)
	want, err := capture(m, ids, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{2, 5} {
		m.keep = false
		clear(m.kept)
		got, err := capture(m, ids, workers)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d workers give other numbers", workers)
		}
	}
}

// TestInferStops ends runs by the context and by an error of the caller.
func TestInferStops(t *testing.T) {
	m, err := LoadModel(tinySource(t, tinyConfigs["llama"], 7))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err = m.Run(ctx, tinyIDs(9, 1), 2, func(int, *Stage) error { calls++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("after %d layers: %v", calls, err)
	}
	own := errors.New("enough")
	if _, err = m.Run(context.Background(), tinyIDs(9, 1), 2, func(int, *Stage) error { return own }); err != own {
		t.Error(err)
	}
}
