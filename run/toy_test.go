package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhull/weights"
)

// toyConfig is the configuration of a toy run, and toy its state: a random walk
// with momentum over data that are read in order.
type toyConfig struct {
	Steps int     `json:"steps"`
	Rate  float64 `json:"rate"`
	Model struct {
		Dim  int    `json:"dim"`
		Norm string `json:"norm,omitempty"`
	} `json:"model"`
}

type toyResult struct {
	Loss float64 `json:"loss"`
}

type toy struct {
	step int
	at   uint64
	w    []float32
	m    []float64
	rng  *rand.PCG
}

var toyRun = toyConfig{Steps: 13, Rate: 0.1, Model: struct {
	Dim  int    `json:"dim"`
	Norm string `json:"norm,omitempty"`
}{Dim: 6}}

func newToy(config toyConfig, seed uint64) *toy {
	return &toy{w: make([]float32, config.Model.Dim), m: make([]float64, config.Model.Dim), rng: rand.NewPCG(seed, 7)}
}

func (s *toy) train(rate float64) (loss float64) {
	s.step++
	s.at = (s.at*31 + 17) % 1009
	for i := range s.w {
		s.m[i] = 0.9*s.m[i] + rand.New(s.rng).NormFloat64() + float64(s.at)/1009
		s.w[i] += float32(rate * s.m[i])
		loss += float64(s.w[i] * s.w[i])
	}
	return loss
}

func (s *toy) checkpoint() Checkpoint {
	state, _ := s.rng.MarshalBinary()
	return Checkpoint{
		Step:     s.step,
		Counters: map[string]uint64{"at": s.at},
		Tensors: []weights.Tensor{
			{Name: "w", Shape: []int{len(s.w)}, Data: s.w},
			{Name: "moments.w", Shape: []int{len(s.m)}, Data: s.m},
			{Name: "generator", Shape: []int{len(state)}, Data: state},
		},
	}
}

// restore goes on from a checkpoint made by this toy, whose w and m Start has
// filled.
func (s *toy) restore(c Checkpoint) error {
	s.step, s.at = c.Step, c.Counters["at"]
	return s.rng.UnmarshalBinary(c.Tensors[2].Data.([]byte))
}

// write writes what is left of a toy.
func (s *toy) write(dir string) error {
	return os.WriteFile(filepath.Join(dir, "w"), fmt.Append(nil, s.w), 0o666)
}

// trainToy trains seeds 1 and 2 of toyRun in dir to their end, with a
// checkpoint every few steps; it returns what Start warned of.
func trainToy(d disk, dir string, every int, pause time.Duration) (warnings []string, err error) {
	folder, err := openFolder(d, dir, toyRun)
	if err != nil {
		return nil, err
	}
	for _, seed := range []uint64{1, 2} {
		warned, err := trainSeed(folder, seed, every, pause)
		warnings = append(warnings, warned...)
		if err != nil {
			return warnings, err
		}
	}
	return warnings, folder.Finish(toyResult{2})
}

func trainSeed(folder *Folder, seed uint64, every int, pause time.Duration) (warnings []string, err error) {
	log, err := folder.Seed(seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	var result toyResult
	if done, err := log.Done(&result); done || err != nil {
		return nil, err
	}
	s := newToy(toyRun, seed)
	at, err := log.Start(s.checkpoint())
	if err == nil {
		err = s.restore(at)
	}
	for err == nil && s.step < toyRun.Steps {
		time.Sleep(pause)
		result.Loss = s.train(toyRun.Rate)
		values := Values{"train_loss": result.Loss, "lr": toyRun.Rate, "a, b": float64(s.at)}
		if s.step%5 == 0 {
			values["test_loss"] = result.Loss / 3
		}
		err = log.Step(s.step, values)
		if err == nil && s.step%every == 0 {
			err = log.Checkpoint(s.checkpoint())
		}
	}
	if err == nil {
		err = log.Checkpoint(s.checkpoint())
	}
	if err == nil {
		err = log.Folder("model", s.write)
	}
	if err == nil {
		err = log.Finish(map[string]float64{"loss": float64(s.w[0])})
	}
	return log.Warnings, err
}

// memoryDir is a new folder, in memory where the system offers that, since
// tests sync many files.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "keyhull")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// tree returns the content of every file under dir by its path.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// uninterrupted is the folder of a toy run that nothing disturbed.
func uninterrupted(t testing.TB) map[string]string {
	t.Helper()
	dir := memoryDir(t)
	if warnings, err := trainToy(disk{}, dir, 4, 0); err != nil || warnings != nil {
		t.Fatal(warnings, err)
	}
	return tree(t, dir)
}

// same fails unless dir holds the files of want, byte for byte.
func same(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	got := tree(t, dir)
	if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(a, b) {
		t.Fatalf("files %q, want %q", a, b)
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs:\n%q\nwant\n%q", name, got[name], want[name])
		}
	}
}

// TestSeedsTogether trains the seeds at the same time, as another process could.
func TestSeedsTogether(t *testing.T) {
	want := uninterrupted(t)
	dir := memoryDir(t)
	var group sync.WaitGroup
	for _, seed := range []uint64{1, 2} {
		group.Go(func() {
			folder, err := OpenFolder(dir, toyRun)
			if err == nil {
				_, err = trainSeed(folder, seed, 3, 0)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	delete(want, resultName)
	same(t, dir, want)
}

func TestFolder(t *testing.T) {
	files := uninterrupted(t)
	want := []string{".lock", "config.json"}
	for _, seed := range []string{"seed-1/", "seed-2/"} {
		want = append(want, seed+".lock", seed+"checkpoints/step-000000013.safetensors", seed+eventsName,
			seed+"metrics.csv", seed+"metrics.jsonl", seed+"model/w", seed+"result.json")
	}
	want = append(want, "result.json")
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("%q", got)
	}
	if files["seed-1/metrics.jsonl"] == files["seed-2/metrics.jsonl"] {
		t.Error("two seeds, one result")
	}
	for name, prefix := range map[string]string{
		"config.json":          "{\n  \"steps\": 13,\n",
		"result.json":          "{\n  \"loss\": 2\n}\n",
		"seed-1/metrics.csv":   "step,train_loss,test_loss,lr,\"a, b\"\n1,",
		"seed-1/metrics.jsonl": `{"step":1,"train_loss":`,
	} {
		if !bytes.HasPrefix([]byte(files[name]), []byte(prefix)) {
			t.Errorf("%s begins %.60q", name, files[name])
		}
	}
}

// TestEventsHead compares with the record that every event file begins with.
func TestEventsHead(t *testing.T) {
	head := eventsHead()
	if !bytes.HasPrefix(head, []byte("\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7fK\"\t")) || !bytes.Contains(head, []byte("\x1a\x0dbrain.Event:2")) {
		t.Errorf("%q", head)
	}
	if n := binary.LittleEndian.Uint64(head); int(n) != len(head)-16 {
		t.Errorf("%d of %d bytes", n, len(head))
	}
}
