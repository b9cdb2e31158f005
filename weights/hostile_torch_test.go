package weights

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"strings"
	"testing"
)

// The steps of pickles, as torch.save writes them.

func pyText(s string) string { return "X" + string(le.AppendUint32(nil, uint32(len(s)))) + s }

func pyInt(n int64) string { return "\x8a\x08" + string(le.AppendUint64(nil, uint64(n))) }

func pyInts(list ...int64) string {
	s := "("
	for _, n := range list {
		s += pyInt(n)
	}
	return s + "t"
}

func pyName(module, name string) string { return "c" + module + "\n" + name + "\n" }

// pyStorage is the id of a storage of n numbers, made into a storage.
func pyStorage(class, key string, n int64) string {
	return "(" + pyText("storage") + pyName("torch", class) + pyText(key) + pyText("cpu") + pyInt(n) + "tQ"
}

// pyView calls the function that makes tensors.
func pyView(storage string, offset int64, shape, stride string) string {
	return pyName("torch._utils", "_rebuild_tensor_v2") + "(" + storage + pyInt(offset) + shape + stride + "\x89NtR"
}

// pyState is the pickle of a dictionary with one item.
func pyState(value string) string { return "\x80\x02}" + pyText("w") + value + "s." }

// four is a matrix of four numbers.
func four() string { return pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(2, 2), pyInts(2, 1)) }

// storedZip packs members without compression, unless their method says so.
func storedZip(members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: m.method, CRC32: crc32.ChecksumIEEE(m.data),
			CompressedSize64: uint64(len(m.data)), UncompressedSize64: uint64(len(m.data))}
		if m.size != 0 {
			h.UncompressedSize64 = uint64(m.size)
		}
		if m.crc != 0 {
			h.CRC32 = m.crc
		}
		f, err := w.CreateRaw(h)
		if err != nil {
			panic(err)
		}
		f.Write(m.data)
	}
	w.Close()
	return b.Bytes()
}

// torchZipped is a file of torch.save with a pickle and storage 0 of 16 bytes.
func torchZipped(pickle string, more ...member) []byte {
	return storedZip(append([]member{{name: "m/data.pkl", data: []byte(pickle)}, {name: "m/data/0", data: make([]byte, 16)}}, more...)...)
}

func torchState(value string) []byte { return torchZipped(pyState(value)) }

// legacy is a file of torch.save before 1.6: the pickle, the keys, what follows.
func legacy(pickle, keys string, data ...byte) []byte {
	machine := "\x80\x02}" + pyText("little_endian") + "\x88s."
	return append([]byte("\x80\x02\x8a\x0a"+torchMagic+".\x80\x02M\xe9\x03."+machine+pickle+keys), data...)
}

// legacyFour is the state of a matrix of four numbers in such a file.
var legacyFour = pyState(strings.ReplaceAll(four(), "tQ", "NtQ"))

func pyKeys(keys ...string) string {
	s := "\x80\x02]("
	for _, k := range keys {
		s += pyText(k)
	}
	return s + "e."
}

var sixteen = append([]byte{4, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 16)...)

var torchAttacks = []attack{
	// zip files
	{"01 zip mark alone", ".bin", []byte("PK\x03\x04"), "no readable zip"},
	{"02 no pickle", ".bin", storedZip(member{name: "m/data/0"}), "with 0 pickles"},
	{"03 two pickles", ".bin", torchZipped(pyState(four()), member{name: "n/data.pkl"}), "with 2 pickles"},
	{"04 two members of one name", ".bin", torchZipped(pyState(four()), member{name: "m/data/0"}), "two members named m/data/0"},
	{"05 TorchScript", ".pt", torchZipped(pyState(four()), member{name: "m/constants.pkl"}), "TorchScript"},
	{"06 compressed pickle", ".bin", zipped(member{name: "m/data.pkl", data: []byte(pyState("N"))}), "is compressed"},
	{"07 size of the directory is not the member's", ".bin", storedZip(member{name: "m/data.pkl", data: []byte("N."), size: 1 << 40}), "claims 1099511627776 bytes packed into 2"},
	{"08 unknown byte order", ".bin", torchZipped(pyState(four()), member{name: "m/byteorder", data: []byte("middle")}), "byte order middle"},
	{"09 wrong checksum", ".bin", storedZip(member{name: "m/data.pkl", data: []byte(pyState(four()))}, member{name: "m/data/0", data: make([]byte, 16), crc: 1}), "checksum"},
	{"10 storage that is not there", ".bin", torchState(strings.Replace(four(), pyText("0"), pyText("1"), 1)), "lacks the member m/data/1"},
	{"11 storage out of the folder", ".bin", torchState(strings.Replace(four(), pyText("0"), pyText("../../0"), 1)), "lacks the member m/data/../../0"},
	{"12 storage too short", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 5), 0, pyInts(5), pyInts(1))), "has 16 bytes, but 5 numbers"},
	// pickles
	{"20 code to run", ".bin", torchState(pyName("os", "system") + "(" + pyText("true") + "tR"), "would call os.system with 1 arguments"},
	{"21 code to run, by a stacked name", ".bin", torchZipped("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."), "would call posix.system"},
	{"22 code to run, as an object", ".bin", torchZipped("\x80\x02" + pyName("os", "system") + ")\x81."), `step '\u0081', which no state dict needs`},
	{"23 eval, in text", ".bin", torchZipped("cbuiltins\neval\n(S'1'\ntR."), `step 'S', which`},
	{"24 other classes", ".bin", torchState(pyName("numpy.core.multiarray", "scalar") + ")R"), "would call numpy.core.multiarray.scalar"},
	{"25 text of 2^62 bytes", ".bin", torchZipped("\x80\x04\x8d\x00\x00\x00\x00\x00\x00\x00\x40"), "string of 4611686018427387904 bytes"},
	{"26 text of 2 GiB", ".bin", torchZipped("\x80\x02X\xff\xff\xff\x7f"), "string of 2147483647 bytes"},
	{"27 integer of no bytes", ".bin", torchZipped("\x80\x02\x8a\x00."), "holds int64, not a dictionary"},
	{"28 pickle cut short", ".bin", torchZipped(pyState(four())[:50]), "has a string of 7 bytes, but only 1 follow"},
	{"29 nothing on the stack", ".bin", torchZipped("\x80\x02."), "takes a value where there is none"},
	{"30 values below a mark", ".bin", torchZipped("\x80\x02N(0."), "takes a value where there is none"},
	{"31 mark that was not set", ".bin", torchZipped("\x80\x02t."), "mark that was not set"},
	{"32 memo that was not put", ".bin", torchZipped("\x80\x02h\x07."), "recalls what it has not seen"},
	{"33 items of no dictionary", ".bin", torchZipped("\x80\x02NNNs."), "no dictionary"},
	{"34 items of a number that is odd", ".bin", torchZipped("\x80\x02}(Nu."), "no dictionary"},
	{"35 appends to no list", ".bin", torchZipped("\x80\x02}Na."), "no list"},
	{"36 values left behind", ".bin", torchZipped("\x80\x02N}."), "leaves values behind"},
	{"37 list that holds itself", ".bin", torchZipped("\x80\x02]q\x00h\x00a."), "holds a list, not a dictionary"},
	{"38 dictionary that holds itself", ".bin", torchZipped("\x80\x02}q\x00" + pyText("state_dict") + "h\x00s."), "no tensors by name"},
	{"39 steps without end", ".bin", torchZipped("\x80\x02" + strings.Repeat("N0", pickleMost)), "more than 2097152 steps"},
	{"40 name without end", ".bin", torchZipped("\x80\x02c" + strings.Repeat("a", 300)), "name of more than 256 bytes"},
	{"41 protocol 0", ".bin", torchZipped("(dp0\n."), "step 'd'"},
	{"42 protocol 9", ".bin", torchZipped("\x80\x09}."), "protocol 9"},
	{"43 attributes of a number", ".bin", torchZipped("\x80\x02K\x01Nb."), "sets attributes of what is no dictionary"},
	// tensors
	{"50 storage of an unknown class", ".bin", torchState(strings.Replace(four(), "FloatStorage", "FatStorage", 1)), "unknown class torch.FatStorage"},
	{"51 storage of −1 numbers", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", -1), 0, pyInts(1), pyInts(1))), "without class, key or length"},
	{"52 storage of 2^62 numbers", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 1<<62), 0, pyInts(1), pyInts(1))), "storage of 4611686018427387904 numbers"},
	{"53 something else outside", ".bin", torchState("(" + pyText("module") + "NNNNtQ"), "that is no storage"},
	{"54 offset −1", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), -1, pyInts(2), pyInts(1))), "not made of storage"},
	{"55 offset beyond", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 3, pyInts(2), pyInts(1))), "reaches beyond"},
	{"56 offset 2^63−1", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 1<<63-1, pyInts(2), pyInts(1))), "not made of storage"},
	{"57 shape beyond", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(5), pyInts(1))), "5 numbers in a storage of 4"},
	{"58 shape that overflows", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(1<<62, 4), pyInts(0, 0))), "numbers in a storage of 4"},
	{"59 numbers repeated 2^40 times", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(1<<40), pyInts(0))), "numbers in a storage of 4"},
	{"60 stride beyond", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(2), pyInts(4))), "reaches beyond"},
	{"61 stride that overflows", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(3), pyInts(1<<62))), "numbers in a storage of 4"},
	{"62 stride −1", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 1, pyInts(2), pyInts(-1))), "not made of storage"},
	{"63 strides missing", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 1, pyInts(2), pyInts())), "not made of storage"},
	{"64 shape as text", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyText("2"), pyInts(1))), "not made of storage"},
	{"65 100 dimensions", ".bin", torchState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(make([]int64, 100)...), pyInts(make([]int64, 100)...))), "not made of storage"},
	{"66 repeated name", ".bin", torchZipped("\x80\x02}(" + pyText("w") + four() + pyText("w") + four() + "u."), "no text or repeated"},
	{"67 number as a name", ".bin", torchZipped("\x80\x02}" + pyInt(1) + four() + "s."), "no text or repeated"},
	{"68 complex numbers", ".bin", torchState(pyView(pyStorage("ComplexFloatStorage", "0", 2), 0, pyInts(2), pyInts(1))), "type complex64, which is not read"},
	{"69 no tensors", ".bin", torchZipped("\x80\x02}" + pyText("lr") + "G\x3f\xf0\x00\x00\x00\x00\x00\x00s."), "no tensors by name"},
	// files without zip
	{"80 raw numbers", ".bin", make([]byte, 64), "does not begin with the mark of a file of torch.save"},
	{"81 mark alone", ".bin", []byte("\x80\x02\x8a\x0a" + torchMagic + "."), "ends before"},
	{"82 other version", ".bin", []byte("\x80\x02\x8a\x0a" + torchMagic + ".\x80\x02K\x01."), "version of the format"},
	{"83 big-endian machine", ".bin", bytes.Replace(legacy(legacyFour, pyKeys("0"), sixteen...), []byte("\x88s."), []byte("\x89s."), 1), "not little-endian"},
	{"84 storage that is not listed", ".bin", legacy(legacyFour, pyKeys()), "holds 0 of the 1 storages"},
	{"85 storage listed twice", ".bin", legacy(legacyFour, pyKeys("0", "0"), append(sixteen, sixteen...)...), "or twice"},
	{"86 storage of no tensor", ".bin", legacy(legacyFour, pyKeys("0", "1"), append(sixteen, sixteen...)...), "lists a storage 1 that no tensor has"},
	{"87 other count of numbers", ".bin", legacy(legacyFour, pyKeys("0"), append([]byte{5}, sixteen[1:]...)...), "has 5 numbers, but 4 are promised"},
	{"88 numbers cut short", ".bin", legacy(legacyFour, pyKeys("0"), sixteen[:23]...), "ends before"},
	{"89 bytes follow", ".bin", legacy(legacyFour, pyKeys("0"), append(sixteen, 0)...), "1 bytes more"},
	{"90 storage within another", ".bin", legacy(strings.ReplaceAll(legacyFour, "NtQ", ")tQ"), pyKeys("0"), sixteen...), "storage within another"},
	{"91 storages of 2^61 numbers", ".bin", legacy(strings.ReplaceAll(legacyFour, pyInt(4)+"NtQ", pyInt(1<<59)+"NtQ"), pyKeys("0"), append([]byte{0, 0, 0, 0, 0, 0, 0, 8}, make([]byte, 16)...)...), "ends before"},
	{"92 keys that are no list", ".bin", legacy(legacyFour, "\x80\x02}."), "no list of its storages"},
}

func TestHostileTorch(t *testing.T) { hostileCheckpoints(t, torchAttacks) }

// TestHonestTorch makes sure that the attacks begin with files that are read.
func TestHonestTorch(t *testing.T) {
	for _, file := range [][]byte{torchState(four()), legacy(legacyFour, pyKeys("0"), sixteen...)} {
		if v, err := openCheckpoint(t, save(t, "x.bin", file)).Read("w"); err != nil || len(v) != 4 {
			t.Error(v, err)
		}
	}
	numbers := []byte{0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	file := storedZip(member{name: "data.pkl", data: []byte(pyState(four()))}, member{name: "data/0", data: numbers}, member{name: "byteorder", data: []byte("big")})
	if v, err := openCheckpoint(t, save(t, "x.pth", file)).Read("w"); err != nil || v[0] != 1 || v[1] != -2 {
		t.Error(v, err)
	}
}
