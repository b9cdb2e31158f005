package weights

import "io"

// WriteNPY writes data, in C order, as a .npy file of the given shape. It
// panics if the shape does not have len(data) elements.
func WriteNPY[T float32 | float64](w io.Writer, shape []int, data []T) error {
	panic("not implemented")
}
