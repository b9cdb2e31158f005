package weights

import (
	"os"
	"path/filepath"
	"testing"
)

// dataFolder holds real checkpoints where the project is developed.
const dataFolder = "../../shared/data/checkpoints"

func TestRealCheckpoints(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(dataFolder, "*.safetensors"))
	if len(files) == 0 {
		t.Skip("no checkpoints in " + dataFolder)
	}
	for _, path := range files {
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		total := 0
		for _, info := range f.Tensors {
			if check(&tensor{Info: info}) != nil {
				continue
			}
			m, err := f.Matrix(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			total += 4*len(m.F32) + 8*len(m.F64)
		}
		stat, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d tensors, %d of %d bytes in matrices", filepath.Base(path), len(f.Tensors), total, stat.Size())
		if int64(total) > stat.Size() || int64(total) < stat.Size()/2 {
			t.Errorf("%d bytes of matrices in a file of %d", total, stat.Size())
		}
	}
}

// TestRealModel reads a GPT as a model does: every weight, by its name.
func TestRealModel(t *testing.T) {
	path := filepath.Join(dataFolder, "gpt-nano-sort.safetensors")
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	c := openCheckpoint(t, path)
	for _, name := range c.Names() {
		n, _ := product(c.Shape(name), 1)
		if v, err := c.Read(name); err != nil || int64(len(v)) != n {
			t.Errorf("%s: %d numbers of shape %v, %v", name, len(v), c.Shape(name), err)
		}
	}
	t.Log(len(c.Names()), "tensors")
}
