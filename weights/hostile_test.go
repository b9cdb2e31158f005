package weights

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// attack is a file made to mislead a reader, one idea each. want is part of
// the message, from Open or else from reading the first matrix.
type attack struct {
	name, ext string
	data      []byte
	want      string
}

var attacks = []attack{
	// .npy
	{"01 mark alone", ".npy", []byte(npyMagic), "ends before"},
	{"02 other mark", ".npy", []byte("NUMPY\x93\x01\x00\x00\x00"), "does not begin with the mark"},
	{"03 version 9", ".npy", []byte(npyMagic + "\x09\x00\x00\x00\x00\x00"), "version 9.0"},
	{"04 header of 4 GiB", ".npy", []byte(npyMagic + "\x02\x00\xff\xff\xff\xff{}"), "header of 4294967295 bytes"},
	{"05 header cut short", ".npy", raw("'<f4'", "False", "(1, 2)")[:30], "ends before"},
	{"06 header without newline, no dictionary", ".npy", []byte(npyMagic + "\x01\x00\x05\x00abcde"), "abcde is no whole number"},
	{"07 data cut short", ".npy", raw("'<f4'", "False", "(1, 2)", make([]byte, 7)...), "8 bytes, but holds 7"},
	{"08 data follow the array", ".npy", raw("'<f4'", "False", "(1, 2)", make([]byte, 9)...), "1 bytes more"},
	{"09 product overflows to the right size", ".npy", raw("'<f4'", "False", "(4294967296, 4294967298)", make([]byte, 8)...), "more than any file holds"},
	{"10 length beyond 64 bits", ".npy", raw("'<f4'", "False", "(1, 99999999999999999999)"), "is no whole number"},
	{"11 two negative lengths", ".npy", raw("'<f4'", "False", "(-1, -2)", make([]byte, 8)...), "no length"},
	{"12 no rows of astronomic length", ".npy", raw("'<f4'", "False", "(0, 9223372036854775807)"), "is empty"},
	{"13 objects to unpickle", ".npy", raw("'|O'", "False", "(1, 2)", []byte("cos\nsystem\n(S'true'\ntR.")...), "type object"},
	{"14 nested without end", ".npy", raw(strings.Repeat("[", 20000), "False", "(1, 2)"), "nested too deeply"},
	{"15 repeated key", ".npy", raw("'<f4', 'shape': (9, 9)", "False", "(1, 2)", make([]byte, 8)...), "repeated key shape"},
	{"16 additional key", ".npy", raw("'<f4', 'x': 1", "False", "(1, 2)", make([]byte, 8)...), "not a dictionary of descr"},
	{"17 code in the header", ".npy", raw("__import__('os')", "False", "(1, 2)"), "no whole number"},
	{"18 shape that is no tuple", ".npy", raw("'<f4'", "False", "(2)", make([]byte, 8)...), "not a dictionary of descr"},
	{"19 order neither true nor false", ".npy", raw("'<f4'", "1", "(1, 2)", make([]byte, 8)...), "not a dictionary of descr"},
	{"20 numbers of 3 bytes", ".npy", raw("'<f3'", "False", "(1, 2)", make([]byte, 6)...), "type float24"},
	{"21 numbers of 0 bytes", ".npy", raw("'<f0'", "False", "(1, 2)"), "unknown number type <f0"},
	{"22 no byte order", ".npy", raw("'|f4'", "False", "(1, 2)", make([]byte, 8)...), "unknown number type |f4"},
	{"23 string without end", ".npy", raw("'<f4", "False", "(1, 2)"), "bad"},
	// .npz
	{"30 zip mark alone", ".npz", []byte("PK\x03\x04"), "no readable zip"},
	{"31 no members", ".npz", zipped(), "holds no .npy arrays"},
	{"32 other members alone", ".npz", zipped(member{name: "data.pkl", data: []byte("x")}), "holds no .npy arrays"},
	{"33 two members of one name", ".npz", zipped(keys(0), keys(0)), "two arrays named keys"},
	{"34 bomb: the directory admits its size", ".npz", zipped(member{name: "keys.npy", data: append(raw("'<f4'", "False", "(1, 2)"), make([]byte, 1<<20)...)}), "1048568 bytes more"},
	{"35 bomb: the directory hides its size", ".npz", zipped(member{name: "keys.npy", data: append(raw("'<f4'", "False", "(1, 2)"), make([]byte, 1<<20)...), size: int64(len(raw("'<f4'", "False", "(1, 2)"))) + 8}), "damaged|more data|cannot be read"},
	{"36 size beyond what deflate can do", ".npz", zipped(member{name: "keys.npy", data: raw("'<f4'", "False", "(1000000, 1000)"), size: 4_000_000_000}), "which cannot be"},
	{"37 member cut short", ".npz", zipped(member{name: "keys.npy", data: raw("'<f4'", "False", "(100, 2)"), size: int64(len(raw("'<f4'", "False", "(100, 2)"))) + 800}), "ends before|cannot be read"},
	{"38 wrong checksum", ".npz", zipped(member{name: "keys.npy", data: raw("'<f4'", "False", "(1, 2)", make([]byte, 8)...), crc: 1}), "checksum"},
	{"39 unknown compression", ".npz", zipped(member{name: "keys.npy", data: raw("'<f4'", "False", "(1, 2)", make([]byte, 8)...), method: 99}), "cannot be read"},
	{"40 encrypted", ".npz", zipped(member{name: "keys.npy", data: raw("'<f4'", "False", "(1, 2)", make([]byte, 8)...), flags: 1}), "is encrypted"},
	{"41 member that is no array", ".npz", zipped(member{name: "keys.npy", data: []byte("keys of the house")}), "tensor keys: does not begin with the mark"},
	{"42 name with a line break", ".npz", zipped(member{name: "a\nb.npy"}), `tensor "a\nb": ends before`},
	// .safetensors
	{"50 seven bytes", ".safetensors", []byte("\x02\x00\x00\x00\x00\x00\x00"), "ends before"},
	{"51 header longer than the file", ".safetensors", tensors(`{}`, 0)[:9], "claims a header of 2 bytes"},
	{"52 header length of 2^64−1", ".safetensors", []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"), "claims a header of 18446744073709551615"},
	{"53 no JSON", ".safetensors", tensors(`{"a":`, 0), "no valid JSON"},
	{"54 header that is an array", ".safetensors", tensors(`[]`, 0), "no JSON object"},
	{"55 header that is not UTF-8", ".safetensors", tensors("{\"\xff\":1}", 0), "no JSON object"},
	{"56 text behind the object", ".safetensors", tensors(`{}{}`, 0), "no valid JSON"},
	{"57 repeated tensor", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`,"a":`+entry("F32", "1,2", "0,8")+`}`, 8), "key a is repeated"},
	{"58 repeated field", ".safetensors", tensors(`{"a":{"dtype":"F32","dtype":"I32","shape":[1,2],"data_offsets":[0,8]}}`, 8), "key dtype is repeated"},
	{"59 escaped repetition", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`,"\u0061":`+entry("F32", "1,2", "0,8")+`}`, 8), "key a is repeated"},
	{"60 overlap", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`,"b":`+entry("F32", "1,2", "4,12")+`}`, 12), "begins at byte 4"},
	{"61 two tensors share all bytes", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`,"b":`+entry("F32", "1,2", "0,8")+`}`, 8), "begins at byte 0"},
	{"62 hole", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`,"b":`+entry("F32", "1,2", "12,20")+`}`, 20), "begins at byte 12"},
	{"63 hole in front", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "4,12")+`}`, 12), "begins at byte 4"},
	{"64 data cut short", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`}`, 7), "has 7 bytes"},
	{"65 data follow the tensors", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8")+`}`, 9), "has 9 bytes"},
	{"66 data without tensors", ".safetensors", tensors(`{}`, 9), "has 9 bytes"},
	{"67 shape larger than the bytes", ".safetensors", tensors(`{"a":`+entry("F32", "1000000,1000000", "0,8")+`}`, 8), "do not take the bytes 0 to 8"},
	{"68 product overflows to the right size", ".safetensors", tensors(`{"a":`+entry("F32", "4294967296,4294967298", "0,8")+`}`, 8), "do not take the bytes"},
	{"69 offsets backwards", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "8,0")+`}`, 8), "do not take the bytes"},
	{"70 offsets near 2^64", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "18446744073709551608,18446744073709551615")+`}`, 8), "do not take the bytes"},
	{"71 negative length", ".safetensors", tensors(`{"a":`+entry("F32", "-1,-2", "0,8")+`}`, 8), "-1 is no whole number"},
	{"72 length with a fraction", ".safetensors", tensors(`{"a":`+entry("F32", "1.0,2", "0,8")+`}`, 8), "1.0 is no whole number"},
	{"73 length as text", ".safetensors", tensors(`{"a":`+entry("F32", `"1",2`, "0,8")+`}`, 8), "is no whole number"},
	{"74 three offsets", ".safetensors", tensors(`{"a":`+entry("F32", "1,2", "0,8,8")+`}`, 8), "two data_offsets are needed"},
	{"75 unknown type", ".safetensors", tensors(`{"a":`+entry("F33", "1,2", "0,8")+`}`, 8), "unknown number type F33"},
	{"76 half a byte", ".safetensors", tensors(`{"a":`+entry("F4", "1,3", "0,1")+`}`, 1), "do not take the bytes"},
	{"77 unknown field", ".safetensors", tensors(`{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8],"x":1}}`, 8), "unknown key x"},
	{"78 missing field", ".safetensors", tensors(`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 8), "are needed"},
	{"79 metadata that nest", ".safetensors", tensors(`{"__metadata__":{"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}}`, 0), "where a string is needed"},
	{"80 nothing in it", ".safetensors", tensors(`{}`, 0), "holds 0 tensors"},
}

func TestHostileFiles(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			err := readAll(save(t, "hostile"+a.ext, a.data))
			var e *Error
			if !errors.As(err, &e) || len(e.Msg) > 400 || strings.Contains(e.Msg+e.Hint, "\n") {
				t.Fatalf("%#v", err)
			}
			for want := range strings.SplitSeq(a.want, "|") {
				if strings.Contains(e.Msg, want) {
					return
				}
			}
			t.Errorf("%s, want %s", e.Msg, a.want)
		})
	}
}

// readAll opens a file and reads its matrices; the first error counts.
func readAll(path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if len(f.Tensors) == 0 {
		_, err = f.Matrix("")
	}
	for _, i := range f.Tensors {
		if _, e := f.Matrix(i.Name); err == nil {
			err = e
		}
	}
	return err
}

// member is a zip member; size, crc and method are true unless set.
type member struct {
	name   string
	data   []byte
	size   int64
	crc    uint32
	method uint16
	flags  uint16
}

func keys(at byte) member {
	return member{name: "keys.npy", data: raw("'<f4'", "False", "(1, 2)", at, 0, 0, 0, 0, 0, 0, 0)}
}

// zipped packs members with deflate, and lets them lie in the directory.
func zipped(members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		var packed bytes.Buffer
		c, _ := flate.NewWriter(&packed, flate.BestCompression)
		c.Write(m.data)
		c.Close()
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Flags: m.flags, CRC32: crc32.ChecksumIEEE(m.data),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(m.data))}
		if m.size != 0 {
			h.UncompressedSize64 = uint64(m.size)
		}
		if m.crc != 0 {
			h.CRC32 = m.crc
		}
		if m.method != 0 {
			h.Method = m.method
		}
		f, err := w.CreateRaw(h)
		if err != nil {
			panic(err)
		}
		f.Write(packed.Bytes())
	}
	w.Close()
	return b.Bytes()
}

// tensors returns a .safetensors file with a header and so many bytes of data.
func tensors(header string, data int) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, data)...)
}

func entry(dtype, shape, offsets string) string {
	return `{"dtype":"` + dtype + `","shape":[` + shape + `],"data_offsets":[` + offsets + `]}`
}

// TestMoreThanMemory asks for 6.4 TB in a file of holes.
func TestMoreThanMemory(t *testing.T) {
	head := raw("'<i1'", "False", "(2000000000, 800)")
	path := filepath.Join(t.TempDir(), "huge.npy")
	if err := os.WriteFile(path, head, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(head))+1_600_000_000_000); err != nil {
		t.Skip("no such large files here:", err)
	}
	f := open(t, path)
	_, err := f.Matrix("")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Msg, "needs 5.8 TiB of memory, but only ") || e.Hint == "" {
		t.Errorf("%v", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	for file, need := range map[string]int64{"batch.npy": 96, "big-float64.npy": 192, "big-float16.npy": 96, "commas.csv": 48} {
		f := open(t, filepath.Join("testdata", file))
		f.memory = func() int64 { return need }
		if _, err := f.Matrix(""); err != nil {
			t.Error(err)
		}
		f.memory = func() int64 { return need - 1 }
		if _, err := f.Matrix(""); err == nil || !strings.Contains(err.Error(), "memory") {
			t.Error(file, err)
		}
	}
	if n := availableMemory(); n <= 0 {
		t.Error(n)
	}
}
