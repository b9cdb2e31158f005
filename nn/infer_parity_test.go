package nn

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhull/weights"
)

// modelsFolder is what KEYHULL_MODELS names: a folder with model folders.
func modelsFolder(t *testing.T) string {
	dir := os.Getenv("KEYHULL_MODELS")
	if dir == "" {
		t.Skip("KEYHULL_MODELS names no folder with models; bench/models_check.py writes what they are held to")
	}
	return dir
}

// loaded opens a model for the time of a test.
func loaded(t testing.TB, path string) *Model {
	t.Helper()
	c, err := weights.OpenCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	m, err := LoadModel(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestParityModels holds the inputs of attention, queries and keys of every
// layer, and what the output layer gets, against those of transformers, in every
// folder that bench/models_check.py was given.
func TestParityModels(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(modelsFolder(t), "*.reference.safetensors"))
	if len(files) == 0 {
		t.Fatal("KEYHULL_MODELS has no FOLDER.reference.safetensors")
	}
	for _, file := range files {
		dir := strings.TrimSuffix(file, ".reference.safetensors")
		t.Run(filepath.Base(dir), func(t *testing.T) { parityModel(t, dir, file) })
	}
}

func parityModel(t *testing.T, dir, file string) {
	m := loaded(t, dir)
	reference, err := weights.OpenCheckpoint(file)
	if err != nil {
		t.Fatal(err)
	}
	defer reference.Close()
	want := func(name string) []float64 {
		x, err := reference.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		return widened(x)
	}
	var ids []int
	for _, id := range want("input_ids") {
		ids = append(ids, int(id))
	}
	got, err := capture(m, ids, 2)
	if err != nil {
		t.Fatal(err)
	}
	const tolerance = 1e-4
	worst := map[string]float64{"hidden": farthest(t, got.hidden, want("hidden"))}
	for i := range m.Arch.Layers {
		for name, x := range map[string][][]float32{"after": got.after, "queries": got.queries, "keys": got.keys} {
			worst[name] = max(worst[name], farthest(t, x[i], want(fmt.Sprintf("%s_%d", name, i))))
		}
	}
	for name, far := range worst {
		if !(far <= tolerance) {
			t.Errorf("%s differ by %.2g of the largest number", name, far)
		}
	}
	t.Logf("%s, %d tokens: largest differences: hidden %.1e, inputs %.1e, queries %.1e, keys %.1e", m.Arch.Family, len(ids), worst["hidden"], worst["after"], worst["queries"], worst["keys"])
}
