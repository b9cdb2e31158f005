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

// training is a command line that trains for about a second; --out is missing.
type training string

const (
	majority  training = "majority --samples 2000 --batch 500 --steps 1500 --every 10 --seeds 2"
	trainText training = "train gpt2 --norm project-learned --dim 4 --layers 2 --heads 2 --context 64 --batch 4 --steps 500 --rate 1e-3 --every 10 --test-every 50 --test-blocks 4 --seeds 2"
)

// in is the training in a folder, in a process of its own: testscript.Main puts
// keyhull into the PATH.
func (l training) in(dir string) *exec.Cmd {
	return exec.Command("keyhull", strings.Fields(string(l)+" --out "+dir)...)
}

// leftAlone is the folder of a training that nothing disturbed, and how long it
// took.
func (l training) leftAlone(t *testing.T) (dir string, took time.Duration) {
	t.Helper()
	dir, start := t.TempDir(), time.Now()
	if out, err := l.in(dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir, time.Since(start)
}

func TestKilledMajority(t *testing.T) { majority.killed(t, 20, 6) }
func TestKilledGPT2(t *testing.T)     { trainText.killed(t, 10, 3) }

// killed kills a training so often, at random moments of the first part of the
// time that it takes, one of parts; it lets it end and compares its folder with
// that of one that was left alone. A training that ends before a kill is
// compared too, and another is begun.
func (l training) killed(t *testing.T, often int, parts time.Duration) {
	t.Helper()
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	whole, took := l.leftAlone(t)
	killed := filepath.Join(t.TempDir(), "run")
	rng := rand.New(rand.NewPCG(9, 9))
	kills, resumable := 0, 0
	for kills < often {
		c := l.in(killed)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took / parts))))
		c.Process.Kill()
		if c.Wait() != nil {
			kills++
			resumable += len(checkpoints(t, killed))
			continue
		}
		sameFolders(t, whole, killed)
		os.RemoveAll(killed)
	}
	if out, err := l.in(killed).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sameFolders(t, whole, killed)
	if resumable == 0 {
		t.Error("no kill came after a checkpoint: the training was begun anew each time")
	}
}

// checkpoints lists the newest of each seed that has two or more.
func checkpoints(t *testing.T, dir string) (newest []string) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(dir, "seed-*", "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		list, _ := filepath.Glob(filepath.Join(folder, "step-*.safetensors"))
		if len(list) >= 2 {
			newest = append(newest, list[len(list)-1])
		}
	}
	return newest
}

// A damaged checkpoint is named in a warning, and the one before is taken: the
// run ends as if nothing had been.
func TestMajorityDamagedCheckpoint(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	whole, _ := majority.leftAlone(t)
	dir := filepath.Join(t.TempDir(), "run")
	c := majority.in(dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); len(checkpoints(t, dir)) == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	c.Process.Kill()
	c.Wait()
	damaged := checkpoints(t, dir)
	if len(damaged) == 0 {
		t.Fatal("no seed has two checkpoints")
	}
	for _, path := range damaged {
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
	}
	out, err := majority.in(dir).CombinedOutput()
	text := string(out)
	if err != nil || strings.Count(text, "; the one before is taken\n") != len(damaged) || !strings.HasPrefix(text, "warning: "+dir) {
		t.Errorf("%v: %s", err, text)
	}
	sameFolders(t, whole, dir)
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
