package weights

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// headerMost bounds the header of a .safetensors file, as the format's
// reference implementation does.
const headerMost = 100_000_000

// stored is one entry of a .safetensors header.
type stored struct {
	Info
	begin, end uint64 // its bytes, counted from the end of the header
}

// storedTypes gives the name and the bits of each type that the format knows.
var storedTypes = map[string]struct {
	dtype DType
	bits  int
}{
	"F64": {Float64, 64}, "F32": {Float32, 32}, "F16": {Float16, 16}, "BF16": {BFloat16, 16},
	"I64": {Int64, 64}, "I32": {Int32, 32}, "I16": {Int16, 16}, "I8": {Int8, 8},
	"U64": {Uint64, 64}, "U32": {Uint32, 32}, "U16": {Uint16, 16}, "U8": {Uint8, 8},
	"BOOL": {"bool", 8}, "C64": {"complex64", 64},
	"F8_E4M3": {"float8_e4m3", 8}, "F8_E5M2": {"float8_e5m2", 8}, "F8_E8M0": {"float8_e8m0", 8},
	"F6_E2M3": {"float6_e2m3", 6}, "F6_E3M2": {"float6_e3m2", 6}, "F4": {"float4", 4},
}

const refetch = "the file is damaged or was not made by safetensors: make or fetch it again"

// readSafetensors lists the tensors of a file.
func readSafetensors(src source) ([]tensor, error) {
	entries, _, start, err := readStored(src)
	if err != nil {
		return nil, err
	}
	tensors := make([]tensor, len(entries))
	for i, e := range entries {
		tensors[i] = tensor{Info: e.Info, open: src.section(start+int64(e.begin), int64(e.end-e.begin))}
	}
	return tensors, nil
}

// readStored reads and checks the header: eight bytes of length, JSON, then
// the tensors' bytes, which begin at start and must fill the rest of the file
// in one piece. Unlike the reference implementation it refuses repeated and
// unknown keys.
func readStored(src source) (entries []stored, metadata map[string]string, start int64, err error) {
	text, err := readHeader(src)
	if err != nil {
		return nil, nil, 0, err
	}
	entries, metadata, err = parseHeader(text)
	if err != nil {
		return nil, nil, 0, failf(refetch, "has a bad header: %w", err)
	}
	start = 8 + int64(len(text))
	return entries, metadata, start, checkLayout(entries, uint64(src.size-start))
}

func readHeader(src source) ([]byte, error) {
	if src.size < 8 {
		return nil, readError(io.ErrUnexpectedEOF)
	}
	var prefix [8]byte
	if _, err := src.ReadAt(prefix[:], 0); err != nil {
		return nil, readError(err)
	}
	length := le.Uint64(prefix[:])
	if length > headerMost || length > uint64(src.size-8) {
		return nil, failf(refetch, "claims a header of %d bytes; the file has %d, and at most %d are read", length, src.size, headerMost)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(src, 8, int64(length)), text); err != nil {
		return nil, readError(err)
	}
	if !utf8.Valid(text) || length == 0 || text[0] != '{' {
		return nil, failf(refetch, "has a header that is no JSON object")
	}
	return text, nil
}

// checkLayout makes sure that the tensors follow one another without gap or
// overlap from the first to the last of size bytes. It sorts them by place.
func checkLayout(entries []stored, size uint64) error {
	slices.SortFunc(entries, func(a, b stored) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at := uint64(0)
	for _, e := range entries {
		if e.begin != at {
			return failf(refetch, "tensor %s: begins at byte %d, but the one before ends at %d", shown(e.Name), e.begin, at)
		}
		at = e.end
	}
	if at != size {
		return failf(refetch, "has %d bytes behind its header, but its tensors take %d", size, at)
	}
	return nil
}

// checkStored compares a tensor's bytes with its type and shape.
func checkStored(e *stored, typeName string) error {
	known, ok := storedTypes[typeName]
	if !ok {
		return fmt.Errorf("tensor %s: unknown number type %s", shown(e.Name), shown(typeName))
	}
	e.DType = known.dtype
	need, ok := product(e.Shape, known.bits)
	if !ok || need%8 != 0 || e.begin > e.end || e.end > math.MaxInt64 || e.end-e.begin != uint64(need/8) {
		return fmt.Errorf("tensor %s: %s numbers of type %s do not take the bytes %d to %d",
			shown(e.Name), dimensions(e.Shape), typeName, e.begin, e.end)
	}
	return nil
}
