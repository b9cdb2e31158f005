package weights

import "slices"

// Array is a tensor of any number of dimensions, none for a single number.
// Exactly one of F32 and F64 is non-nil, as in a Matrix, row by row; the
// caller owns it.
type Array struct {
	Name  string
	Shape []int
	F32   []float32
	F64   []float64
}

// Float64 returns the numbers as float64, which holds them exactly; F64
// itself where that is how they are kept.
func (a *Array) Float64() []float64 {
	if a.F64 != nil {
		return a.F64
	}
	wide := make([]float64, len(a.F32))
	for i, v := range a.F32 {
		wide[i] = float64(v)
	}
	return wide
}

// Array reads the tensor called name, of any shape, an empty one too. Names
// and errors are those of [File.Matrix].
func (f *File) Array(name string) (*Array, error) {
	return read(f, name, (*File).array)
}

func (f *File) array(t *tensor) (*Array, error) {
	if t.DType.size() == 0 {
		return nil, unreadable(t)
	}
	number32, narrow := to32[t.DType]
	size := 8
	if narrow {
		size = 4
	}
	need, err := f.room(t.Shape, size, "use a machine with more memory, or a file with fewer keys")
	if err != nil {
		return nil, err
	}
	a := &Array{Name: t.Name, Shape: slices.Clone(t.Shape)}
	if narrow {
		a.F32 = make([]float32, need/4)
		return a, fill(t, a.F32, number32)
	}
	a.F64 = make([]float64, need/8)
	if t.parse != nil {
		return a, t.parse(a.F64)
	}
	return a, fill(t, a.F64, to64[t.DType])
}

// room returns the bytes of an array, if there is memory for them.
func (f *File) room(shape []int, size int, hint string) (int64, error) {
	need, ok := product(shape, size)
	if limit := f.memory(); !ok || need > limit {
		return 0, failf(hint, "needs %s of memory, but only %s can be had", bytesText(need), bytesText(limit))
	}
	return need, nil
}

func unreadable(t *tensor) error {
	return failf(readable+": convert it to one of them", "has numbers of type %s, which is not read", t.DType)
}
