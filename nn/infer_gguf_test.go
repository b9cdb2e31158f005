package nn

import (
	"slices"
	"strings"
	"testing"
)

// ggufOf is the GGUF file that llama.cpp makes of a model folder, in memory.
func ggufOf(s *memorySource, arch string) *memorySource {
	g := &memorySource{metadata: map[string]any{"general.architecture": arch}, tensors: map[string]Tensor[float32]{}}
	for from, to := range ggufSettings {
		if v, ok := asNumber(s.config[to]); ok {
			g.metadata[arch+"."+from] = float32(v)
		}
	}
	g.metadata[arch+".attention.layer_norm_rms_epsilon"] = float32(1e-6)
	view := &ggufSource{arch: arch}
	for name, x := range s.tensors {
		x.Data = slices.Clone(x.Data)
		heads := map[string]string{"q": "num_attention_heads", "k": "num_key_value_heads"}
		for kind, count := range heads {
			if h, ok := asNumber(s.config[count]); ok && arch == "llama" && strings.Contains(name, "."+kind+"_proj.") {
				x.Data = permuted(x.Data, int(h), x.Shape[0]/int(h), len(x.Data)/x.Shape[0])
			}
		}
		if strings.HasSuffix(name, "norm.weight") && strings.HasPrefix(arch, "gemma") {
			for i := range x.Data {
				x.Data[i]++
			}
		}
		local := view.local(strings.TrimPrefix(name, "model."))
		g.tensors[local] = x
	}
	return g
}

// permuted is the order of rows as the converter of llama.cpp writes it: a head's
// rows as (2,width/2) become (width/2,2).
func permuted(x []float32, heads, width, d int) (y []float32) {
	for h := range heads {
		for pair := range width / 2 {
			for half := range 2 {
				y = append(y, row(x, h*width+half*width/2+pair, d)...)
			}
		}
	}
	return y
}

// TestInferGGUF wants the same keys of a model folder and its GGUF file.
func TestInferGGUF(t *testing.T) {
	for name, arch := range map[string]string{"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma": "gemma", "gemma2": "gemma2"} {
		s := tinySource(t, tinyConfigs[name], 12)
		switch name {
		case "qwen2": // no GGUF says that some layers have a window
			delete(s.config, "use_sliding_window")
		case "gemma2": // nor what else than head_dim scores are divided by
			s.config["query_pre_attn_scalar"] = s.config["head_dim"]
		}
		var results []captured
		for _, source := range []*memorySource{s, ggufOf(s, arch)} {
			m, err := LoadModel(source)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := capture(m, tinyIDs(20, 13), 1)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, got)
		}
		for i := range results[0].keys {
			k, q := farthest(t, results[1].keys[i], widened(results[0].keys[i])), farthest(t, results[1].queries[i], widened(results[0].queries[i]))
			if k > 1e-5 || q > 1e-5 {
				t.Errorf("%s: keys of layer %d differ by %.2g, queries by %.2g", name, i, k, q)
			}
		}
		if far := farthest(t, results[1].hidden, widened(results[0].hidden)); far > 1e-5 {
			t.Errorf("%s: results differ by %.2g", name, far)
		}
	}
}

func TestGGUFRefuses(t *testing.T) {
	for want, change := range map[string]func(g *memorySource){
		`general.architecture is "rwkv"`: func(g *memorySource) { g.metadata["general.architecture"] = "rwkv" },
		"hidden_size is missing":         func(g *memorySource) { delete(g.metadata, "llama.embedding_length") },
		"rope.dimension_count is 2":      func(g *memorySource) { g.metadata["llama.rope.dimension_count"] = uint32(2) },
		`rope_type "yarn"`:               func(g *memorySource) { g.metadata["llama.rope.scaling.type"] = "yarn" },
		"rope_freqs.weight has 3": func(g *memorySource) {
			g.tensors["rope_freqs.weight"] = Tensor[float32]{Shape: []int{3}, Data: make([]float32, 3)}
		},
		"no tensor blk.1.ffn_up.weight": func(g *memorySource) { delete(g.tensors, "blk.1.ffn_up.weight") },
	} {
		g := ggufOf(tinySource(t, tinyConfigs["llama"], 14), "llama")
		change(g)
		if _, err := LoadModel(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestGGUFRopeFactors wants of factors that are all 3 what a linear scale of 3
// gives.
func TestGGUFRopeFactors(t *testing.T) {
	var results []captured
	for _, own := range []bool{false, true} {
		g := ggufOf(tinySource(t, tinyConfigs["llama"], 16), "llama")
		if own {
			g.tensors["rope_freqs.weight"] = Tensor[float32]{Shape: []int{2}, Data: []float32{3, 3}}
		} else {
			g.metadata["llama.rope.scaling.type"], g.metadata["llama.rope.scaling.factor"] = "linear", float32(3)
		}
		m, err := LoadModel(g)
		if err != nil {
			t.Fatal(err)
		}
		got, err := capture(m, tinyIDs(20, 13), 1)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, got)
	}
	if !slices.Equal(results[0].keys[1], results[1].keys[1]) {
		t.Error("factors of rope_freqs.weight give other keys than a linear scale")
	}
}
