package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteNPY writes data, in C order, as a .npy file (version 1.0) of the given
// shape. It panics if the shape does not have len(data) elements, or has a
// negative length. Errors are those of w.
func WriteNPY[T float32 | float64](w io.Writer, shape []int, data []T) error {
	size := binary.Size(T(0))
	elements, wrong := 1, false
	for _, n := range shape {
		elements, wrong = elements*n, wrong || n < 0
	}
	if wrong || elements != len(data) {
		panic(fmt.Sprintf("weights: %d numbers do not have the shape %v", len(data), shape))
	}
	tuple := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), "[]")
	if len(shape) == 1 {
		tuple += ","
	}
	dict := fmt.Sprintf("{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }", size, tuple)
	// The numbers begin at a multiple of 64 bytes; a newline ends the header.
	padding := 63 - (len(npyMagic)+4+len(dict))%64
	dict += strings.Repeat(" ", padding) + "\n"
	head := append([]byte(npyMagic), 1, 0)
	head = le.AppendUint16(head, uint16(len(dict)))
	if _, err := w.Write(append(head, dict...)); err != nil {
		return err
	}
	return writeNumbers(w, data)
}

// writeNumbers writes data in little-endian order, a chunk at a time.
func writeNumbers[T float32 | float64 | int64 | uint64 | uint8](w io.Writer, data []T) error {
	buf := make([]byte, 0, min(chunk, binary.Size(data)))
	for part := range slices.Chunk(data, chunk/8) {
		buf, _ = binary.Append(buf[:0], le, part) // fails for other types only
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
