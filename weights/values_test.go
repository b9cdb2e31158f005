package weights

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHalf compares every float16 with its definition.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		exp, frac := h>>10&31, float64(h&1023)
		want := math.Ldexp(1+frac/1024, exp-15)
		switch {
		case exp == 0:
			want = math.Ldexp(frac/1024, -14)
		case exp == 31 && frac == 0:
			want = math.Inf(1)
		case exp == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = -want
		}
		if got := float64(half(uint16(h))); !same(got, want) {
			t.Fatalf("%#x: %v, want %v", h, got, want)
		}
	}
}

func TestIntegersExact(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 1 << 53, -1 << 53, 1<<53 + 2, 1 << 62, math.MinInt64} {
		if got, ok := to64[Int64](le.AppendUint64(nil, uint64(v))); !ok || got != float64(v) {
			t.Errorf("%d: %v, %v", v, got, ok)
		}
	}
	for _, v := range []int64{1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64 + 1} {
		if _, ok := to64[Int64](le.AppendUint64(nil, uint64(v))); ok {
			t.Errorf("%d passes", v)
		}
	}
	if _, ok := to64[Uint64](le.AppendUint64(nil, math.MaxUint64)); ok {
		t.Error("the greatest uint64 passes")
	}
}

// raw returns a .npy file with the given header fields and data.
func raw(descr, fortran, shape string, data ...byte) []byte {
	dict := "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + "}\n"
	head := le.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(dict)))
	return append(append(head, dict...), data...)
}

func save(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInexactNamesEntry(t *testing.T) {
	var data []byte
	for i := range uint64(24) {
		data = le.AppendUint64(data, i)
	}
	le.PutUint64(data[8*21:], 1<<53+1)
	for _, c := range []struct{ fortran, shape, want string }{
		{"False", "(2, 3, 4)", "entry [1, 2, 1] is 9007199254740993"}, // 21 = (1·3 + 2)·4 + 1
		{"True", "(2, 3, 4)", "entry [1, 1, 3] is 9007199254740993"},  // 21 = 1 + 2·(1 + 3·3)
		{"True", "(6, 4)", "entry [3, 3] is 9007199254740993"},        // 21 = 3 + 6·3
	} {
		_, err := open(t, save(t, "keys.npy", raw("'<i8'", c.fortran, c.shape, data...))).Matrix("")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Error(err)
		}
	}
}

// TestRoundTrip writes and reads arrays of any values, NaNs with payload
// included, and compares bits.
func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.npy")
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 2, 5).Draw(t, "shape")
		n := 1
		for _, d := range shape {
			n *= d
		}
		bits := rapid.SliceOfN(rapid.Uint64(), n, n).Draw(t, "bits")
		narrow, wide := make([]float32, n), make([]float64, n)
		for i, b := range bits {
			narrow[i], wide[i] = math.Float32frombits(uint32(b)), math.Float64frombits(b)
		}
		m := written(t, path, shape, narrow)
		for i, v := range m.F32 {
			if math.Float32bits(v) != uint32(bits[i]) {
				t.Fatalf("float32 %d: %v", i, v)
			}
		}
		m = written(t, path, shape, wide)
		for i, v := range m.F64 {
			if math.Float64bits(v) != bits[i] {
				t.Fatalf("float64 %d: %v", i, v)
			}
		}
		if m.N != shape[len(shape)-2] || m.Dim != shape[len(shape)-1] || m.Sets*m.N*m.Dim != n || len(m.F64) != n {
			t.Fatalf("%v read as %d×%d×%d", shape, m.Sets, m.N, m.Dim)
		}
	})
}

func written[T float32 | float64](t *rapid.T, path string, shape []int, data []T) *Matrix {
	var b bytes.Buffer
	if err := WriteNPY(&b, shape, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := f.Matrix("")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWriteNPY compares the writer with NumPy's own bytes.
func TestWriteNPY(t *testing.T) {
	want, err := os.ReadFile("testdata/batch.npy")
	if err != nil {
		t.Fatal(err)
	}
	data := make([]float32, 24)
	for i := range data {
		data[i] = float32(i)
	}
	var b bytes.Buffer
	// NumPy leaves room for a longer first dimension, so its padding differs.
	if err := WriteNPY(&b, []int{2, 3, 4}, data); err != nil || !bytes.HasSuffix(want, b.Bytes()[b.Len()-96:]) {
		t.Errorf("%q, want %q (%v)", b.Bytes(), want, err)
	}
	dict, _, _ := bytes.Cut(b.Bytes()[10:], []byte("}"))
	if !bytes.Contains(want, dict) || (b.Len()-96)%64 != 0 {
		t.Errorf("%q", b.Bytes())
	}
}

// TestLongTensor crosses the borders of the chunks that files are read in.
func TestLongTensor(t *testing.T) {
	n := chunk/8 + 3
	data := make([]float64, 2*n)
	for i := range data {
		data[i] = float64(i)
	}
	var b bytes.Buffer
	if err := WriteNPY(&b, []int{n, 2}, data); err != nil {
		t.Fatal(err)
	}
	m, err := open(t, save(t, "long.npy", b.Bytes())).Matrix("")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.F64 {
		if v != float64(i) {
			t.Fatalf("number %d is %v", i, v)
		}
	}
}
