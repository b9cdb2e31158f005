package nn

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhull/norm"
	"keyhull/weights"
)

func TestGPT2FilesRoundTrip(t *testing.T) {
	all := variants()
	frozen, end := smallGPT2(norm.LayerNorm), smallGPT2(norm.LayerNorm)
	frozen.Frozen, frozen.Dropout = true, 0.25
	end.Vocab, end.Hidden = 50257, 24
	all["frozen"], all["GPT-2's vocabulary"] = frozen, end
	for name, shape := range all {
		dir, p := filepath.Join(t.TempDir(), "model"), moved[float32](shape, 3)
		if err := WriteGPT2(dir, p); err != nil {
			t.Fatal(err)
		}
		got, err := ReadGPT2(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got.Shape != shape || !slices.Equal(got.Flat, p.Flat) {
			t.Errorf("%s: read as %+v, or with other numbers", name, got.Shape)
		}
		text, _ := os.ReadFile(filepath.Join(dir, "config.json"))
		k := shape
		k.Vocab, k.Hidden, k.Frozen, k.Dropout = smallGPT2(norm.LayerNorm).Vocab, smallGPT2(norm.LayerNorm).Hidden, false, 0
		plain := k == smallGPT2(norm.LayerNorm)
		if warns := strings.Contains(string(text), "something else"); warns == plain {
			t.Errorf("%s: config.json says that transformers computes something else: %v", name, warns)
		}
	}
}

// Files as others write them: without prefix, with masks and the tied matrix.
func TestGPT2FilesOfOthers(t *testing.T) {
	dir, p := t.TempDir(), moved[float32](smallGPT2(norm.LayerNorm), 3)
	tensors := []Tensor[float32]{{"h.0.attn.bias", []int{1, 1, 1, 1}, []float32{1}}, {"lm_head.weight", []int{11, 6}, p.Tokens}}
	for _, tensor := range p.Tensors() {
		tensor.Name = strings.TrimPrefix(tensor.Name, "transformer.")
		tensors = append(tensors, tensor)
	}
	config := map[string]any{"model_type": "gpt2", "vocab_size": 11, "n_positions": 9, "n_ctx": 9, "n_embd": 6, "n_layer": 2, "n_head": 3, "n_inner": 5}
	if err := writeFolder(dir, config, tensors); err != nil {
		t.Fatal(err)
	}
	got, err := ReadGPT2(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := p.Shape
	want.Dropout = 0.1
	if got.Shape != want || !slices.Equal(got.Flat, p.Flat) {
		t.Errorf("read as %+v, or with other numbers", got.Shape)
	}
}

func TestGPT2FilesErrors(t *testing.T) {
	p := moved[float32](smallGPT2(norm.LayerNorm), 3)
	for name, c := range map[string]struct {
		old, new string // in config.json
		want     string
	}{
		"vocabulary": {`"vocab_size": 11`, `"vocab_size": 12`, "tensor transformer.wte.weight has the shape 11×6, but config.json says 12×6"},
		"layers":     {`"n_layer": 2`, `"n_layer": 3`, "has no tensor transformer.h.2.ln_1.weight (6)"},
		"huge":       {`"n_layer": 2`, `"n_layer": 1000000000000`, "numbers"},
		"less":       {`"n_layer": 2`, `"n_layer": 1`, "is none of the model that config.json describes"},
		"type":       {`"gpt2"`, `"bert"`, `model_type is "bert", not gpt2`},
		"activation": {`gelu_new`, `relu`, `activation_function is "relu"`},
		"heads":      {`"n_head": 3`, `"n_head": 4`, "4 heads do not divide"},
		"number":     {`"n_head": 3`, `"n_head": "x"`, "cannot unmarshal"},
		"json":       {`{`, `[`, "config.json"},
		"scale":      {`"scale_attn_weights": true`, `"scale_attn_weights": false`, "1/√width"},
		"own head":   {`"tie_word_embeddings": true`, `"tie_word_embeddings": false`, "output matrices of their own"},
		"dropout":    {`"attn_pdrop": 0`, `"attn_pdrop": 0.5`, "attn_pdrop 0.5"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := WriteGPT2(dir, p); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "config.json")
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), c.old) {
				t.Fatal(err, string(text))
			}
			os.WriteFile(path, []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o666)
			_, err = ReadGPT2(dir)
			var told *weights.Error
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) || !errors.As(err, &told) || told.Hint == "" {
				t.Errorf("error %v, want %q, the path and a hint", err, c.want)
			}
		})
	}
	for _, missing := range []string{"config.json", "model.safetensors"} {
		dir := t.TempDir()
		if err := WriteGPT2(dir, p); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(dir, missing))
		if _, err := ReadGPT2(dir); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
