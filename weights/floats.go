package weights

import "math"

const lessMemory = "use a machine with more memory, or a smaller model"

// floats reads a tensor as float32: rounded from float64, and finite.
func (f *File) floats(t *tensor) ([]float32, error) {
	number, narrow := to32[t.DType]
	wide := to64[t.DType]
	runs, many := inRuns(t)
	if !narrow && wide == nil && !many {
		return nil, unreadable(t)
	}
	need, err := f.room(t.Shape, 4, lessMemory)
	if err != nil {
		return nil, err
	}
	values := make([]float32, need/4)
	switch {
	case many:
		err = fillRuns(t, values, runs)
	case narrow:
		err = fill(t, values, number)
	default:
		err = fill(t, values, rounded(t.DType, wide))
	}
	if err == nil {
		err = finite(t, values)
	}
	if err != nil {
		return nil, err
	}
	return values, nil
}

// rounded returns how a number is read as float32. Integers must fit.
func rounded(d DType, wide func([]byte) (float64, bool)) func([]byte) (float32, bool) {
	return func(b []byte) (float32, bool) {
		v, exact := wide(b)
		narrow := float32(v)
		return narrow, d == Float64 || exact && float64(narrow) == v
	}
}

// finite refuses NaN and infinities: no weight of a model is one.
func finite(t *tensor, values []float32) error {
	const exponent = 0xff << 23
	for i, v := range values {
		if math.Float32bits(v)&exponent == exponent {
			return failf("the model is damaged, or its training failed: fetch it again", "entry %s is %v as float32", place(t, i), v)
		}
	}
	return nil
}
