package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Tensor is a named tensor with its numbers, in the order of the indices, the
// last one fastest.
type Tensor struct {
	Name  string
	Shape []int // empty for a single number
	Data  any   // []float32, []float64, []int64, []uint64 or []uint8
}

// metadataKey is the one name of a .safetensors header that is no tensor.
const metadataKey = "__metadata__"

// WriteSafetensors writes tensors and metadata (may be nil) as a .safetensors
// file, which [ReadSafetensors], [Open] and the format's own library read. Wide
// types come first and the header is padded to a multiple of 8 bytes, so that
// every number is aligned. The same arguments in any order of the tensors give
// the same bytes.
//
// It panics if a tensor's numbers are of another type or do not fill its shape,
// or if a name is repeated, reserved or no UTF-8. Errors are those of w.
func WriteSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	sorted := slices.SortedFunc(slices.Values(tensors), func(a, b Tensor) int {
		_, sizeA := stats(a)
		_, sizeB := stats(b)
		return cmp.Or(cmp.Compare(sizeB, sizeA), cmp.Compare(a.Name, b.Name))
	})
	if _, err := w.Write(storedHeader(sorted, metadata)); err != nil {
		return err
	}
	for _, t := range sorted {
		if err := writeData(w, t); err != nil {
			return err
		}
	}
	return nil
}

// storedHeader returns the length and the JSON of a header; tensors are in
// their order in the file.
func storedHeader(tensors []Tensor, metadata map[string]string) []byte {
	text := []byte{'{'}
	member := func(key string, value any) {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(append(text, marshal(key)...), ':'), marshal(value)...)
	}
	if len(metadata) > 0 {
		member(metadataKey, metadata)
	}
	at, seen := 0, map[string]bool{metadataKey: true}
	for _, t := range tensors {
		if seen[t.Name] || !utf8.ValidString(t.Name) {
			panic(fmt.Sprintf("weights: tensor name %q is repeated, reserved or no UTF-8", t.Name))
		}
		seen[t.Name] = true
		typeName, _ := stats(t)
		end := at + binary.Size(t.Data)
		member(t.Name, struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{typeName, append([]int{}, t.Shape...), [2]int{at, end}})
		at = end
	}
	text = append(text, '}')
	text = append(text, bytes.Repeat([]byte{' '}, -len(text)&7)...)
	return append(le.AppendUint64(nil, uint64(len(text))), text...)
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return text
}

// stats returns the format's name of a tensor's type and the bytes of one
// number. It panics if the tensor is no proper one.
func stats(t Tensor) (typeName string, size int) {
	switch t.Data.(type) {
	case []float64:
		typeName, size = "F64", 8
	case []int64:
		typeName, size = "I64", 8
	case []uint64:
		typeName, size = "U64", 8
	case []float32:
		typeName, size = "F32", 4
	case []uint8:
		typeName, size = "U8", 1
	default:
		panic(fmt.Sprintf("weights: tensor %q holds %T", t.Name, t.Data))
	}
	bytes, ok := product(t.Shape, size)
	if !ok || slices.ContainsFunc(t.Shape, func(n int) bool { return n < 0 }) || int64(binary.Size(t.Data)) != bytes {
		panic(fmt.Sprintf("weights: tensor %q: %d bytes do not have the shape %v", t.Name, binary.Size(t.Data), t.Shape))
	}
	return typeName, size
}

func writeData(w io.Writer, t Tensor) error {
	switch data := t.Data.(type) {
	case []float64:
		return writeNumbers(w, data)
	case []int64:
		return writeNumbers(w, data)
	case []uint64:
		return writeNumbers(w, data)
	case []float32:
		return writeNumbers(w, data)
	}
	return writeNumbers(w, t.Data.([]uint8))
}

// ReadSafetensors returns the tensors of a whole .safetensors file, sorted by
// name, and its metadata; both are the caller's. It is as strict as [Open], and
// refuses number types that Tensor does not know. Errors are of type [*Error].
func ReadSafetensors(file []byte) ([]Tensor, map[string]string, error) {
	entries, metadata, start, err := readStored(source{bytes.NewReader(file), int64(len(file))})
	if err != nil {
		return nil, nil, err
	}
	var tensors []Tensor
	for _, e := range entries {
		part := file[start:][e.begin:e.end]
		data := numbers(e.DType, len(part))
		if data == nil {
			return nil, nil, failf("float32, float64, int64, uint64 and uint8 are read as they are",
				"tensor %s has numbers of type %s", shown(e.Name), e.DType)
		}
		if _, err := binary.Decode(part, le, data); err != nil {
			panic("internal error: " + err.Error())
		}
		tensors = append(tensors, Tensor{Name: e.Name, Shape: e.Shape, Data: data})
	}
	slices.SortFunc(tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return tensors, metadata, nil
}

// numbers makes room for so many bytes of a type, nil if Tensor has it not.
func numbers(d DType, bytes int) any {
	switch d {
	case Float64:
		return make([]float64, bytes/8)
	case Int64:
		return make([]int64, bytes/8)
	case Uint64:
		return make([]uint64, bytes/8)
	case Float32:
		return make([]float32, bytes/4)
	case Uint8:
		return make([]uint8, bytes)
	}
	return nil
}
