// Read by hand, not with gpustack/gguf-parser-go: tried on our inputs, v0.28.1
// trims white space off every string, so that the token "\n" becomes "" and
// "  a " becomes "a".

package weights

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const (
	ggufMagic      = "GGUF"
	ggufDimensions = 4
	ggufAlignment  = 32 // unless general.alignment says another
	regguf         = "the file is damaged or was not made by llama.cpp's tools: make or fetch it again"
)

// ggufTensor is one entry of a .gguf header.
type ggufTensor struct {
	Info
	begin uint64 // its place, counted from the start of the data
	bytes uint64
}

func readGGUF(src source) ([]tensor, error) {
	tensors, _, err := readGGUFAll(src)
	return tensors, err
}

// readGGUFAll reads a header: the mark, the version, two counts, keys and
// values, then name, shape, type and place of each tensor. The data begin at
// the next multiple of the alignment, and must fill the rest of the file in
// the same way, each tensor behind the one before.
func readGGUFAll(src source) ([]tensor, map[string]any, error) {
	c := newCursor(src, 0)
	tensorCount, keyCount := ggufStart(c)
	metadata := ggufMetadata(c, keyCount)
	entries := ggufEntries(c, tensorCount)
	alignment := uint64(ggufAlignment)
	if v, ok := metadata["general.alignment"]; ok && c.err == nil {
		n, isNumber := v.(uint32)
		if alignment = uint64(n); !isNumber || bits.OnesCount32(n) != 1 {
			c.fail(failf(regguf, "general.alignment is %s, which is no power of two", shown(fmt.Sprint(v))))
		}
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	start := aligned(uint64(c.pos), alignment)
	if len(entries) == 0 {
		start = min(start, uint64(src.size))
	}
	if start > uint64(src.size) {
		return nil, nil, readError(io.ErrUnexpectedEOF)
	}
	if err := ggufLayout(entries, uint64(src.size)-start, alignment); err != nil {
		return nil, nil, err
	}
	tensors := make([]tensor, len(entries))
	for i, e := range entries {
		tensors[i] = tensor{Info: e.Info, open: src.section(int64(start+e.begin), int64(e.bytes))}
	}
	return tensors, metadata, nil
}

// ggufStart reads up to the two counts, and compares them with the file: a
// key takes 13 bytes at least, an entry 24.
func ggufStart(c *cursor) (tensors, keys uint64) {
	if c.text(4) != ggufMagic && c.err == nil {
		c.fail(failf(regguf, "does not begin with the mark of a .gguf file"))
	}
	switch version := c.u32(); {
	case c.err != nil || version == 2 || version == 3:
	case version == 1:
		c.fail(failf("convert the model again with llama.cpp", "has format version 1; 2 and 3 are read"))
	case bits.ReverseBytes32(version) == 3:
		c.fail(failf("convert it for a little-endian machine", "is big-endian"))
	default:
		c.fail(failf(regguf, "has format version %d; 2 and 3 are read", version))
	}
	tensors, keys = c.u64(), c.u64()
	if c.err == nil && (keys > c.left()/13 || tensors > c.left()/24) {
		c.fail(failf(damaged, "claims %d keys and %d tensors, for which %d bytes are too few", keys, tensors, c.left()))
	}
	return tensors, keys
}

func ggufEntries(c *cursor, count uint64) []ggufTensor {
	var entries []ggufTensor
	seen := map[string]bool{}
	for ; count > 0 && c.err == nil; count-- {
		name := ggufText(c)
		e, err := ggufEntry(c, name)
		switch {
		case c.err != nil:
		case !utf8.ValidString(name):
			c.fail(failf(regguf, "has a tensor whose name is not UTF-8: %s", shown(name)))
		case seen[name]:
			c.fail(failf(regguf, "has two tensors named %s", shown(name)))
		case err != nil:
			c.fail(located("tensor "+shown(name), err))
		}
		seen[name] = true
		entries = append(entries, e)
	}
	return entries
}

// ggufEntry reads what follows a tensor's name, and computes its bytes.
func ggufEntry(c *cursor, name string) (ggufTensor, error) {
	shape, err := ggufShape(c)
	if err != nil {
		return ggufTensor{}, err
	}
	code := c.u32()
	e := ggufTensor{Info: Info{Name: name, Shape: shape}, begin: c.u64()}
	kind, known := ggufTypes[code]
	if !known {
		return e, failf(regguf, "has the unknown number type %d", code)
	}
	e.DType = kind.dtype
	row := 1
	if len(shape) > 0 {
		row = shape[len(shape)-1]
	}
	if row%kind.numbers != 0 {
		return e, failf(regguf, "has rows of %d numbers, no multiple of the %d of a block of type %s", row, kind.numbers, kind.dtype)
	}
	need, ok := product(shape, kind.bytes)
	if !ok {
		return e, failf(regguf, "has %s numbers, more than any file holds", dimensions(shape))
	}
	e.bytes = uint64(need) / uint64(kind.numbers)
	return e, nil
}

// ggufShape reads the dimensions, and puts them into the order of the indices.
func ggufShape(c *cursor) ([]int, error) {
	rank := c.u32()
	if rank > ggufDimensions {
		return nil, failf(regguf, "has %d dimensions; at most %d are known", rank, ggufDimensions)
	}
	shape := make([]int, rank)
	for i := range shape {
		n := c.u64()
		if n > math.MaxInt {
			return nil, failf(regguf, "has a dimension of %d", n)
		}
		shape[len(shape)-1-i] = int(n)
	}
	return shape, nil
}

// ggufLayout makes sure that the tensors follow one another, each at the next
// multiple of the alignment, to the end of the data; the last may be filled
// up to such a multiple or not. It sorts them by place.
func ggufLayout(entries []ggufTensor, size, alignment uint64) error {
	slices.SortFunc(entries, func(a, b ggufTensor) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.bytes, b.bytes))
	})
	end := uint64(0)
	for _, e := range entries {
		if e.begin != aligned(end, alignment) {
			return failf(regguf, "tensor %s: begins at byte %d of the data, but the one before ends at %d", shown(e.Name), e.begin, end)
		}
		if end = e.begin + e.bytes; end > size || end < e.begin {
			return failf(damaged, "tensor %s: takes the bytes %d to %d of the data, which has %d", shown(e.Name), e.begin, end, size)
		}
	}
	if size > aligned(end, alignment) {
		return failf(regguf, "has %d bytes of data, but its tensors take %d", size, end)
	}
	return nil
}

// aligned returns the next multiple of a power of two. It does not overflow
// for places in files.
func aligned(n, alignment uint64) uint64 { return (n + alignment - 1) &^ (alignment - 1) }
