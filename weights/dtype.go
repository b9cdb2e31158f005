package weights

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// DType names the number type of a stored tensor, for example "float32",
// "bfloat16" or "int8". Types that cannot be read as keys ("bool",
// "complex64", "object", …) are listed under their names too, and refused by
// [File.Matrix].
type DType string

// The number types that [File.Matrix] reads.
const (
	Float16  DType = "float16"
	BFloat16 DType = "bfloat16"
	Float32  DType = "float32"
	Float64  DType = "float64"
	Int8     DType = "int8"
	Int16    DType = "int16"
	Int32    DType = "int32"
	Int64    DType = "int64"
	Uint8    DType = "uint8"
	Uint16   DType = "uint16"
	Uint32   DType = "uint32"
	Uint64   DType = "uint64"
)

const readable = "float16, bfloat16, float32, float64 and integers of 8 to 64 bits are read"

// size returns the bytes of one number, 0 for a type that is not read.
func (d DType) size() int {
	switch d {
	case Int8, Uint8:
		return 1
	case Float16, BFloat16, Int16, Uint16:
		return 2
	case Float32, Int32, Uint32:
		return 4
	case Float64, Int64, Uint64:
		return 8
	}
	return 0
}

var le = binary.LittleEndian

// to32 holds, for each type whose every value is a float32, how one number is
// read from its little-endian bytes.
var to32 = map[DType]func(b []byte) (float32, bool){
	Float32:  func(b []byte) (float32, bool) { return math.Float32frombits(le.Uint32(b)), true },
	Float16:  func(b []byte) (float32, bool) { return half(le.Uint16(b)), true },
	BFloat16: func(b []byte) (float32, bool) { return math.Float32frombits(uint32(le.Uint16(b)) << 16), true },
	Int8:     func(b []byte) (float32, bool) { return float32(int8(b[0])), true },
	Uint8:    func(b []byte) (float32, bool) { return float32(b[0]), true },
	Int16:    func(b []byte) (float32, bool) { return float32(int16(le.Uint16(b))), true },
	Uint16:   func(b []byte) (float32, bool) { return float32(le.Uint16(b)), true },
}

// to64 holds the same for the types that need float64; the second result is
// false for an integer that float64 cannot hold.
var to64 = map[DType]func(b []byte) (float64, bool){
	Float64: func(b []byte) (float64, bool) { return math.Float64frombits(le.Uint64(b)), true },
	Int32:   func(b []byte) (float64, bool) { return float64(int32(le.Uint32(b))), true },
	Uint32:  func(b []byte) (float64, bool) { return float64(le.Uint32(b)), true },
	Int64: func(b []byte) (float64, bool) {
		v := int64(le.Uint64(b))
		return float64(v), fits(magnitude(v))
	},
	Uint64: func(b []byte) (float64, bool) { v := le.Uint64(b); return float64(v), fits(v) },
}

// fits reports whether float64 holds v: its significant bits must be at most 53.
func fits(v uint64) bool { return bits.Len64(v)-bits.TrailingZeros64(v) <= 53 }

// magnitude returns |v|; that of the least int64 fits in uint64 only.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// half returns the value of an IEEE 754 binary16 number.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // zero and subnormal numbers: frac · 2^-24, exact in float32
		return math.Float32frombits(math.Float32bits(float32(frac)*0x1p-24) | sign)
	case 31: // infinities, NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}
