//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// hostile is a way to spoil a model's folder.
type hostile struct {
	name  string
	spoil func(s *soak, weights, config []byte) (file string, content []byte)
	may   bool // it may still be a model
}

var hostiles = []hostile{
	{"cut weights", func(s *soak, w, _ []byte) (string, []byte) {
		return "model.safetensors", w[:s.rng.IntN(len(w))]
	}, false},
	{"a bit of the header", func(s *soak, w, _ []byte) (string, []byte) {
		w[s.rng.IntN(min(len(w), 2000))] ^= 1 << s.rng.IntN(8)
		return "model.safetensors", w
	}, true},
	{"a header of any length", func(s *soak, w, _ []byte) (string, []byte) {
		binary.LittleEndian.PutUint64(w, math.MaxUint64>>(1+s.rng.IntN(40)))
		return "model.safetensors", w
	}, false},
	{"NaN", func(s *soak, w, _ []byte) (string, []byte) {
		copy(w[len(w)-4*(1+s.rng.IntN(100)):], []byte{0, 0, 0xc0, 0x7f})
		return "model.safetensors", w
	}, true}, // where that number is not needed
	{"a number of layers", func(s *soak, _, c []byte) (string, []byte) {
		return "config.json", setting(c, "n_layer", []string{"1000000000", "-1", "3", "1e300", `"two"`, "null"}[s.rng.IntN(6)])
	}, false},
	{"a width", func(s *soak, _, c []byte) (string, []byte) {
		return "config.json", setting(c, "n_embd", []string{"1000000000", "0", "5", "4.5", "[]"}[s.rng.IntN(5)])
	}, false},
	{"no settings", func(s *soak, _, c []byte) (string, []byte) {
		return "config.json", [][]byte{{}, []byte("{}"), c[:len(c)/2], bytes.Repeat([]byte("["), 100000)}[s.rng.IntN(4)]
	}, false},
	{"GGUF", func(s *soak, w, _ []byte) (string, []byte) {
		head := binary.LittleEndian.AppendUint64([]byte("GGUF\x03\x00\x00\x00"), uint64(1)<<s.rng.IntN(64))
		head = binary.LittleEndian.AppendUint64(head, uint64(1)<<s.rng.IntN(64))
		return "x.gguf", append(head, w[:1000]...)
	}, false},
	{"pickle", func(s *soak, w, _ []byte) (string, []byte) {
		return "pytorch_model.bin", append([]byte("PK\x03\x04"), w[:s.rng.IntN(4000)]...)
	}, false},
}

// setting replaces a number in a config.json.
func setting(config []byte, name, value string) []byte {
	before, rest, _ := strings.Cut(string(config), `"`+name+`":`)
	at := strings.IndexAny(rest, ",}\n")
	return []byte(before + `"` + name + `":` + value + rest[at:])
}

// mostRefusing is the memory in KiB in which a model of half a MB is refused.
const mostRefusing = 200_000

// hostile gives a command a spoilt model: it is refused, with an error and a
// hint, in little memory.
func (s *soak) hostile() {
	h := hostiles[s.rng.IntN(len(hostiles))]
	dir := filepath.Join(s.dir, "inputs", "hostile")
	must(os.RemoveAll(dir))
	must(os.CopyFS(dir, os.DirFS(s.input("model"))))
	weights, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	must(err)
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	must(err)
	file, content := h.spoil(s, weights, config)
	must(os.WriteFile(filepath.Join(dir, file), content, 0o666))
	model := dir
	switch filepath.Ext(file) {
	case ".gguf":
		model = filepath.Join(dir, file)
	case ".bin":
		must(os.Remove(filepath.Join(dir, "model.safetensors")))
	}
	args := [][]string{{"vocab", model}, {"audit", model, "--text", s.input("text.txt")}}[s.rng.IntN(2)]
	p := s.call("hostile "+args[0], s.dir, args...)
	s.fault("hostile model", "hostile model (%s) for %s: %s", h.name, args[0], p.end())
	if !p.refused() && !(h.may && p.ProcessState.Success()) {
		n := s.fail("hostile model (%s) for %s: %s", h.name, args[0], p.end())
		must(os.CopyFS(filepath.Join(s.dir, fmt.Sprintf("wrong-%d", n)), os.DirFS(dir)))
	}
	if p.peak() > mostRefusing && !p.ProcessState.Success() {
		s.fail("hostile model (%s) for %s: %d kB of memory", h.name, args[0], p.peak())
	}
}
