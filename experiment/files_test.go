package experiment

import (
	"os"
	"path/filepath"
	"testing"
)

// sameFiles wants the files of one folder in another, byte for byte, and none
// besides; it returns how many there are, without locks.
func sameFiles(t *testing.T, one, two string) int {
	t.Helper()
	a, b := filesIn(t, one), filesIn(t, two)
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d files and %d", len(a), len(b))
	}
	return len(a)
}

func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
