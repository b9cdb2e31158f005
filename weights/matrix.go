package weights

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// Matrix is a tensor of two or more dimensions: Sets key sets of N keys with
// Dim coordinates each, set by set and row by row (a tensor of two dimensions
// is one set). Exactly one of F32 and F64 is non-nil, and has Sets·N·Dim
// numbers; the caller owns it.
type Matrix struct {
	Name         string
	Sets, N, Dim int
	F32          []float32 // from float16, bfloat16, float32, (u)int8, (u)int16
	F64          []float64 // from float64, (u)int32, (u)int64, text
	// Over names the axes that sets come from, and Layout all of them as they are
	// in the file; both only after [File.Keys], where they are known.
	Over   Axes
	Layout Layout
}

// Matrix reads the tensor called name. The name "" stands for the only tensor
// of a file that holds exactly one. Nothing but that tensor is read, straight
// into the slice returned. Errors are of type [*Error]: a name that is not
// there (the hint lists those that are), a type or a number of dimensions
// that is no matrix, an empty tensor, an integer that float64 cannot hold,
// more bytes than there is memory, a file that fails while it is read.
// NaN and infinities are passed on as they are.
func (f *File) Matrix(name string) (*Matrix, error) {
	return read(f, name, (*File).matrix)
}

// read finds a tensor and reads it; errors say where.
func read[V any](f *File, name string, as func(*File, *tensor) (*V, error)) (*V, error) {
	t, err := f.find(name)
	if err != nil {
		return nil, located(shown(f.Path), err)
	}
	v, err := as(f, t)
	if err != nil {
		if t.Name != "" {
			err = located("tensor "+shown(t.Name), err)
		}
		return nil, located(shown(f.Path), err)
	}
	return v, nil
}

func (f *File) find(name string) (*tensor, error) {
	if name == "" && len(f.tensors) == 1 {
		return &f.tensors[0], nil
	}
	for i := range f.tensors {
		if f.tensors[i].Name == name && name != "" {
			return &f.tensors[i], nil
		}
	}
	if len(f.tensors) == 1 && f.tensors[0].Name == "" {
		return nil, failf("leave the tensor's name away", "holds one tensor without a name, not %s", shown(name))
	}
	if name == "" {
		return nil, failf("name one with --tensor"+f.keyList(), "holds %d tensors", len(f.tensors))
	}
	if near := f.near(name); near != "" {
		return nil, failf("did you mean "+near+"?", "has no tensor %s", shown(name))
	}
	return nil, failf("it holds "+f.list(), "has no tensor %s", shown(name))
}

// dimensions writes a shape as 512×64; a single number has none.
func dimensions(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", "×")
}

// check refuses what is no matrix of readable numbers.
func check(t *tensor) error {
	const want = "a matrix n×d is needed, one key a row, or …×n×d for several key sets"
	switch rank := len(t.Shape); {
	case rank == 0:
		return failf(want, "is a single number (zero-dimensional)")
	case rank == 1:
		return failf(want+": reshape it", "has 1 dimension (%s)", dimensions(t.Shape))
	case t.DType.size() == 0:
		return unreadable(t)
	}
	for _, n := range t.Shape {
		if n == 0 {
			return failf("at least one key of one coordinate is needed", "is empty (%s)", dimensions(t.Shape))
		}
	}
	return nil
}

func (f *File) matrix(t *tensor) (*Matrix, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	a, err := f.array(t)
	if err != nil {
		return nil, err
	}
	m := &Matrix{Name: t.Name, Sets: 1, N: t.Shape[len(t.Shape)-2], Dim: t.Shape[len(t.Shape)-1], F32: a.F32, F64: a.F64}
	for _, n := range t.Shape[:len(t.Shape)-2] {
		m.Sets *= n
	}
	return m, nil
}

// product returns the bytes of a tensor with elements of the given size;
// on overflow the greatest int64 and false. Dimensions must not be negative.
func product(shape []int, size int) (int64, bool) {
	for _, n := range shape {
		if n == 0 {
			return 0, true
		}
	}
	total := uint64(size)
	for _, n := range shape {
		high, low := bits.Mul64(total, uint64(n))
		if high != 0 || low > math.MaxInt64 {
			return math.MaxInt64, false
		}
		total = low
	}
	return int64(total), true
}

func bytesText(n int64) string {
	if n == math.MaxInt64 {
		return "more than 8 EiB"
	}
	v, unit := float64(n), 0
	for v >= 1024 && unit < 6 {
		v, unit = v/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %ciB", v, " KMGTPE"[unit])
}
