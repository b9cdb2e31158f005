package weights

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// Bytes that were sent are read as the file that holds them is.
func TestOpenAtIsOpen(t *testing.T) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // a folder
		}
		for _, n := range []int{len(data), len(data) / 2, 5, 0} {
			path := filepath.Join(t.TempDir(), filepath.Base(name))
			if err := os.WriteFile(path, data[:min(n, len(data))], 0o666); err != nil {
				t.Fatal(err)
			}
			a, wrongA := Open(path)
			b, wrongB := OpenAt(path, bytes.NewReader(data[:min(n, len(data))]), int64(min(n, len(data))))
			if (wrongA == nil) != (wrongB == nil) || wrongA != nil && wrongA.Error() != wrongB.Error() {
				t.Errorf("%s, %d bytes: %v, %v", name, n, wrongA, wrongB)
			}
			if wrongA != nil || wrongB != nil {
				continue
			}
			if !reflect.DeepEqual(a.Tensors, b.Tensors) {
				t.Errorf("%s: %v, %v", name, a.Tensors, b.Tensors)
			}
			a.Close()
			b.Close()
		}
	}
}
