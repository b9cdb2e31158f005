package weights

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// TestTorch reads what torch.save wrote, by testdata/make_torch.py.
func TestTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/torch/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]golden
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for file, tensors := range all {
		c := openCheckpoint(t, filepath.Join("testdata/torch", file))
		if len(c.Names()) != len(tensors) {
			t.Errorf("%s: %v", file, c.Names())
		}
		for name, want := range tensors {
			got, err := c.Read(name)
			var expected []float32
			for _, v := range want.Values {
				x, _ := strconv.ParseFloat(v, 64)
				expected = append(expected, float32(x))
			}
			if err != nil || !slices.Equal(got, expected) || !slices.Equal(c.Shape(name), want.Shape) || storedTypes[c.Type(name)].dtype != want.DType {
				t.Errorf("%s: %s: %v %s %v, want %v; %v", file, name, c.Shape(name), c.Type(name), got, want, err)
			}
		}
	}
}
