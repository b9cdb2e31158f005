package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// golden is what testdata/make.py, that is NumPy, says of one tensor: values
// row by row, as shortest decimals of their float64.
type golden struct {
	Shape  []int
	DType  DType
	Values []string
}

func goldens(t *testing.T) map[string]map[string]golden {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]golden
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func open(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// values returns the numbers of m as float64, and checks that they are in the
// right slice.
func values(t testing.TB, m *Matrix) []float64 {
	t.Helper()
	v := slices.Clone(m.F64)
	for _, x := range m.F32 {
		v = append(v, float64(x))
	}
	if (m.F32 == nil) == (m.F64 == nil) || len(v) != m.Sets*m.N*m.Dim {
		t.Fatalf("%d float32 and %d float64 numbers for %d×%d×%d", len(m.F32), len(m.F64), m.Sets, m.N, m.Dim)
	}
	return v
}

// same reports whether a and b are one value: NaN equals NaN, 0 differs from −0.
func same(a, b float64) bool {
	return a == b && math.Signbit(a) == math.Signbit(b) || a != a && b != b
}

func TestGolden(t *testing.T) {
	seen := map[DType]bool{}
	for file, tensors := range goldens(t) {
		f := open(t, filepath.Join("testdata", file))
		for name, want := range tensors {
			m, err := f.Matrix(name)
			if err != nil {
				t.Error(err)
				continue
			}
			seen[want.DType] = true
			i := slices.IndexFunc(f.Tensors, func(i Info) bool { return i.Name == name })
			if got := f.Tensors[i]; got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) {
				t.Errorf("%s %q: %v, want %v of %s", file, name, got, want.Shape, want.DType)
			}
			if shape := []int{m.Sets, m.N, m.Dim}; !slices.Equal(shape[3-len(want.Shape):], want.Shape) {
				t.Errorf("%s %q: %v, want %v", file, name, shape, want.Shape)
			}
			for i, v := range values(t, m) {
				if w, err := strconv.ParseFloat(want.Values[i], 64); err != nil || !same(v, w) {
					t.Errorf("%s %q: number %d is %v, want %s", file, name, i, v, want.Values[i])
				}
			}
			narrow := want.DType.size() < 4 || want.DType == Float32
			if (m.F32 != nil) != narrow {
				t.Errorf("%s: %s in float32 is %v", file, want.DType, m.F32 != nil)
			}
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d types seen, of 12", len(seen))
	}
}

// TestRefused goes through NumPy's other types: the files open, and list what
// they hold, but hold no keys.
func TestRefused(t *testing.T) {
	files, _ := filepath.Glob("testdata/refused-*.npy")
	if len(files) != 8 {
		t.Fatalf("%d files", len(files))
	}
	for _, path := range files {
		kind := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "refused-"), ".npy")
		f := open(t, path)
		_, err := f.Matrix("")
		var e *Error
		if kind == "longdouble" {
			kind = "float128"
		}
		if !errors.As(err, &e) || !strings.Contains(e.Msg, "type "+kind) || !strings.Contains(e.Hint, "bfloat16") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNames(t *testing.T) {
	small, packed := open(t, "testdata/small.safetensors"), open(t, "testdata/packed.npz")
	single, npy := open(t, "testdata/single.npz"), open(t, "testdata/batch.npy")
	if m, err := single.Matrix(""); err != nil || m.Name != "arr_0" || m.Sets != 2 {
		t.Error(m, err)
	}
	for _, c := range []struct {
		file       *File
		name       string
		msg, hints string
	}{
		{small, "", "small.safetensors: holds 7 tensors", "--tensor: a (1×2 int64), b (6×4 float32), half (2×3×4 float16) and 4 that cannot be read as keys"},
		{small, "c", "small.safetensors: has no tensor c", "it holds a (1×2 int64), b "},
		{small, "HAL", "has no tensor HAL", "did you mean half (2×3×4 float16)?"},
		{small, "x\ny", `has no tensor "x\ny"`, "it holds a"},
		{small, "line", "tensor line: has 1 dimension (4)", "a matrix n×d is needed"},
		{small, "none", "tensor none: is empty (0×4)", "at least one key"},
		{small, "number", "tensor number: is a single number (zero-dimensional)", "a matrix n×d is needed"},
		{small, "flag", "tensor flag: has numbers of type bool", "float16"},
		{packed, "", "holds 4 tensors", `keys (6×4 float32), "odd name/ä,b" (1×2 int8) and 2 that cannot be read as keys`},
		{packed, "labels", "tensor labels: has 1 dimension", "reshape"},
		{npy, "x", "holds one tensor without a name, not x", "leave"},
	} {
		_, err := c.file.Matrix(c.name)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, c.msg) || !strings.Contains(e.Hint, c.hints) {
			t.Errorf("%q: %v\n%#v", c.name, err, e)
		}
	}
	var names []string
	for _, i := range small.Tensors {
		names = append(names, i.Name)
	}
	if !slices.IsSorted(names) || len(names) != 7 {
		t.Error(names)
	}
}

func TestArray(t *testing.T) {
	f := open(t, "testdata/small.safetensors")
	for _, name := range []string{"line", "none", "number", "a", "half"} {
		a, err := f.Array(name)
		if err != nil {
			t.Fatal(err)
		}
		size, info := 1, f.Tensors[slices.IndexFunc(f.Tensors, func(i Info) bool { return i.Name == name })]
		for _, n := range info.Shape {
			size *= n
		}
		if len(a.Float64()) != size || !slices.Equal(a.Shape, info.Shape) || (a.F32 == nil) == (a.F64 == nil) {
			t.Errorf("%s: %+v", name, a)
		}
		if m, err := f.Matrix(name); err == nil && !slices.Equal(values(t, m), a.Float64()) {
			t.Errorf("%s: %v, as a matrix %v", name, a.Float64(), values(t, m))
		}
	}
	for name, want := range map[string]string{"flag": "tensor flag: has numbers of type bool", "nil": "has no tensor nil"} {
		if _, err := f.Array(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}

// TestFolded lists what differs in numbers only once, where there is much of it.
func TestFolded(t *testing.T) {
	var tensors []tensor
	for layer := range 30 {
		for _, name := range []string{"q.weight", "k.weight"} {
			tensors = append(tensors, tensor{Info: Info{fmt.Sprintf("layer.%d.%s", layer, name), "float32", []int{4, 2}}})
		}
	}
	tensors = append(tensors, tensor{Info: Info{"wte", "float32", []int{9, 2}}}, tensor{Info: Info{"layer.30.k.weight", "float32", []int{1, 2}}},
		tensor{Info: Info{"bias", "float32", []int{9}}})
	f := newFile("model.safetensors", tensors)
	want := "layer.0.k.weight (4×2 float32) and 29 like it, layer.0.q.weight (4×2 float32) and 29 like it, " +
		"layer.30.k.weight (1×2 float32), wte (9×2 float32) and 1 that cannot be read as keys"
	if got := f.list(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for name, want := range map[string]string{"WT": "wte (9×2 float32)", "none": "", "bias": "", "": "",
		"q.weight": "layer.0.q.weight (4×2 float32) and 29 like it"} {
		if got := f.near(name); got != want {
			t.Errorf("near %q: %q, want %q", name, got, want)
		}
	}
}

// TestByContent opens copies under names that tell nothing, or lie.
func TestByContent(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"batch.npy", "single.npz", "small.safetensors", "blanks.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, strings.TrimSuffix(file, filepath.Ext(file)))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err != nil {
			t.Error(err)
		}
		wrong := path + ".npz"
		if filepath.Ext(file) == ".npz" {
			wrong = path + ".npy"
		}
		os.WriteFile(wrong, data, 0o600)
		if _, err := Open(wrong); err == nil || strings.Contains(err.Error(), "\n") {
			t.Error(file, err)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "empty.npy"), nil, 0o600)
	os.WriteFile(filepath.Join(dir, "model.pt"), []byte("something else"), 0o600)
	os.WriteFile(filepath.Join(dir, "keys.npy.gz"), []byte("\x1f\x8b\x08\x00"), 0o600)
	for name, want := range map[string]string{
		"": "is a directory", "none.npy": "none.npy: no such file", "empty.npy": "is empty",
		"model.pt": "in no format known", "keys.npy.gz": "gzip",
	} {
		_, err := Open(filepath.Join(dir, name))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, want) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("none.npy"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
