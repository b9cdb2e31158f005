package nn

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyhull/norm"
	"keyhull/weights"
)

func TestBertFolder(t *testing.T) {
	for _, place := range places() {
		dir, p := filepath.Join(t.TempDir(), "a", "b"), movedBert[float32](smallBert(place), 3)
		p.Shape.Dropout = 0.25
		if err := WriteBert(dir, p); err != nil {
			t.Fatal(err)
		}
		back, err := ReadBert(dir)
		if err != nil {
			t.Fatal(err)
		}
		if back.Shape != p.Shape || !slices.Equal(back.Flat, p.Flat) {
			t.Errorf("%s: read back as %+v", place.Kind, back.Shape)
		}
	}
}

// Where all is LayerNorm, the folder is transformers' own.
func TestBertFolderPlain(t *testing.T) {
	for _, kind := range []norm.Kind{norm.LayerNorm, norm.None} {
		dir := t.TempDir()
		if err := WriteBert(dir, NewBertParams[float32](plainBert(Place{Kind: kind}))); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if own := strings.Contains(string(text), "keyhull"); err != nil || own != (kind != norm.LayerNorm) {
			t.Errorf("%s: error %v, config %s", kind, err, text)
		}
		file, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if _, metadata, err := weights.ReadSafetensors(file); err != nil || metadata["format"] != "pt" {
			t.Errorf("%s: metadata %v, error %v: transformers wants format pt", kind, metadata, err)
		}
	}
}

func TestBertFolderErrors(t *testing.T) {
	shape := plainBert(Place{Kind: norm.LayerNorm})
	for name, c := range map[string]struct{ old, new, want string }{
		"kind":      {`"model_type": "bert"`, `"model_type": "roberta"`, `model_type is "roberta"`},
		"no kind":   {`"model_type": "bert",`, ``, `model_type is ""`},
		"act":       {`"hidden_act": "gelu"`, `"hidden_act": "gelu_new"`, `hidden_act is "gelu_new"`},
		"positions": {`"absolute"`, `"relative_key"`, `position_embedding_type is "relative_key"`},
		"decoder":   {`"is_decoder": false`, `"is_decoder": true`, `is_decoder is true`},
		"types":     {`"type_vocab_size": 2`, `"type_vocab_size": 1`, `type_vocab_size 1`},
		"dropout":   {`"hidden_dropout_prob": 0`, `"hidden_dropout_prob": 0.1`, `different rates of dropout`},
		"heads":     {`"num_attention_heads": 4`, `"num_attention_heads": 3`, `heads 3`},
		"shape":     {`"intermediate_size": 32`, `"intermediate_size": 33`, `has the shape 32×8, but config.json says 33×8`},
		"layers":    {`"num_hidden_layers": 4`, `"num_hidden_layers": 3`, `tensor bert.encoder.layer.3.`},
		"more":      {`"num_hidden_layers": 4`, `"num_hidden_layers": 5`, `has no tensor bert.encoder.layer.4.attention.self.query.weight`},
		"norms":     {`"model_type"`, `"keyhull":{"embedding_norm":{"kind":"odd"}},"model_type"`, `embeddings: unknown norm "odd"`},
		"JSON":      {`"model_type"`, `model_type`, `invalid character`},
		"huge":      {`"vocab_size": 257`, `"vocab_size": 25700000000`, `describes 2.06e+11 numbers`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := WriteBert(dir, NewBertParams[float32](shape)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "config.json")
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), c.old) {
				t.Fatalf("no %s in %s", c.old, text)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(text), c.old, c.new, 1)), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = ReadBert(dir)
			var e *weights.Error
			if !errors.As(err, &e) || !strings.Contains(e.Msg, c.want) || e.Hint == "" {
				t.Errorf("error %v, want one with %s and a hint", err, c.want)
			}
		})
	}
}

func TestBertFolderTypes(t *testing.T) {
	dir, p := t.TempDir(), NewBertParams[float32](plainBert(Place{Kind: norm.LayerNorm}))
	if err := WriteBert(dir, p); err != nil {
		t.Fatal(err)
	}
	var stored []weights.Tensor
	for _, tensor := range p.Tensors() {
		stored = append(stored, weights.Tensor{Name: tensor.Name, Shape: tensor.Shape, Data: wide(tensor.Data)})
	}
	file, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(weights.WriteSafetensors(file, stored, nil), file.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBert(dir); err == nil || !strings.Contains(err.Error(), "numbers of type float64") {
		t.Errorf("float64: error %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBert(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no tensors: error %v", err)
	}
	var e *weights.Error
	if _, err := ReadBert(t.TempDir()); !errors.As(err, &e) || !strings.Contains(e.Msg, "does not exist") {
		t.Errorf("empty folder: error %v", err)
	}
}

// TestWriteBertForTransformers is TestWriteForTransformers for a classifier.
func TestWriteBertForTransformers(t *testing.T) {
	dir := os.Getenv("KEYHULL_TRANSFORMERS")
	if dir == "" {
		t.Skip("KEYHULL_TRANSFORMERS names no folder")
	}
	p := movedBert[float32](plainBert(Place{Kind: norm.LayerNorm}), 3)
	model := BertTokens[float32]{Params: p}
	loss := model.Forward([][]int{{5, 6, 7, 8}, {9, 3}}, []int{0, 1})
	dir = filepath.Join(dir, "bert")
	if err := WriteBert(dir, p); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "check.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := weights.WriteSafetensors(file, []weights.Tensor{
		{Name: "input_ids", Shape: []int{2, 4}, Data: []int64{5, 6, 7, 8, 9, 3, 0, 0}},
		{Name: "attention_mask", Shape: []int{2, 4}, Data: []int64{1, 1, 1, 1, 1, 1, 0, 0}},
		{Name: "labels", Shape: []int{2}, Data: []int64{0, 1}},
		{Name: "logits", Shape: []int{2, 2}, Data: model.Logits},
		{Name: "loss", Data: []float64{loss}},
	}, nil); err != nil {
		t.Fatal(err)
	}
}
