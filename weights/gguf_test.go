package weights

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// ggufFile writes .gguf files, honest ones unless told otherwise.
type ggufFile struct {
	version   uint32
	alignment int
	keys      [][]byte
	names     []string
	shapes    [][]uint64 // as in the file: fastest first
	codes     []uint32
	data      [][]byte
}

func ggufString(s string) []byte { return append(le.AppendUint64(nil, uint64(len(s))), s...) }

// key adds a key with the bytes of a value.
func (f *ggufFile) key(name string, kind uint32, value ...byte) {
	f.keys = append(f.keys, append(le.AppendUint32(ggufString(name), kind), value...))
}

func (f *ggufFile) tensor(name string, code uint32, data []byte, shape ...uint64) {
	f.names, f.shapes, f.codes, f.data = append(f.names, name), append(f.shapes, shape), append(f.codes, code), append(f.data, data)
}

func (f *ggufFile) bytes() []byte {
	alignment, version := max(f.alignment, 1), f.version
	if f.alignment == 0 {
		alignment = ggufAlignment
	}
	if version == 0 {
		version = 3
	}
	b := le.AppendUint32([]byte(ggufMagic), version)
	b = le.AppendUint64(le.AppendUint64(b, uint64(len(f.names))), uint64(len(f.keys)))
	b = append(b, slices.Concat(f.keys...)...)
	pad := func(b []byte) []byte { return append(b, make([]byte, (alignment-len(b)%alignment)%alignment)...) }
	var data []byte
	for i, name := range f.names {
		b = le.AppendUint32(append(b, ggufString(name)...), uint32(len(f.shapes[i])))
		for _, n := range f.shapes[i] {
			b = le.AppendUint64(b, n)
		}
		b = le.AppendUint64(le.AppendUint32(b, f.codes[i]), uint64(len(data)))
		data = pad(append(data, f.data[i]...))
	}
	return append(pad(b), data...)
}

// ggufHalves are where blocks of each type have numbers of 16 bits.
var ggufHalves = map[string][]int{"Q4_0": {0}, "Q4_1": {0, 2}, "Q5_0": {0}, "Q5_1": {0, 2}, "Q8_0": {0},
	"Q2_K": {80, 82}, "Q3_K": {108}, "Q4_K": {0, 2}, "Q5_K": {0, 2}, "Q6_K": {208}}

// randomBlocks fills n blocks of a type with random bytes whose scales are
// finite.
func randomBlocks(rng *rand.Rand, kind ggufType, n int) []byte {
	b := make([]byte, n*kind.bytes)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	for block := range slices.Chunk(b, kind.bytes) {
		for _, at := range ggufHalves[string(kind.dtype)] {
			block[at+1] &^= 4 // an exponent below that of infinity
		}
	}
	return b
}

// bit returns n bits of b from bit at on.
func bit(b []byte, at, n int) int {
	v := 0
	for i := range n {
		v |= int(b[(at+i)/8]>>((at+i)%8)&1) << i
	}
	return v
}

// twins say of each type what number i of a block is, from the definition of
// the block alone and one number at a time.
var twins = map[string]func(b []byte, i int) float32{
	"Q4_0": func(b []byte, i int) float32 { return half(le.Uint16(b)) * float32(nibble(b[2:], i)-8) },
	"Q4_1": func(b []byte, i int) float32 { return affine(le.Uint16(b), nibble(b[4:], i), le.Uint16(b[2:])) },
	"Q5_0": func(b []byte, i int) float32 {
		return half(le.Uint16(b)) * float32(nibble(b[6:], i)+16*bit(b[2:], i, 1)-16)
	},
	"Q5_1": func(b []byte, i int) float32 {
		return affine(le.Uint16(b), nibble(b[8:], i)+16*bit(b[4:], i, 1), le.Uint16(b[2:]))
	},
	"Q8_0": func(b []byte, i int) float32 { return half(le.Uint16(b)) * float32(int8(b[2+i])) },
	"Q2_K": func(b []byte, i int) float32 {
		s := half(le.Uint16(b[80:])) * float32(bit(b[i/16:], 0, 4))
		m := half(le.Uint16(b[82:])) * float32(bit(b[i/16:], 4, 4))
		s *= float32(pair(b[16:], i))
		return s - m
	},
	"Q3_K": func(b []byte, i int) float32 {
		g := i / 16
		scale := bit(b[96+g%8:], 4*(g/8), 4) + 16*bit(b[104+g%4:], 2*(g/4), 2) - 32
		return half(le.Uint16(b[108:])) * float32(scale) * float32(pair(b[32:], i)-4*(1-bit(b[i%32:], i/32, 1)))
	},
	"Q4_K": func(b []byte, i int) float32 { return fourFive(b, i, bit(b[16+i/64*32+i%32:], i/32%2*4, 4)) },
	"Q5_K": func(b []byte, i int) float32 {
		return fourFive(b, i, bit(b[48+i/64*32+i%32:], i/32%2*4, 4)+16*bit(b[16+i%32:], i/32, 1))
	},
	"Q6_K": func(b []byte, i int) float32 {
		low, high := bit(b[i/128*64+i%64:], i/64%2*4, 4), pair(b[128:], i)
		return half(le.Uint16(b[208:])) * float32(int8(b[192+i/16])) * float32(low+16*high-32)
	},
}

// nibble is number i of 32: 16 in low halves, then 16 in high ones.
func nibble(b []byte, i int) int { return bit(b[i%16:], 4*(i/16), 4) }

// pair is number i of 256 of two bits.
func pair(b []byte, i int) int { return bit(b[i/128*32+i%32:], i/32%4*2, 2) }

func affine(d uint16, q int, m uint16) float32 {
	product := half(d) * float32(q)
	return product + half(m)
}

// fourFive is q scaled by the packed scales of Q4_K and Q5_K.
func fourFive(b []byte, i, q int) float32 {
	j := i / 32
	s, m := bit(b[4+j%4:], 0, 6), bit(b[8+j%4:], 0, 6)
	if j >= 4 {
		s, m = bit(b[8+j:], 0, 4)+16*bit(b[j:], 6, 2), bit(b[8+j:], 4, 4)+16*bit(b[4+j:], 6, 2)
	}
	scale, offset := half(le.Uint16(b))*float32(s), half(le.Uint16(b[2:]))*float32(m)
	scale *= float32(q)
	return scale - offset
}

// TestBlocks reads random blocks of every type.
func TestBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for code, kind := range ggufTypes {
		twin := twins[string(kind.dtype)]
		if (twin == nil) != (blockTypes[kind.dtype] == nil) {
			t.Fatalf("%s has a reader and no twin, or a twin and no reader", kind.dtype)
		}
		if twin == nil {
			continue
		}
		blocks := randomBlocks(rng, kind, 2*3001)
		var f ggufFile
		f.tensor("w", code, blocks, uint64(kind.numbers*2), 3001)
		c := openCheckpoint(t, save(t, "x.gguf", f.bytes()))
		got, err := c.Read("w")
		if err != nil || c.Type("w") != string(kind.dtype) || !slices.Equal(c.Shape("w"), []int{3001, kind.numbers * 2}) {
			t.Fatal(kind.dtype, err, c.Type("w"), c.Shape("w"))
		}
		for i, v := range got {
			if want := twin(blocks[i/kind.numbers*kind.bytes:][:kind.bytes], i%kind.numbers); math.Float32bits(v) != math.Float32bits(want) {
				t.Fatalf("%s: number %d is %v, want %v", kind.dtype, i, v, want)
			}
		}
	}
}

func TestGGUFPlainTypes(t *testing.T) {
	var f ggufFile
	f.tensor("b", 30, []byte{0x80, 0x3f, 0x00, 0xc0}, 2)
	f.tensor("f", 0, le.AppendUint32(le.AppendUint32(nil, math.Float32bits(1.5)), math.Float32bits(-0.25)), 1, 2, 1)
	f.tensor("h", 1, []byte{0x00, 0x3c, 0x01, 0x80, 0, 0}, 3)
	f.tensor("d", 28, le.AppendUint64(nil, math.Float64bits(0.1)), 1)
	f.tensor("i", 24, []byte{0xff, 2}, 2)
	f.tensor("scalar", 0, make([]byte, 4))
	c := openCheckpoint(t, save(t, "x.gguf", f.bytes()))
	for name, want := range map[string]string{"b": "BF16 [2] [1 -2]", "f": "F32 [1 2 1] [1.5 -0.25]", "h": "F16 [3] [1 -5.9604645e-08 0]",
		"d": "F64 [1] [0.1]", "i": "I8 [2] [-1 2]", "scalar": "F32 [] [0]"} {
		v, err := c.Read(name)
		if got := fmt.Sprint(c.Type(name), " ", c.Shape(name), " ", v); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestGGUFMetadata(t *testing.T) {
	f := ggufFile{version: 2, alignment: 64}
	f.key("general.alignment", 4, 64, 0, 0, 0)
	f.key("general.architecture", 8, ggufString("llama")...)
	f.key("tokens", 9, slices.Concat([]byte{8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}, ggufString("\n"), ggufString("  a "), ggufString("\xff"))...)
	f.key("types", 9, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)
	f.key("nested", 9, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0)
	f.key("eps", 6, 0xac, 0xc5, 0x27, 0x37)
	f.tensor("a", 0, make([]byte, 4), 1)
	f.tensor("b", 0, make([]byte, 8), 2)
	c := openCheckpoint(t, save(t, "x.gguf", f.bytes()))
	want := map[string]any{"general.alignment": uint32(64), "general.architecture": "llama", "tokens": []string{"\n", "  a ", "\xff"},
		"types": []int32{1, -1}, "nested": []any{[]bool{true, false}}, "eps": float32(1e-5)}
	if !reflect.DeepEqual(c.Metadata(), want) || c.Config() != nil {
		t.Errorf("%#v", c.Metadata())
	}
}

// TestDequantizedSums writes a line for each tensor of each .gguf file in the
// folder $KEYHULL_GGUF: the hash of its numbers. bench/gguf_check.py calls it.
func TestDequantizedSums(t *testing.T) {
	dir := os.Getenv("KEYHULL_GGUF")
	if dir == "" {
		t.Skip("KEYHULL_GGUF names no folder")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.gguf"))
	var lines strings.Builder
	for _, path := range files {
		c := openCheckpoint(t, path)
		for _, name := range c.Names() {
			v, err := c.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.New()
			writeNumbers(sum, v)
			fmt.Fprintf(&lines, "%s\t%s\t%s\t%s\t%x\n", filepath.Base(path), name, c.Type(name), dimensions(c.Shape(name)), sum.Sum(nil))
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "sums.tsv"), []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
