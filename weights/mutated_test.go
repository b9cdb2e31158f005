package weights

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
)

// samples are small honest files of each format: a folder, the file in it that
// is spoiled, and what is beside it.
func samples(t testing.TB) map[string]struct {
	spoiled string
	files   map[string]string
} {
	t.Helper()
	torchFile := func(name string) string {
		data, err := os.ReadFile(filepath.Join("testdata/torch", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first, second, whole := layers(t)
	return map[string]struct {
		spoiled string
		files   map[string]string
	}{
		"safetensors": {"model.safetensors", map[string]string{"model.safetensors": whole}},
		"index": {"model.safetensors.index.json", map[string]string{"model.safetensors.index.json": layersIndex,
			"model-1.safetensors": first, "model-2.safetensors": second}},
		"config":       {"config.json", map[string]string{"config.json": `{"model_type": "gpt2", "eps": 1e-5, "ids": [1, 2]}`, "model.safetensors": whole}},
		"gguf":         {"model.gguf", map[string]string{"model.gguf": string(sampleGGUF())}},
		"torch zip":    {"pytorch_model.bin", map[string]string{"pytorch_model.bin": torchFile("views.bin")}},
		"torch legacy": {"pytorch_model.bin", map[string]string{"pytorch_model.bin": torchFile("views-legacy.bin")}},
	}
}

// sampleGGUF has values of several types, and a tensor of each type of blocks.
func sampleGGUF() []byte {
	rng := rand.New(rand.NewPCG(3, 4))
	var f ggufFile
	f.key("general.alignment", 4, 32, 0, 0, 0)
	f.key("general.architecture", 8, ggufString("llama")...)
	f.key("tokens", 9, slices.Concat(count(8, 2)[4:], ggufString("a"), ggufString("b"))...)
	f.key("scores", 9, slices.Concat(count(6, 2)[4:], make([]byte, 8))...)
	f.tensor("norm", 0, make([]byte, 16), 4)
	for code := range uint32(15) {
		if kind, ok := ggufTypes[code]; ok && blockTypes[kind.dtype] != nil {
			f.tensor(string(kind.dtype), code, randomBlocks(rng, kind, 2), uint64(2*kind.numbers))
		}
	}
	return f.bytes()
}

// TestMutated spoils files of each format in 300 ways, or as many as
// $KEYHULL_MUTATIONS says. Each must be read or refused by an *Error of one
// line, without a panic and without memory that its size does not explain.
func TestMutated(t *testing.T) {
	times := 300
	if n, err := strconv.Atoi(os.Getenv("KEYHULL_MUTATIONS")); err == nil {
		times = n
	}
	for name, s := range samples(t) {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, s.files)
			if err := readCheckpoint(dir); err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(5, 6))
			read, most := 0, uint64(0)
			for range times {
				data := mutate(rng, []byte(s.files[s.spoiled]))
				if err := os.WriteFile(filepath.Join(dir, s.spoiled), data, 0o600); err != nil {
					t.Fatal(err)
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := readCheckpoint(dir)
				runtime.ReadMemStats(&after)
				if most = max(most, after.TotalAlloc-before.TotalAlloc); most > 4<<20 {
					t.Fatalf("%d bytes allocated for a file of %d: %q", after.TotalAlloc-before.TotalAlloc, len(data), data)
				}
				oneLine(t, err)
				if err == nil {
					read++
				} else if !errors.As(err, new(*Error)) {
					t.Fatalf("%#v", err)
				}
			}
			t.Logf("%d files spoiled: %d read, %d refused, at most %d KiB allocated for one", times, read, times-read, most>>10)
			if read == times || read == 0 {
				t.Error("all were read, or none")
			}
		})
	}
}

// TestTruncated cuts files of each format at every byte: none may be read, but
// for what fills a .gguf file up to its alignment.
func TestTruncated(t *testing.T) {
	all := samples(t)
	for name, format := range map[string]format{"safetensors": safetensors, "gguf": gguf, "torch zip": torch, "torch legacy": torch} {
		s := all[name]
		data := []byte(s.files[s.spoiled])
		if name == "gguf" {
			data = data[:len(data)-28] // the last tensor takes 420 bytes of 448
		}
		for n := range data {
			_, err := format.read(source{bytes.NewReader(data[:n]), int64(n)})
			if err == nil {
				t.Fatalf("%s: %d of %d bytes were read", name, n, len(data))
			}
			oneLine(t, err)
		}
	}
}

// mutate spoils a copy in one to four places.
func mutate(rng *rand.Rand, data []byte) []byte {
	b := slices.Clone(data)
	for range 1 + rng.IntN(4) {
		if len(b) == 0 {
			return b
		}
		at := rng.IntN(len(b))
		end := at + rng.IntN(min(len(b)-at, 32)+1)
		switch rng.IntN(8) {
		case 0:
			b[at] ^= 1 << rng.IntN(8)
		case 1:
			b[at] = byte(rng.Uint32())
		case 2: // a length out of all bounds
			copy(b[at:], le.AppendUint64(nil, strange[rng.IntN(len(strange))]))
		case 3:
			copy(b[at:], le.AppendUint32(nil, uint32(strange[rng.IntN(len(strange))])))
		case 4:
			b = b[:at]
		case 5:
			b = slices.Delete(b, at, end)
		case 6:
			b = slices.Insert(b, rng.IntN(len(b)+1), slices.Clone(b[at:end])...)
		case 7:
			copy(b[rng.IntN(len(b)):], slices.Clone(b[at:end]))
		}
	}
	return b
}

var strange = []uint64{0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 1 << 20, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 40, 1<<62 - 1, 1 << 62, 1<<63 - 1, 1 << 63, 1<<64 - 1}
