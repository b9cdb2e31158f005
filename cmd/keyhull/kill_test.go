package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledMajority kills a training 20 times, at random moments, and compares
// its folder with that of one that was left alone.
func TestKilledMajority(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	killed, whole := t.TempDir(), t.TempDir()
	command := func(dir string) *exec.Cmd { // testscript.Main puts keyhull into the PATH
		return exec.Command("keyhull", strings.Fields("majority --samples 2000 --batch 500 --steps 1500 --every 10 --seeds 2 --out "+dir)...)
	}
	start := time.Now()
	if out, err := command(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(start)
	rng := rand.New(rand.NewPCG(9, 9))
	for range 20 {
		c := command(killed)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took / 5))))
		c.Process.Kill()
		c.Wait()
	}
	if out, err := command(killed).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sameFolders(t, whole, killed)
}

// sameFolders wants the same files with the same bytes.
func sameFolders(t *testing.T, one, two string) {
	t.Helper()
	a, b := contents(t, one), contents(t, two)
	if len(a) == 0 || len(a) != len(b) {
		t.Errorf("%d files and %d", len(a), len(b))
	}
	for name, text := range a {
		if !bytes.Equal(text, b[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func contents(t *testing.T, dir string) map[string][]byte {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
