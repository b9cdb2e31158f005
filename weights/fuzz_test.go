package weights

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The fuzz targets hold every reader to the same promise: whatever the bytes,
// an *Error of one line, or tensors that read completely or give such an
// error; never a panic, and never memory for what the file does not hold.

func FuzzNPY(f *testing.F)         { fuzz(f, npy) }
func FuzzNPZ(f *testing.F)         { fuzz(f, npz) }
func FuzzSafetensors(f *testing.F) { fuzz(f, safetensors) }
func FuzzCSV(f *testing.F)         { fuzz(f, csv) }

func fuzz(f *testing.F, format format) {
	files, _ := filepath.Glob("testdata/*" + format.name)
	if len(files) == 0 {
		f.Fatal("no files to begin with")
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, a := range attacks {
		if a.ext == format.name {
			f.Add(a.data)
		}
	}
	for _, text := range []string{"x;y\n1;2\n", "\"1\"\t2 # a\n3\t4\n", "\ufeff1 2\r\n nan inf\r\n", "1,\n", "\""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := format.read(source{bytes.NewReader(data), int64(len(data))})
		oneLine(t, err)
		if err != nil {
			return
		}
		file := newFile("fuzz", tensors)
		file.memory = func() int64 { return 1 << 24 }
		for _, i := range file.Tensors {
			m, err := file.Matrix(i.Name)
			oneLine(t, err)
			if err == nil {
				consistent(t, format, m, i, len(data))
			}
			a, err := file.Array(i.Name)
			oneLine(t, err)
			if err == nil && m != nil && len(a.Float64()) != m.Sets*m.N*m.Dim {
				t.Errorf("%d numbers, as a matrix %v", len(a.Float64()), m)
			}
		}
		_, err = file.Matrix("no such name")
		oneLine(t, err)
	})
}

func oneLine(t *testing.T, err error) {
	if err == nil {
		return
	}
	var e *Error
	if !errors.As(located("fuzz", err), &e) || strings.ContainsAny(e.Msg+e.Hint, "\n\r\x00\x1b") {
		t.Fatalf("%q", err)
	}
}

// consistent compares a matrix with its listing and with the file's size:
// no format makes a number of less than a byte, but deflate packs.
func consistent(t *testing.T, format format, m *Matrix, i Info, size int) {
	n := len(values(t, m))
	product := 1
	for _, d := range i.Shape {
		product *= d
	}
	if n != product || n == 0 || format.name != ".npz" && n > size {
		t.Fatalf("%d numbers of shape %v from %d bytes", n, i.Shape, size)
	}
}

// FuzzMember changes what is inside a zip file, and what its directory says
// of it, where FuzzNPZ stumbles over checksums and offsets.
func FuzzMember(f *testing.F) {
	f.Add(keys(1).data, int64(0), false)
	f.Add(keys(1).data, int64(1<<40), true)
	f.Fuzz(func(t *testing.T, data []byte, size int64, wrongSum bool) {
		m := member{name: "keys.npy", data: data, size: size}
		if wrongSum {
			m.crc = 1
		}
		archive := zipped(m, member{name: "other.npy", data: data})
		tensors, err := readNPZ(source{bytes.NewReader(archive), int64(len(archive))})
		oneLine(t, err)
		if err != nil {
			return
		}
		file := newFile("fuzz", tensors)
		file.memory = func() int64 { return 1 << 24 }
		for _, i := range file.Tensors {
			m, err := file.Matrix(i.Name)
			oneLine(t, err)
			if err == nil {
				consistent(t, npz, m, i, len(data))
			}
			if err == nil && wrongSum && i.Name == "keys" {
				t.Fatal("the checksum was not compared")
			}
		}
	})
}
