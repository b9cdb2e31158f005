package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// folder makes a folder of files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openCheckpoint(t testing.TB, path string) *Checkpoint {
	t.Helper()
	c, err := OpenCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// layers are two shards of a model, and the model in one file.
func layers(t testing.TB) (first, second, whole string) {
	t.Helper()
	a := Tensor{"a.weight", []int{2, 2}, []float32{1, 2, 3, 4}}
	b := Tensor{"b.bias", []int{3}, []float64{-1, 0.1, 1e-300}}
	n := Tensor{"b.position_ids", []int{1, 2}, []int64{0, 1}}
	return string(encoded(t, []Tensor{a}, nil)), string(encoded(t, []Tensor{b, n}, nil)), string(encoded(t, []Tensor{a, b, n}, nil))
}

const layersIndex = `{"metadata": {"total_size": 56}, "weight_map": {"a.weight": "model-1.safetensors",
	"b.bias": "model-2.safetensors", "b.position_ids": "model-2.safetensors"}}`

// TestCheckpointFolder reads one model from a folder, from shards and from a
// file.
func TestCheckpointFolder(t *testing.T) {
	first, second, whole := layers(t)
	shards := folder(t, map[string]string{"model.safetensors.index.json": layersIndex, "config.json": `{"n": 1e-12}`,
		"model-1.safetensors": first, "model-2.safetensors": second, "vocab.txt": "a"})
	single := folder(t, map[string]string{"model.safetensors": whole, "config.json": `{"n": 1e-12}`, "vocab.txt": "a"})
	odd := folder(t, map[string]string{"other.safetensors": whole, "config.json": `{"n": 1e-12}`, "vocab.txt": "a"})
	for _, path := range []string{shards, single, odd, filepath.Join(single, "model.safetensors"), filepath.Join(shards, "model.safetensors.index.json")} {
		c := openCheckpoint(t, path)
		if got := c.Names(); !slices.Equal(got, []string{"a.weight", "b.bias", "b.position_ids"}) {
			t.Errorf("%s: %v", path, got)
		}
		if s := fmt.Sprintf("%v %s %s %s", c.Shape("a.weight"), c.Type("a.weight"), c.Type("b.bias"), c.Type("b.position_ids")); s != "[2 2] F32 F64 I64" {
			t.Error(s)
		}
		for name, want := range map[string][]float32{"a.weight": {1, 2, 3, 4}, "b.bias": {-1, 0.1, 0}, "b.position_ids": {0, 1}} {
			if got, err := c.Read(name); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		if !reflect.DeepEqual(c.Config(), map[string]any{"n": json.Number("1e-12")}) || c.Metadata() != nil {
			t.Error(c.Config(), c.Metadata())
		}
		if vocab, ok := c.File("vocab.txt"); !ok || filepath.Base(vocab) != "vocab.txt" {
			t.Error(vocab, ok)
		}
		for _, name := range []string{"merges.txt", "../" + filepath.Base(filepath.Dir(vocabPath(c))) + "/vocab.txt", ".", ""} {
			if at, ok := c.File(name); ok {
				t.Error(name, at)
			}
		}
	}
}

func vocabPath(c *Checkpoint) string { p, _ := c.File("vocab.txt"); return p }

// refused checks that opening a path, or else reading all of it, gives a line
// with the words wanted, and a hint.
func refused(t *testing.T, path, want string) {
	t.Helper()
	err := readCheckpoint(path)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Msg, want) || e.Hint == "" || strings.ContainsAny(e.Msg+e.Hint, "\n\r") {
		t.Errorf("%#v\nwant %s", err, want)
	}
}

func readCheckpoint(path string) error {
	c, err := OpenCheckpoint(path)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range c.Names() {
		if _, e := c.Read(name); err == nil {
			err = e
		}
	}
	return err
}

func TestCheckpointRefused(t *testing.T) {
	first, second, whole := layers(t)
	index := func(text string) map[string]string {
		return map[string]string{"model.safetensors.index.json": text, "model-1.safetensors": first, "model-2.safetensors": second}
	}
	without := index(layersIndex)
	delete(without, "model-2.safetensors")
	for want, files := range map[string]map[string]string{
		"is a folder without a file of weights":                              {"config.json": "{}"},
		"is a folder with 2 files of weights":                                {"a.safetensors": first, "b.safetensors": first},
		"lacks 1 of the 2 shards that model.safetensors.index.json names":    without,
		"model-1.safetensors: has no tensor c, which the index says it has":  index(`{"weight_map": {"c": "model-1.safetensors"}}`),
		"../x is no name of a file beside it":                                index(`{"weight_map": {"c": "../x"}}`),
		`"" is no name of a file beside it`:                                  index(`{"weight_map": {"c": ""}}`),
		"the key c is repeated":                                              index(`{"weight_map": {"c": "model-1.safetensors", "c": "model-2.safetensors"}}`),
		"there is no weight_map that names tensors":                          index(`{"weight_map": {}}`),
		"model.safetensors.index.json: has no valid JSON":                    index(`{"weight_map": {`),
		"is no index of shards: 7 where a string is needed":                  index(`{"weight_map": {"c": 7}}`),
		"config.json: is no JSON object":                                     {"model.safetensors": whole, "config.json": "[]"},
		"model.safetensors: is empty (0 bytes)":                              {"model.safetensors": ""},
		"model.safetensors: holds 0 tensors":                                 {"model.safetensors": string(tensors("{}", 0)), "config.json": "{}"},
		"model.safetensors: tensor w: entry [0, 1] is NaN as float32":        {"model.safetensors": string(encoded(t, []Tensor{{"w", []int{1, 2}, []float32{0, float32(math.NaN())}}}, nil))},
		"model.safetensors: tensor w: entry [1] is +Inf as float32":          {"model.safetensors": string(encoded(t, []Tensor{{"w", []int{2}, []float64{0, 1e300}}}, nil))},
		"tensor w: entry [1] is 16777217, which float32 cannot hold exactly": {"model.safetensors": string(encoded(t, []Tensor{{"w", []int{2}, []int64{0, 1<<24 + 1}}}, nil))},
		"tensor w: has numbers of type complex64, which is not read":         {"model.safetensors": string(tensors(`{"w":`+entry("C64", "1", "0,8")+`}`, 8))},
	} {
		path := folder(t, files)
		if strings.Contains(want, "holds 0 tensors") {
			path = filepath.Join(path, "model.safetensors")
		}
		refused(t, path, want)
	}
}

// TestCheckpointKinds holds what is taken as a model, and what as matrices.
func TestCheckpointKinds(t *testing.T) {
	_, _, whole := layers(t)
	model := string(sampleGGUF())
	c := openCheckpoint(t, folder(t, map[string]string{"model-Q4.gguf": model, "reference.safetensors": whole}))
	if c.Metadata()["general.architecture"] != "llama" {
		t.Error(c.Metadata())
	}
	refused(t, folder(t, map[string]string{"model-Q4.gguf": model, "odd.safetensors": whole, "config.json": "{}"}), "with 2 files of weights")
	refused(t, folder(t, map[string]string{"a.gguf": model, "b.gguf": model}), "with 2 files of weights")
	refused(t, filepath.Join("testdata", "float32.npy"), "is a .npy file")
	refused(t, save(t, "keys.csv", []byte("1,2\n")), "is in no format known here")
	refused(t, save(t, "empty.gguf", nil), "is empty")
	for _, name := range []string{"x", "x.model"} {
		if openCheckpoint(t, save(t, name, []byte(model))).Type("Q6_K") != "Q6_K" {
			t.Error(name)
		}
	}
	var e *Error
	if _, err := Open(save(t, "x", []byte(model))); !errors.As(err, &e) || !strings.HasSuffix(e.Msg, "is a .gguf file") {
		t.Error(err)
	}
}

// TestRunFolderIsNoModel holds the hint for a folder that training left.
func TestRunFolderIsNoModel(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "seed-1", "model")
	if err := os.MkdirAll(model, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(model, "config.json"), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "seed-1")} {
		refused(t, path, "without a file of weights")
		var e *Error
		if _, err := OpenCheckpoint(path); errors.As(err, &e) && e.Hint != "give a model in it: "+model {
			t.Errorf("hint: %s", e.Hint)
		}
	}
}

// TestTorchShards reads a model of two of PyTorch's files and their index.
func TestTorchShards(t *testing.T) {
	files := map[string]string{"pytorch_model.bin.index.json": `{"weight_map": {"one": "a.bin", "float16": "b.bin"}}`}
	for to, from := range map[string]string{"a.bin": "views.bin", "b.bin": "types-legacy.bin"} {
		data, err := os.ReadFile(filepath.Join("testdata/torch", from))
		if err != nil {
			t.Fatal(err)
		}
		files[to] = string(data)
	}
	c := openCheckpoint(t, folder(t, files))
	one, err := c.Read("one")
	half, err2 := c.Read("float16")
	if s := fmt.Sprint(c.Names(), one, half, err, err2); s != "[float16 one] [59] [0 1 2 100] <nil> <nil>" {
		t.Error(s)
	}
	delete(files, "b.bin")
	refused(t, folder(t, files), "lacks 1 of the 2 shards that pytorch_model.bin.index.json names")
}

func TestCheckpointMemory(t *testing.T) {
	c := openCheckpoint(t, save(t, "x.gguf", sampleGGUF()))
	for _, f := range c.files {
		f.memory = func() int64 { return 4*512 - 1 }
	}
	if _, err := c.Read("Q4_0"); err != nil {
		t.Error(err)
	}
	if _, err := c.Read("Q6_K"); err == nil || !strings.Contains(err.Error(), "tensor Q6_K: needs 2.0 KiB of memory, but only 2.0 KiB can be had") {
		t.Error(err)
	}
}

func TestCheckpointNames(t *testing.T) {
	_, _, whole := layers(t)
	c := openCheckpoint(t, folder(t, map[string]string{"model.safetensors": whole}))
	if c.Shape("x") != nil || c.Type("x") != "" || c.Config() != nil {
		t.Error(c.Shape("x"), c.Type("x"), c.Config())
	}
	for name, want := range map[string]string{"bias": "did you mean b.bias (3 F64)?", "x": "it holds a.weight (2×2 F32), b.bias (3 F64), b.position_ids (1×2 I64)"} {
		_, err := c.Read(name)
		var e *Error
		if !errors.As(err, &e) || e.Hint != want || !strings.HasSuffix(e.Msg, "has no tensor "+name) {
			t.Errorf("%#v", err)
		}
	}
}

// TestHub finds models in the cache by each of the variables, in their order.
func TestHub(t *testing.T) {
	_, _, whole := layers(t)
	cache := func(under, commit string) string {
		return folder(t, map[string]string{under + "models--org--name/refs/main": commit, under + "models--old/refs/main": commit + "\n",
			under + "models--org--name/snapshots/0123abcd/model.safetensors": whole, under + "models--old/snapshots/0123abcd/model.safetensors": whole})
	}
	set := func(hub, home, xdg, user string) {
		t.Setenv("HF_HUB_CACHE", hub)
		t.Setenv("HF_HOME", home)
		t.Setenv("XDG_CACHE_HOME", xdg)
		t.Setenv("HOME", user)
		t.Chdir(t.TempDir())
	}
	hub, home, xdg, user := cache("", "0123abcd"), cache("hub/", "0123abcd"), cache("huggingface/hub/", "0123abcd"), cache(".cache/huggingface/hub/", "0123abcd")
	for _, env := range [][4]string{{hub, "/none", "/none", "/none"}, {"", home, "/none", "/none"}, {"", "", xdg, "/none"}, {"", "", "", user}, {"", "~/.cache/huggingface", "", user}} {
		set(env[0], env[1], env[2], env[3])
		for _, id := range []string{"org/name", "old"} {
			if got := openCheckpoint(t, id).Names(); len(got) != 3 {
				t.Error(env, id, got)
			}
		}
	}
	set(hub, "", "", user)
	refused(t, "org/other", "and no model of this name is in the cache "+hub+" (HF_HUB_CACHE)")
	refused(t, "org/name.safetensors", "no such file")
	set(cache("", "ffff"), "", "", user)
	refused(t, "org/name", "but there is no ")
	set(cache("", "../x"), "", "", user)
	refused(t, "org/name", "names no commit: ../x")
}
