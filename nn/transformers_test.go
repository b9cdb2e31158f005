package nn

import (
	"os"
	"path/filepath"
	"testing"

	"keyhull/norm"
	"keyhull/weights"
)

// TestWriteForTransformers writes model folders with logits in them, for
// bench/transformers_check.py, where KEYHULL_TRANSFORMERS names a folder; one of
// a model that was trained, too, where KEYHULL_TRAINED names its folder.
func TestWriteForTransformers(t *testing.T) {
	dir := os.Getenv("KEYHULL_TRANSFORMERS")
	if dir == "" {
		t.Skip("KEYHULL_TRANSFORMERS names no folder")
	}
	layerNorm := Place{Kind: norm.LayerNorm}
	for name, shape := range map[string]GPT2{
		"small": {Vocab: 257, Context: 64, Dim: 12, Layers: 3, Heads: 3, Hidden: 20, Dropout: 0.1, Eps: 1e-5, Norm1: layerNorm, Norm2: layerNorm, NormF: layerNorm, QKNorm: norm.None},
		"paper": {Vocab: 50257, Context: 1024, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Dropout: 0.1, Eps: 1e-5, Norm1: layerNorm, Norm2: layerNorm, NormF: layerNorm, QKNorm: norm.None, Frozen: true},
	} {
		writeForTransformers(t, filepath.Join(dir, name), moved[float32](shape, 4))
	}
	if trained := os.Getenv("KEYHULL_TRAINED"); trained != "" {
		p, err := ReadGPT2(trained)
		if err != nil {
			t.Fatal(err)
		}
		writeForTransformers(t, filepath.Join(dir, "trained"), p)
	}
}

func writeForTransformers(t *testing.T, dir string, p *GPT2Params[float32]) {
	t.Helper()
	if err := WriteGPT2(dir, p); err != nil {
		t.Fatal(err)
	}
	model := GPT2Tokens[float32]{Params: p, Length: 64}
	tokens := randomTokens(5, 64, p.Shape.Vocab)
	loss := model.Forward(tokens)
	var ids []int64
	for _, token := range tokens {
		ids = append(ids, int64(token))
	}
	file, err := os.Create(filepath.Join(dir, "check.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := weights.WriteSafetensors(file, []weights.Tensor{
		{Name: "input_ids", Shape: []int{1, 64}, Data: ids},
		{Name: "logits", Shape: []int{1, 64, p.Shape.Vocab}, Data: model.Logits},
		{Name: "loss", Data: []float64{loss}},
	}, nil); err != nil {
		t.Fatal(err)
	}
}
