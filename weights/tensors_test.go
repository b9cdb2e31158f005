package weights

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// some is one tensor of each type, with numbers that no other type holds, a
// rank of 0 to 3, and a name that JSON must escape.
var some = []Tensor{
	{"b", []int{3}, []uint8{0, 1, 255}},
	{"scalar", nil, []float64{math.Pi}},
	{"int", []int{2}, []int64{math.MinInt64, math.MaxInt64}},
	{"rng", []int{2}, []uint64{math.MaxUint64, 1}},
	{"W \"é\"<", []int{2, 3}, []float32{1, 2, 3, math.MaxFloat32, -0.5, 1e-45}},
	{"cube", []int{2, 1, 2}, []float64{1, 2, 3, 5e-324}},
	{"none", []int{0, 4}, []float32{}},
}

func encoded(t rapid.TB, tensors []Tensor, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSafetensors(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSafetensorsSameBytes(t *testing.T) {
	metadata := map[string]string{"format": "pt", "a": "1", "z": "2"}
	file := encoded(t, some, metadata)
	reversed := slices.Clone(some)
	slices.Reverse(reversed)
	if !bytes.Equal(file, encoded(t, reversed, metadata)) {
		t.Error("the order of the tensors changes the bytes")
	}
	if n := le.Uint64(file); n%8 != 0 || file[8+n-1] != ' ' && file[8+n-1] != '}' {
		t.Errorf("header of %d bytes", n)
	}
}

// TestSafetensorsKeys reads what was written through the reader for keys.
func TestSafetensorsKeys(t *testing.T) {
	f, err := Open(save(t, "x.safetensors", encoded(t, some, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := f.Matrix("W \"é\"<")
	if err != nil || m.N != 2 || m.Dim != 3 || !slices.Equal(m.F32, some[4].Data.([]float32)) {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestSafetensorsRoundTrip: any tensors come back, NaN's bits too, and their
// numbers are aligned in the file.
func TestSafetensorsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.String().Filter(func(s string) bool { return s != metadataKey }), 0, 6, rapid.ID).Draw(t, "names")
		metadata := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "metadata")
		var want []Tensor
		for _, name := range names {
			shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
			n, _ := product(shape, 1)
			data := numbers(rapid.SampledFrom([]DType{Float32, Float64, Int64, Uint64, Uint8}).Draw(t, "type"), 8*int(n))
			v := reflect.ValueOf(data).Slice(0, int(n))
			for i := range int(n) {
				v.Index(i).Set(reflect.ValueOf(math.Float64frombits(rapid.Uint64().Draw(t, "bits"))).Convert(v.Type().Elem()))
			}
			want = append(want, Tensor{name, shape, v.Interface()})
		}
		file := encoded(t, want, metadata)
		got, gotMetadata, err := ReadSafetensors(file)
		if err != nil || fmt.Sprint(gotMetadata) != fmt.Sprint(metadata) {
			t.Fatalf("metadata %v, want %v; %v", gotMetadata, metadata, err)
		}
		if !bytes.Equal(file, encoded(t, got, metadata)) || len(got) != len(want) {
			t.Fatalf("read %v, want %v", got, want)
		}
		entries, _, start, err := readStored(source{bytes.NewReader(file), int64(len(file))})
		for _, e := range entries {
			if err != nil || (start+int64(e.begin))%int64(e.DType.size()) != 0 {
				t.Fatalf("%v begins at %d+%d, %v", e.Info, start, e.begin, err)
			}
		}
	})
}

func TestSafetensorsPanics(t *testing.T) {
	for name, tensors := range map[string][]Tensor{
		"shape":    {{"a", []int{2}, []float32{1}}},
		"negative": {{"a", []int{-1, -1}, []float32{1}}},
		"type":     {{"a", []int{1}, []int{1}}},
		"reserved": {{"__metadata__", []int{1}, []float32{1}}},
		"UTF-8":    {{"\xff", []int{1}, []float32{1}}},
		"repeated": {{"a", []int{1}, []float32{1}}, {"a", []int{1}, []float64{1}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			WriteSafetensors(&bytes.Buffer{}, tensors, nil)
		})
	}
}

func FuzzReadSafetensors(f *testing.F) {
	f.Add(encoded(f, some, map[string]string{"a": "b"}))
	for _, a := range attacks {
		if a.ext == ".safetensors" {
			f.Add(a.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, metadata, err := ReadSafetensors(data)
		oneLine(t, err)
		if err != nil {
			return
		}
		again, _, err := ReadSafetensors(encoded(t, tensors, metadata))
		if err != nil || len(again) != len(tensors) {
			t.Fatalf("%v, then %v, %v", tensors, again, err)
		}
	})
}

// TestSafetensorsPython has the format's own library read and write the file.
// KEYHULL_PYTHON names an interpreter that has it, and torch if it can.
func TestSafetensorsPython(t *testing.T) {
	python := os.Getenv("KEYHULL_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.Command(python, "-c", "import safetensors.numpy").CombinedOutput(); err != nil {
		t.Skipf("%s has no safetensors with numpy (pip install safetensors numpy): %v: %s", python, err, lastLine(out))
	}
	dir := t.TempDir()
	file := encoded(t, some, map[string]string{"format": "pt", "note": "é"})
	if err := os.WriteFile(filepath.Join(dir, "ours.safetensors"), file, 0o666); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "-c", `
import numpy, safetensors, safetensors.numpy
t = safetensors.numpy.load_file("ours.safetensors")
with safetensors.safe_open("ours.safetensors", "numpy") as f: m = f.metadata()
assert m == {"format": "pt", "note": "é"}, m
assert t["int"].tolist() == [-2**63, 2**63-1] and t["rng"].tolist() == [2**64-1, 1], t
assert t["scalar"].shape == () and t["none"].shape == (0, 4) and t["cube"].shape == (2, 1, 2), t
assert t["b"].tolist() == [0, 1, 255] and t["b"].dtype == numpy.uint8, t
safetensors.numpy.save_file(t, "theirs.safetensors", m)
try: import safetensors.torch
except ImportError: print("without torch")
else: assert safetensors.torch.load_file("ours.safetensors")['W "é"<'].tolist()[1][1] == -0.5
`)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	theirs, err := os.ReadFile(filepath.Join(dir, "theirs.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	got, metadata, err := ReadSafetensors(theirs)
	if err != nil || !bytes.Equal(file, encoded(t, got, metadata)) {
		t.Errorf("what Python wrote of it reads as %v, %v, %v", got, metadata, err)
	}
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
