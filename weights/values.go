package weights

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// chunk is how many bytes are read at a time: a multiple of every number's
// size, small beside any tensor worth the care.
const chunk = 1 << 18

// fill reads all numbers of t into dst, which has just their count, and makes
// sure that nothing follows them.
func fill[V float32 | float64](t *tensor, dst []V, number func([]byte) (V, bool)) error {
	r, err := t.open()
	if err != nil {
		return err
	}
	defer r.Close()
	size := t.DType.size()
	buf := make([]byte, min(chunk, len(dst)*size))
	at := newWalk(t)
	for left := len(dst) * size; left > 0; {
		part := buf[:min(len(buf), left)]
		if _, err := io.ReadFull(r, part); err != nil {
			return readError(err)
		}
		left -= len(part)
		if t.big {
			swap(part, size)
		}
		for ; len(part) > 0; part = part[size:] {
			v, exact := number(part[:size])
			if !exact {
				return inexact[V](t, at.pos, part)
			}
			dst[at.pos] = v
			at.next()
		}
	}
	return atEnd(r)
}

// atEnd makes sure that r has ended. This is also when the checksum of a zip
// member is compared.
func atEnd(r io.Reader) error {
	var one [1]byte
	switch _, err := io.ReadFull(r, one[:]); err {
	case io.EOF:
		return nil
	case nil:
		return failf(damaged, "holds more data than its shape needs")
	default:
		return readError(err)
	}
}

const damaged = "the file is damaged or was cut short: make or fetch it again"

func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return failf(damaged, "ends before its data does")
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return failf(damaged, "cannot be read: %w", err)
}

func swap(b []byte, size int) {
	for ; len(b) > 0; b = b[size:] {
		slices.Reverse(b[:size])
	}
}

func inexact[V float32 | float64](t *tensor, pos int, number []byte) error {
	const hint = "store the values as float64, or as integers of at most 53 bits"
	return failf(hint, "entry %s is %v, which %T cannot hold exactly", place(t, pos), integer(t.DType, number), V(0))
}

// integer returns the whole number in so many bytes as its type has.
func integer(d DType, b []byte) any {
	switch d {
	case Int64:
		return int64(le.Uint64(b))
	case Uint64:
		return le.Uint64(b)
	case Int32:
		return int32(le.Uint32(b))
	}
	return le.Uint32(b)
}

// place writes the indices of the number at pos.
func place(t *tensor, pos int) string {
	index := make([]string, len(t.Shape))
	for a := len(t.Shape) - 1; a >= 0; a-- {
		index[a] = fmt.Sprint(pos % t.Shape[a])
		pos /= t.Shape[a]
	}
	return "[" + strings.Join(index, ", ") + "]"
}

// walk goes through the places of a tensor's numbers, row by row in memory,
// in the order in which the file has them.
type walk struct {
	pos                  int
	index, shape, stride []int // nil unless the first index is the fastest
}

func newWalk(t *tensor) *walk {
	w := &walk{}
	if !t.fortran {
		return w
	}
	w.shape, w.index, w.stride = t.Shape, make([]int, len(t.Shape)), make([]int, len(t.Shape))
	stride := 1
	for a := len(t.Shape) - 1; a >= 0; a-- {
		w.stride[a] = stride
		stride *= t.Shape[a]
	}
	return w
}

func (w *walk) next() {
	if w.shape == nil {
		w.pos++
		return
	}
	for a := range w.shape {
		w.index[a]++
		w.pos += w.stride[a]
		if w.index[a] < w.shape[a] {
			return
		}
		w.pos -= w.stride[a] * w.shape[a]
		w.index[a] = 0
	}
}
