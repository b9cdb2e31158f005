package text

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// folder is a Source: a model folder, and metadata.json for what a GGUF file
// says.
type folder string

func (f folder) File(name string) (string, bool) {
	path := filepath.Join(string(f), name)
	_, err := os.Stat(path)
	return path, err == nil
}

func (f folder) Metadata() map[string]any { return f.json("metadata.json") }
func (f folder) Config() map[string]any   { return f.json("config.json") }

func (f folder) json(name string) (m map[string]any) {
	if raw, err := os.ReadFile(filepath.Join(string(f), name)); err == nil && json.Unmarshal(raw, &m) != nil {
		panic(name)
	}
	return m
}

// TestTokenizersAgree holds each kind of tokenizer against ids of its own
// library, which bench/tokenizers_check.py writes.
func TestTokenizersAgree(t *testing.T) {
	dir := os.Getenv("KEYHULL_TOKENIZERS")
	if dir == "" {
		t.Skip("needs what bench/tokenizers_check.py writes: name its folder in KEYHULL_TOKENIZERS")
	}
	var texts []string
	readJSON(t, filepath.Join(dir, "texts.json"), &texts)
	kinds, err := filepath.Glob(filepath.Join(dir, "*", "ids.json"))
	if err != nil || len(kinds) == 0 {
		t.Fatal("no tokenizers in ", dir, err)
	}
	for _, path := range kinds {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			var want struct{ Plain, Model [][]int }
			readJSON(t, path, &want)
			tok, err := LoadTokenizer(folder(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			agree(t, "Encode", tok.Encode, texts, want.Plain)
			agree(t, "EncodeModel", tok.EncodeModel, texts, want.Model)
		})
	}
}

func agree(t *testing.T, name string, encode func(string) ([]int, error), texts []string, want [][]int) {
	equal, wrong := 0, map[int]bool{}
	for i, text := range texts {
		if got, err := encode(text); err == nil && slices.Equal(got, want[i]) {
			equal++
		} else if wrong[i] = true; len(wrong) <= 3 {
			t.Errorf("%s %.80q: %v, want %v (%v)", name, text, got[:min(len(got), 40)], want[i][:min(len(want[i]), 40)], err)
		}
	}
	t.Logf("%s: %d of %d texts equal", name, equal, len(texts))
	if len(wrong) > 3 {
		t.Errorf("others: %d", slices.Sorted(maps.Keys(wrong)))
	}
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, to); err != nil {
		t.Fatal(path, err)
	}
}
