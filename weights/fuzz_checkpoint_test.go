package weights

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func FuzzGGUF(f *testing.F) {
	f.Add(sampleGGUF())
	fuzzFloats(f, gguf, ggufAttacks)
}

func FuzzTorch(f *testing.F) {
	files, _ := filepath.Glob("testdata/torch/*[nt]")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	fuzzFloats(f, torch, torchAttacks)
}

// FuzzPickle changes the pickle alone, where FuzzTorch stumbles over the zip
// file around it.
func FuzzPickle(f *testing.F) {
	f.Add([]byte(pyState(four())), []byte("little"))
	f.Add([]byte(pyState(pyView(pyStorage("FloatStorage", "0", 4), 0, pyInts(2, 2), pyInts(1, 2)))), []byte("big"))
	f.Fuzz(func(t *testing.T, pickle, order []byte) {
		readFloats(t, torch, torchZipped(string(pickle), member{name: "m/byteorder", data: order}))
	})
}

// FuzzIndex changes an index of shards and config.json.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(layersIndex), []byte(`{"a": [1e999, null]}`))
	f.Add([]byte(`{"weight_map": {"a": "../x", "b": "model-1.safetensors"}}`), []byte("[]"))
	first, second, _ := layers(f)
	dir := folder(f, map[string]string{"model-1.safetensors": first, "model-2.safetensors": second})
	f.Fuzz(func(t *testing.T, index, config []byte) {
		for name, data := range map[string][]byte{"model.safetensors.index.json": index, "config.json": config} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		oneLine(t, readCheckpoint(dir))
	})
}

func fuzzFloats(f *testing.F, format format, attacks []attack) {
	for _, a := range attacks {
		if len(a.data) < 1<<16 {
			f.Add(a.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { readFloats(t, format, data) })
}

// readFloats reads all tensors of a file as float32. None may have more numbers
// than a file of its size can hold: 256 in 66 bytes are the most.
func readFloats(t *testing.T, format format, data []byte) {
	tensors, err := format.read(source{bytes.NewReader(data), int64(len(data))})
	oneLine(t, err)
	if err != nil {
		return
	}
	file := newFile("fuzz", tensors)
	file.memory = func() int64 { return 1 << 24 }
	for i := range file.tensors {
		values, err := file.floats(&file.tensors[i])
		oneLine(t, err)
		if len(values) > 4*len(data) {
			t.Fatalf("%d numbers of a file of %d bytes", len(values), len(data))
		}
	}
}
