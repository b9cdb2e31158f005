package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/google/renameio/v2/maybe"

	"keyhull/weights"
)

// A model's folder is laid out as Hugging Face's transformers wants it.
const (
	configFile = "config.json"
	modelFile  = "model.safetensors"
)

// writeFolder writes tensors and then the configuration that says what they
// are. Each file appears whole or not at all.
func writeFolder(dir string, config any, tensors []Tensor[float32]) error {
	var stored []weights.Tensor
	for _, t := range tensors {
		stored = append(stored, weights.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Data})
	}
	var data bytes.Buffer
	if err := weights.WriteSafetensors(&data, stored, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{modelFile, data.Bytes()}, {configFile, append(text, '\n')}} {
		if err := maybe.WriteFile(filepath.Join(dir, file.name), file.data, 0o666); err != nil {
			return &fs.PathError{Op: "write", Path: filepath.Join(dir, file.name), Err: systemError(err)}
		}
	}
	return nil
}

// systemError is the system's error in err, without the temporary file's name.
func systemError(err error) error {
	var no syscall.Errno
	if errors.As(err, &no) {
		return no
	}
	return err
}

// readConfig reads config.json into config, which holds the defaults. A value
// of the wrong type is an error; keys that config does not know are not.
func readConfig(dir string, config any) error {
	path := filepath.Join(dir, configFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &weights.Error{Msg: path + " does not exist", Err: err,
			Hint: "give a model's folder, with " + configFile + " and " + modelFile + " in it"}
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, config); err != nil {
		return &weights.Error{Msg: fmt.Sprintf("%s: %v", path, err), Hint: "fetch or write the model's folder again", Err: err}
	}
	return nil
}

// enough refuses a configuration of so many numbers that the folder's model
// cannot hold them in its bytes, before memory is taken for them.
func enough(dir string, numbers float64) error {
	path := filepath.Join(dir, modelFile)
	info, err := os.Stat(path)
	if err == nil && numbers > float64(info.Size()) {
		return misfit(path, "has %d bytes, but %s describes %.3g numbers", info.Size(), configFile, numbers)
	}
	return nil // that there is no file is said where it is opened
}

// readTensors fills the tensors from a folder's model.safetensors. local turns
// a name of the file into one of theirs; "" is for what need not be read.
// What is missing, not known or of another shape is an error.
func readTensors(dir string, tensors []Tensor[float32], local func(string) string) error {
	path := filepath.Join(dir, modelFile)
	file, err := weights.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	stored := map[string]weights.Info{}
	for _, info := range file.Tensors {
		if name := local(info.Name); name != "" {
			stored[name] = info
		}
	}
	for _, t := range tensors {
		if err := readTensor(file, t, stored); err != nil {
			return err
		}
		delete(stored, t.Name)
	}
	for _, info := range stored {
		return misfit(path, "tensor %s is none of the model that %s describes", info.Name, configFile)
	}
	return nil
}

func readTensor(file *weights.File, t Tensor[float32], stored map[string]weights.Info) error {
	info, ok := stored[t.Name]
	if !ok {
		return misfit(file.Path, "has no tensor %s (%s)", t.Name, sizes(t.Shape))
	}
	if !slices.Equal(info.Shape, t.Shape) {
		return misfit(file.Path, "tensor %s has the shape %s, but %s says %s", info.Name, sizes(info.Shape), configFile, sizes(t.Shape))
	}
	a, err := file.Array(info.Name)
	if err != nil {
		return err
	}
	if a.F32 == nil {
		return misfit(file.Path, "tensor %s has numbers of type %s, which float32 cannot hold", info.Name, info.DType)
	}
	copy(t.Data, a.F32)
	return nil
}

func misfit(path, format string, args ...any) error {
	return &weights.Error{Msg: path + ": " + fmt.Sprintf(format, args...), Hint: "both files must be of one model: fetch or write the folder again"}
}

// sizes writes a shape as 257×8.
func sizes(shape []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", "×")
}
