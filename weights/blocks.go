package weights

import (
	"io"
	"math"
)

// runs is how a tensor's bytes become float32 many at a time: each block of so
// many numbers and bytes by itself.
type runs struct {
	numbers, bytes int
	decode         func(part []byte, dst []float32) // whole blocks
}

// inRuns returns it for a tensor, and whether there is one. Numbers in another
// order than that of memory take the slow way, by [fill].
func inRuns(t *tensor) (runs, bool) {
	if t.big || t.fortran {
		return runs{}, false
	}
	switch t.DType {
	case Float32:
		return runs{1, 4, float32s}, true
	case Float16:
		return runs{1, 2, float16s}, true
	case BFloat16:
		return runs{1, 2, bfloat16s}, true
	}
	decode := blockTypes[t.DType]
	for _, kind := range ggufTypes {
		if kind.dtype == t.DType && decode != nil {
			return runs{kind.numbers, kind.bytes, eachBlock(kind, decode)}, true
		}
	}
	return runs{}, false
}

func eachBlock(kind ggufType, decode func(block []byte, dst []float32)) func([]byte, []float32) {
	return func(part []byte, dst []float32) {
		for ; len(part) > 0; part, dst = part[kind.bytes:], dst[kind.numbers:] {
			decode(part[:kind.bytes], dst[:kind.numbers])
		}
	}
}

func float32s(b []byte, dst []float32) {
	for i := range dst {
		dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
	}
}

func float16s(b []byte, dst []float32) {
	for i := range dst {
		dst[i] = half(le.Uint16(b[2*i:]))
	}
}

func bfloat16s(b []byte, dst []float32) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(le.Uint16(b[2*i:])) << 16)
	}
}

// fillRuns reads all numbers of a tensor, a chunk at a time, and makes sure
// that nothing follows them.
func fillRuns(t *tensor, dst []float32, r runs) error {
	file, err := t.open()
	if err != nil {
		return err
	}
	defer file.Close()
	most := chunk / r.bytes // blocks
	buf := make([]byte, min(most, len(dst)/r.numbers)*r.bytes)
	for len(dst) > 0 {
		n := min(most, len(dst)/r.numbers)
		part := buf[:n*r.bytes]
		if _, err := io.ReadFull(file, part); err != nil {
			return readError(err)
		}
		r.decode(part, dst[:n*r.numbers])
		dst = dst[n*r.numbers:]
	}
	return atEnd(file)
}

// The blocks of ggml, as its quantizations are defined in ggml-quants.c and
// restated for NumPy in the Python package gguf. Every product is rounded to
// float32 before it is added to, as there: the conversions say so, since Go
// may fuse the two on some machines.

// q4_0: 32 numbers d·(q−8), q of 4 bits; the first 16 in the low halves of the
// bytes.
func q4_0(b []byte, dst []float32) {
	d := half(le.Uint16(b))
	for i, q := range b[2:18] {
		dst[i] = d * float32(int(q&15)-8)
		dst[i+16] = d * float32(int(q>>4)-8)
	}
}

// q4_1: 32 numbers d·q + m.
func q4_1(b []byte, dst []float32) {
	d, m := half(le.Uint16(b)), half(le.Uint16(b[2:]))
	for i, q := range b[4:20] {
		dst[i] = float32(d*float32(q&15)) + m
		dst[i+16] = float32(d*float32(q>>4)) + m
	}
}

// q5_0: 32 numbers d·(q−16), q of 5 bits, the highest of number i in bit i of
// a word of 32.
func q5_0(b []byte, dst []float32) {
	d, high := half(le.Uint16(b)), le.Uint32(b[2:])
	for i, q := range b[6:22] {
		dst[i] = d * float32(int(q&15)|int(high>>i&1)<<4-16)
		dst[i+16] = d * float32(int(q>>4)|int(high>>(i+16)&1)<<4-16)
	}
}

// q5_1: 32 numbers d·q + m, q as in q5_0.
func q5_1(b []byte, dst []float32) {
	d, m, high := half(le.Uint16(b)), half(le.Uint16(b[2:])), le.Uint32(b[4:])
	for i, q := range b[8:24] {
		dst[i] = float32(d*float32(int(q&15)|int(high>>i&1)<<4)) + m
		dst[i+16] = float32(d*float32(int(q>>4)|int(high>>(i+16)&1)<<4)) + m
	}
}

// q8_0: 32 numbers d·q, q of 8 bits with sign.
func q8_0(b []byte, dst []float32) {
	d := half(le.Uint16(b))
	for i, q := range b[2:34] {
		dst[i] = d * float32(int8(q))
	}
}
