package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"keyhull/weights"
)

// Checkpoint is all that a training loop needs to go on from a step.
type Checkpoint struct {
	Step     int               // steps done
	Tensors  []weights.Tensor  // parameters, moments, the state of a generator
	Counters map[string]uint64 // place in the data, and the like
}

// mark is what a checkpoint says of its run, as JSON in the metadata "run".
type mark struct {
	Version  int               `json:"version"`
	Config   string            `json:"config"` // its hash
	Seed     uint64            `json:"seed"`
	Step     int               `json:"step"`
	Logged   int               `json:"logged"` // last step logged, −1 if none
	Counters map[string]uint64 `json:"counters"`
	Files    map[string]extent `json:"files"` // the files that grow, by name
}

const (
	checkpointVersion = 1
	checkpointDir     = "checkpoints"
	sealKey           = `"sha256":"`
)

var noSeal = strings.Repeat("0", 2*sha256.Size)

// encode returns a checkpoint as a .safetensors file. Its metadata hold the
// SHA-256 of the file, taken with zeros in the place of that hash. The format
// "pt" is what other readers ask for.
func encode(c Checkpoint, m mark) []byte {
	m.Version, m.Step, m.Counters = checkpointVersion, c.Step, c.Counters
	var file bytes.Buffer
	metadata := map[string]string{"format": "pt", "run": string(marshal(m)), "sha256": noSeal}
	if err := weights.WriteSafetensors(&file, c.Tensors, metadata); err != nil {
		panic("internal error: " + err.Error())
	}
	if _, err := setSeal(file.Bytes(), sum(file.Bytes())); err != nil {
		panic("internal error: " + err.Error())
	}
	return file.Bytes()
}

// setSeal replaces the hash of a file and returns the one that stood there. A
// quote inside a JSON string is escaped, so that sealKey can stand only where
// it is meant to; the metadata come first.
func setSeal(file []byte, hash string) (old string, err error) {
	at := bytes.Index(file, []byte(sealKey)) + len(sealKey)
	if at < len(sealKey) || len(file)-at < len(hash) {
		return "", errors.New("has no checksum")
	}
	place := file[at:][:len(hash)]
	old = string(place)
	copy(place, hash)
	return old, nil
}

// decode is the inverse of encode; it makes sure that the file is as it was
// written. It changes file.
func decode(file []byte) (Checkpoint, mark, error) {
	var m mark
	seal, err := setSeal(file, noSeal)
	if err == nil && seal != sum(file) {
		err = errors.New("is damaged: its checksum differs")
	}
	if err != nil {
		return Checkpoint{}, m, err
	}
	tensors, metadata, err := weights.ReadSafetensors(file)
	if err != nil {
		return Checkpoint{}, m, err
	}
	if err := json.Unmarshal([]byte(metadata["run"]), &m); err != nil || m.Version != checkpointVersion {
		return Checkpoint{}, m, fmt.Errorf("was written by another version: %d, not %d", m.Version, checkpointVersion)
	}
	return Checkpoint{m.Step, tensors, m.Counters}, m, nil
}

// unlike says where two lists of contents first differ; "" if they do not.
func unlike(there, here []string) string {
	for i := range max(len(there), len(here)) {
		if nth(there, i) != nth(here, i) {
			return fmt.Sprintf("%s there, %s here", nth(there, i), nth(here, i))
		}
	}
	return ""
}

// contents lists tensors with type and shape, and counters, by name.
func (c Checkpoint) contents() []string {
	var list []string
	for _, t := range c.Tensors {
		kind := strings.TrimPrefix(reflect.TypeOf(t.Data).String(), "[]")
		list = append(list, fmt.Sprintf("%s (%s %v)", strconv.Quote(t.Name), kind, append([]int{}, t.Shape...)))
	}
	slices.Sort(list)
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		list = append(list, "counter "+strconv.Quote(name))
	}
	return list
}

func nth(list []string, i int) string {
	if i >= len(list) {
		return "nothing"
	}
	return list[i]
}

// filled returns c with the step, the counters and the numbers of from, which
// has tensors of the same names and shapes; the numbers are copied.
func (c Checkpoint) filled(from Checkpoint) Checkpoint {
	source := map[string]any{}
	for _, t := range from.Tensors {
		source[t.Name] = t.Data
	}
	for _, t := range c.Tensors {
		reflect.Copy(reflect.ValueOf(t.Data), reflect.ValueOf(source[t.Name]))
	}
	return Checkpoint{from.Step, c.Tensors, from.Counters}
}

func checkpointName(step int) string { return fmt.Sprintf("step-%09d.safetensors", step) }

// checkpointStep is the inverse of checkpointName.
func checkpointStep(name string) (int, bool) {
	digits, _ := strings.CutSuffix(strings.TrimPrefix(name, "step-"), ".safetensors")
	step, err := strconv.Atoi(digits)
	return step, err == nil && step >= 0 && checkpointName(step) == name
}
