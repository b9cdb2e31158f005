package weights

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const formatList = ".npy, .npz, .safetensors or .csv"

type format struct {
	name string
	read func(source) ([]tensor, error)
}

var (
	npy         = format{".npy", readNPY}
	npz         = format{".npz", readNPZ}
	safetensors = format{".safetensors", readSafetensors}
	csv         = format{".csv", readCSV}
	gguf        = format{".gguf", readGGUF}
	torch       = format{".bin", readTorch}
)

// kind is what a caller takes: which formats, and what to say of others.
type kind struct {
	byExtension map[string]format
	zip         format // what a zip file is
	text        bool   // a name without any extension may be a text file
	empty, hint string
}

var matrices = kind{
	byExtension: map[string]format{
		".npy": npy, ".npz": npz, ".safetensors": safetensors,
		".csv": csv, ".tsv": csv, ".txt": csv,
	},
	zip: npz, text: true,
	empty: "give a file with at least one matrix", hint: "give " + formatList + "; numpy.save writes .npy",
}

// recognise chooses the format by the extension. Where that says nothing the
// first bytes decide.
func (k kind) recognise(path string, src source) (format, error) {
	if src.size == 0 {
		return format{}, failf(k.empty, "is empty (0 bytes)")
	}
	head := make([]byte, min(src.size, 512))
	if _, err := src.ReadAt(head, 0); err != nil {
		return format{}, systemError(err)
	}
	ext := filepath.Ext(path)
	known, ok := k.byExtension[strings.ToLower(ext)]
	seen := k.sniff(head, src.size)
	switch {
	case ok && seen.read != nil && seen.name != known.name:
		return format{}, failf("rename it to *"+seen.name, "is named like a %s file, but its content is %s", known.name, seen.name)
	case ok:
		return known, nil
	case seen.read != nil && k.takes(seen):
		return seen, nil
	case seen.read != nil:
		return format{}, failf(k.hint, "is a %s file", seen.name)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return format{}, failf("unpack it with gunzip first", "is compressed with gzip")
	case k.text && ext == "" && isText(head):
		return csv, nil
	}
	return format{}, failf(k.hint, "is in no format known here")
}

func (k kind) takes(f format) bool { return k.byExtension[f.name].name == f.name }

// sniff recognises a binary format by its first bytes; the zero format means
// none of them.
func (k kind) sniff(head []byte, size int64) format {
	switch {
	case bytes.HasPrefix(head, []byte(npyMagic)):
		return npy
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return k.zip
	case bytes.HasPrefix(head, []byte(ggufMagic)):
		return gguf
	case bytes.HasPrefix(head, []byte("\x80\x02\x8a\x0a"+torchMagic)):
		return torch
	case len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= uint64(size-8):
		return safetensors
	}
	return format{}
}

// isText reports whether head may begin a text file. Its last character may
// be cut in two.
func isText(head []byte) bool {
	for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1]
	}
	return utf8.Valid(head) && bytes.IndexByte(head, 0) < 0
}
