package weights

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// ggufKeys is a file with one key, given the bytes behind the key's name.
func ggufKeys(after ...byte) []byte {
	b := append([]byte(ggufMagic), 3, 0, 0, 0)
	b = le.AppendUint64(le.AppendUint64(b, 0), 1)
	return append(append(b, ggufString("key")...), after...)
}

// ggufOne is a file with one tensor, which change may spoil.
func ggufOne(change func(*ggufFile)) []byte {
	var f ggufFile
	f.tensor("w", 0, make([]byte, 64), 4, 4)
	change(&f)
	return f.bytes()
}

// ggufTail is a file with one tensor that says what it likes: what follows the
// name in the header, and the data.
func ggufTail(rank uint32, shape []uint64, code uint32, begin uint64, data int) []byte {
	b := append([]byte(ggufMagic), 3, 0, 0, 0)
	b = le.AppendUint64(le.AppendUint64(b, 1), 0)
	b = le.AppendUint32(append(b, ggufString("w")...), rank)
	for _, n := range shape {
		b = le.AppendUint64(b, n)
	}
	b = le.AppendUint64(le.AppendUint32(b, code), begin)
	b = append(b, make([]byte, (ggufAlignment-len(b)%ggufAlignment)%ggufAlignment)...)
	return append(b, make([]byte, data)...)
}

// count is a type and the count of an array's values.
func count(kind byte, n uint64) []byte { return le.AppendUint64([]byte{9, 0, 0, 0, kind, 0, 0, 0}, n) }

var ggufAttacks = []attack{
	{"01 mark alone", ".gguf", []byte(ggufMagic), "ends before"},
	{"02 other mark", ".gguf", []byte("GGML\x03\x00\x00\x00" + strings.Repeat("\x00", 16)), "does not begin with the mark"},
	{"03 version 1", ".gguf", ggufOne(func(f *ggufFile) { f.version = 1 }), "version 1"},
	{"04 version 4", ".gguf", ggufOne(func(f *ggufFile) { f.version = 4 }), "version 4"},
	{"05 big-endian", ".gguf", ggufOne(func(f *ggufFile) { f.version = 3 << 24 }), "is big-endian"},
	{"06 2^64−1 tensors", ".gguf", []byte(ggufMagic + "\x03\x00\x00\x00" + strings.Repeat("\xff", 8) + strings.Repeat("\x00", 8)), "claims 0 keys and 18446744073709551615 tensors"},
	{"07 2^63 keys", ".gguf", []byte(ggufMagic + "\x03\x00\x00\x00" + strings.Repeat("\x00", 15) + "\x80"), "claims 9223372036854775808 keys"},
	{"08 key of 2^60 bytes", ".gguf", append(append([]byte(ggufMagic+"\x03\x00\x00\x00"), make([]byte, 8)...), append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16}, make([]byte, 9)...)...), "string of 1152921504606846976 bytes"},
	{"09 value of an unknown type", ".gguf", ggufKeys(13, 0, 0, 0, 0), "key key: has a value of the unknown type 13"},
	{"10 value cut short", ".gguf", ggufKeys(4, 0, 0, 0, 1), "ends before"},
	{"11 text longer than the file", ".gguf", ggufKeys(8, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0), "string of 200 bytes, but only 0 follow"},
	{"12 boolean of 2", ".gguf", ggufKeys(7, 0, 0, 0, 2), "boolean of 2"},
	{"13 array of 2^62 numbers", ".gguf", ggufKeys(count(4, 1<<62)...), "array of 4611686018427387904 values"},
	{"14 array of 2^40 texts", ".gguf", ggufKeys(count(8, 1<<40)...), "array of 1099511627776 values"},
	{"15 array of an unknown type", ".gguf", ggufKeys(count(99, 0)...), "array of the unknown type 99"},
	{"16 arrays without end", ".gguf", ggufKeys(append([]byte{9, 0, 0, 0}, bytes.Repeat([]byte{9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, 1000)...)...), "nested too deeply"},
	{"17 repeated key", ".gguf", ggufOne(func(f *ggufFile) { f.key("a", 0, 1); f.key("a", 0, 2) }), "the key a is repeated"},
	{"18 alignment 0", ".gguf", ggufOne(func(f *ggufFile) { f.key("general.alignment", 4, 0, 0, 0, 0) }), "general.alignment is 0"},
	{"19 alignment 48", ".gguf", ggufOne(func(f *ggufFile) { f.key("general.alignment", 4, 48, 0, 0, 0) }), "general.alignment is 48"},
	{"20 alignment as text", ".gguf", ggufOne(func(f *ggufFile) { f.key("general.alignment", 8, ggufString("32")...) }), "general.alignment is 32"},
	{"21 alignment 2^31", ".gguf", ggufOne(func(f *ggufFile) { f.key("general.alignment", 4, 0, 0, 0, 128) }), "ends before"},
	{"22 repeated tensor", ".gguf", ggufOne(func(f *ggufFile) { f.tensor("w", 0, make([]byte, 4), 1) }), "two tensors named w"},
	{"23 name that is not UTF-8", ".gguf", ggufOne(func(f *ggufFile) { f.names[0] = "\xff" }), `not UTF-8: "\xff"`},
	{"24 five dimensions", ".gguf", ggufTail(5, []uint64{1, 1, 1, 1, 1}, 0, 0, 4), "has 5 dimensions"},
	{"25 2^32−1 dimensions", ".gguf", ggufTail(1<<32-1, nil, 0, 0, 4), "has 4294967295 dimensions"},
	{"26 dimension of 2^63", ".gguf", ggufTail(1, []uint64{1 << 63}, 0, 0, 4), "dimension of 9223372036854775808"},
	{"27 product overflows to the right size", ".gguf", ggufTail(2, []uint64{1 << 32, 1<<32 + 1}, 0, 0, 4), "more than any file holds"},
	{"28 unknown number type", ".gguf", ggufTail(1, []uint64{4}, 4, 0, 16), "unknown number type 4"},
	{"29 row that is no multiple of a block", ".gguf", ggufTail(2, []uint64{33, 1}, 3, 0, 40), "rows of 33 numbers, no multiple of the 32"},
	{"30 data cut short", ".gguf", ggufTail(1, []uint64{32}, 3, 0, 19), "takes the bytes 0 to 20 of the data, which has 19"},
	{"31 data follow the tensors", ".gguf", ggufTail(1, []uint64{8}, 0, 0, 33), "has 33 bytes of data, but its tensors take 32"},
	{"32 hole in front", ".gguf", ggufTail(1, []uint64{1}, 0, 32, 64), "begins at byte 32"},
	{"33 place near 2^64", ".gguf", ggufTail(1, []uint64{1}, 0, 1<<64-32, 64), "begins at byte 18446744073709551584"},
	{"34 place that is not aligned", ".gguf", ggufTail(1, []uint64{1}, 0, 4, 64), "begins at byte 4"},
	{"35 no data at all", ".gguf", ggufTail(1, []uint64{8}, 0, 0, 0), "takes the bytes 0 to 32"},
	{"36 no tensors", ".gguf", ggufKeys(0, 0, 0, 0, 1), "holds 0 tensors"},
	{"37 scale that is infinite", ".gguf", ggufOne(func(f *ggufFile) {
		f.tensor("q", 2, slices.Concat([]byte{0, 0x7c}, bytes.Repeat([]byte{0x99}, 16)), 32)
	}), "tensor q: entry [0] is +Inf"},
	{"38 type that is not read", ".gguf", ggufOne(func(f *ggufFile) { f.tensor("q", 20, make([]byte, 18), 32) }), "numbers of type IQ4_NL, which is not read"},
	{"39 name with a line break", ".gguf", ggufOne(func(f *ggufFile) { f.names[0] = "a\nb"; f.codes[0] = 77 }), `tensor "a\nb": has the unknown number type 77`},
	{"40 named .safetensors", ".safetensors", ggufOne(func(*ggufFile) {}), "its content is .gguf"},
	{"41 part of a model", ".gguf", ggufOne(func(f *ggufFile) { f.key("split.count", 2, 3, 0); f.key("split.no", 2, 1, 0) }), "is part 2 of 3"},
	{"42 unknown type, then nothing", ".gguf", ggufTail(1, []uint64{4}, 99, 0, 0)[:24+9+4+8+4], "ends before"},
}

func TestHostileGGUF(t *testing.T) { hostileCheckpoints(t, ggufAttacks) }

// TestHostileSafetensors holds models to what is asked of matrices.
func TestHostileSafetensors(t *testing.T) {
	hostileCheckpoints(t, slices.DeleteFunc(slices.Clone(attacks), func(a attack) bool { return a.ext != ".safetensors" }))
}

// hostileCheckpoints opens and reads each file, which must give its line.
func hostileCheckpoints(t *testing.T, list []attack) {
	for _, a := range list {
		t.Run(a.name, func(t *testing.T) { refused(t, save(t, "hostile"+a.ext, a.data), a.want) })
	}
}
