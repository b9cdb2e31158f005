package nn

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"keyhull/weights"
)

// TestQueryMap takes queries from the map and turns them, and wants those that
// Run shows, with QK-norm their directions.
func TestQueryMap(t *testing.T) {
	for name, config := range tinyConfigs {
		m, err := LoadModel(tinySource(t, config, 9))
		if err != nil {
			t.Fatal(err)
		}
		ids, d, w := tinyIDs(12, 10), m.Arch.Dim, m.Arch.Width
		got, err := capture(m, ids, 1)
		if err != nil {
			t.Fatal(err)
		}
		for layer := range m.Arch.Layers {
			for head := range m.Arch.Heads {
				a, c, radius, projected, ok := m.QueryMap(layer, head)
				if !ok || radius != math.Sqrt(float64(d)) || projected == m.family.rms {
					t.Fatalf("%s: radius %g, projected %v, ok %v", name, radius, projected, ok)
				}
				norm := m.kept[layer].norm1
				if m.family.post {
					if norm, err = m.normInto(layer); err != nil {
						t.Fatal(err)
					}
				}
				var want []float64
				for i := range ids {
					q, hat := make([]float64, w), make([]float64, d)
					length, mean := 0.0, 0.0
					for j, v := range row(got.after[layer], i, d) {
						if norm.bias != nil {
							v -= norm.bias[j]
						}
						hat[j] = float64(v / norm.gain[j])
						length, mean = length+hat[j]*hat[j], mean+hat[j]
					}
					if math.Sqrt(length) > radius*1.0001 || projected && math.Abs(mean) > 1e-3*radius {
						t.Errorf("%s: a normalized vector of length %g in a ball of radius %g, sum %g", name, math.Sqrt(length), radius, mean)
					}
					for o := range q {
						q[o] = float64(c[o])
						for j, v := range hat {
							q[o] += float64(a[o*d+j]) * v
						}
					}
					if r := m.attention[layer].rope; r != nil {
						q = (&twin{Model: m}).turned(r, q, i)
					}
					if m.Arch.QKNorm { // which leaves the direction
						s := length2(row(got.queries[layer], head, len(ids)*w)[i*w:][:w]) / length2(q)
						for o := range q {
							q[o] *= s
						}
					}
					want = append(want, q...)
				}
				if far := farthest(t, row(got.queries[layer], head, len(ids)*w), want); far > 1e-4 {
					t.Errorf("%s: layer %d, head %d: queries differ by %.2g", name, layer, head, far)
				}
			}
		}
	}
}

// length2 is the Euclidean norm.
func length2[T float32 | float64](x []T) float64 {
	s := 0.0
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}

// TestLoadModelRefuses spoils a model in single places, and wants an error that
// names them.
func TestLoadModelRefuses(t *testing.T) {
	const layer = "model.layers.1.self_attn.k_proj.weight"
	for want, spoil := range map[string]func(s *memorySource){
		"no config.json":                      func(s *memorySource) { s.config = nil },
		`model_type is "mamba", which is not`: func(s *memorySource) { s.config["model_type"] = "mamba" },
		"no tensor " + layer + " (8×24)":      func(s *memorySource) { delete(s.tensors, layer) },
		layer + " has the shape 9×24":         func(s *memorySource) { s.tensors[layer] = Tensor[float32]{Shape: []int{9, 24}} },
		"hidden_size is missing":              func(s *memorySource) { delete(s.config, "hidden_size") },
		`hidden_size is "-5"`:                 func(s *memorySource) { s.config["hidden_size"] = json.Number("-5") },
		`num_hidden_layers is "1e+99"`:        func(s *memorySource) { s.config["num_hidden_layers"] = json.Number("1e+99") },
		"but only":                            func(s *memorySource) { s.config["num_hidden_layers"] = json.Number("9999999") },
		"5 heads (2 of keys)":                 func(s *memorySource) { s.config["num_attention_heads"] = json.Number("5") },
		`rms_norm_eps is "x"`:                 func(s *memorySource) { s.config["rms_norm_eps"] = "x" },
		`hidden_act is "quick_gelu"`:          func(s *memorySource) { s.config["hidden_act"] = "quick_gelu" },
		`rope_type "yarn"`: func(s *memorySource) {
			s.config["rope_scaling"] = map[string]any{"rope_type": "yarn", "factor": json.Number("4")}
		},
		"vocab_size is 30, but there are 29": func(s *memorySource) { s.config["vocab_size"] = json.Number("30") },
		"the embeddings of a llama":          func(s *memorySource) { delete(s.tensors, "model.embed_tokens.weight") },
	} {
		s := tinySource(t, tinyConfigs["llama"], 11)
		spoil(s)
		_, err := LoadModel(s)
		var e *weights.Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, want) || e.Hint == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
	m, err := LoadModel(tinySource(t, tinyConfigs["roberta"], 11))
	if err != nil {
		t.Fatal(err)
	}
	for want, ids := range map[string][]int{"no tokens": {}, "token 1 is 29": {3, 29}, "has 65 tokens": make([]int, 65)} {
		if _, err := m.Run(context.Background(), ids, 1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestInferOverflow wants an error for finite weights whose products are not.
func TestInferOverflow(t *testing.T) {
	for role, want := range map[string]string{"self_attn.k_proj": "keys of layer 1", "mlp.down_proj": "last layer"} {
		s := tinySource(t, tinyConfigs["llama"], 11)
		for i := range s.tensors["model.layers.1."+role+".weight"].Data {
			s.tensors["model.layers.1."+role+".weight"].Data[i] = 3e38
		}
		m, err := LoadModel(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Run(context.Background(), tinyIDs(5, 1), 2, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// FuzzLoadModel loads models with any settings, of a folder or of a GGUF file,
// beside the weights of a tiny model of that kind: it is refused, or it runs.
func FuzzLoadModel(f *testing.F) {
	sources := map[any]*memorySource{}
	for _, config := range tinyConfigs {
		f.Add(config)
		s := tinySource(f, config, 15)
		sources[s.config["model_type"]] = s
	}
	f.Add(`{"model_type":"llama","hidden_size":24,"num_hidden_layers":2,"num_attention_heads":16777215,"head_dim":16777215,"num_key_value_heads":1}`)
	llama := ggufOf(sources["llama"], "llama")
	asGGUF, err := json.Marshal(llama.metadata)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(asGGUF))
	f.Fuzz(func(t *testing.T, config string) {
		var values map[string]any
		d := json.NewDecoder(strings.NewReader(config))
		d.UseNumber()
		if d.Decode(&values) != nil {
			return
		}
		name, _ := values["model_type"].(string)
		s := sources[name]
		if s == nil {
			s = sources["llama"]
		}
		source := &memorySource{config: values, tensors: s.tensors}
		if values["general.architecture"] != nil {
			source = &memorySource{metadata: values, tensors: llama.tensors}
		}
		m, err := LoadModel(source)
		if err != nil {
			return
		}
		m.Run(context.Background(), []int{1, 2, 3}, 1, nil)
	})
}
