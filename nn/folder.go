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

	"github.com/google/renameio/v2/maybe"

	"keyhull/norm"
	"keyhull/weights"
)

// A model's folder is laid out as transformers writes and loads one: its shape
// in config.json, its tensors in model.safetensors.
const (
	configFile  = "config.json"
	tensorsFile = "model.safetensors"
)

// writeFolder writes a model's folder, which it makes if it is not there. Each
// file appears whole or not at all.
func writeFolder(dir string, config any, tensors []Tensor[float32]) error {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		panic("internal error: " + err.Error())
	}
	var stored []weights.Tensor
	for _, t := range tensors {
		stored = append(stored, weights.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Data})
	}
	var file bytes.Buffer
	if err := weights.WriteSafetensors(&file, stored, map[string]string{"format": "pt"}); err != nil {
		panic("internal error: " + err.Error()) // a buffer takes everything
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := maybe.WriteFile(filepath.Join(dir, tensorsFile), file.Bytes(), 0o666); err != nil {
		return err
	}
	return maybe.WriteFile(filepath.Join(dir, configFile), append(text, '\n'), 0o666)
}

// readConfig reads a folder's config.json into config. Fields that config does
// not have are left alone: transformers has many.
func readConfig(dir string, config any) error {
	path := filepath.Join(dir, configFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return modelError("give a folder with "+configFile+" and "+tensorsFile+", as transformers' save_pretrained writes", "%s: is no model's folder: it has no %s", dir, configFile)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, config); err != nil {
		return modelError("make or fetch it again", "%s: cannot be read: %v", path, err)
	}
	return nil
}

// readTensors fills tensors from a folder's model.safetensors, which must hold
// these and no others, in their shapes, as float32 or what fits in it.
func readTensors(dir string, tensors []Tensor[float32]) error {
	const hint = "give a model of the kind and shape that its " + configFile + " says"
	path := filepath.Join(dir, tensorsFile)
	file, err := weights.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	known := map[string]bool{}
	for _, t := range tensors {
		known[t.Name] = true
		if err := readTensor(file, t); err != nil {
			return modelError(hint, "%s: %w", path, err)
		}
	}
	for _, t := range file.Tensors {
		if !known[t.Name] {
			return modelError(hint, "%s: tensor %q belongs to another model", path, t.Name)
		}
	}
	return nil
}

func readTensor(file *weights.File, t Tensor[float32]) error {
	at := slices.IndexFunc(file.Tensors, func(i weights.Info) bool { return i.Name == t.Name })
	if at < 0 {
		return fmt.Errorf("has no tensor %s", t.Name)
	}
	info := file.Tensors[at]
	if !slices.Contains([]weights.DType{weights.Float32, weights.Float16, weights.BFloat16}, info.DType) {
		return fmt.Errorf("tensor %s has numbers of type %s, want float32", t.Name, info.DType)
	}
	if !slices.Equal(info.Shape, t.Shape) {
		return fmt.Errorf("tensor %s has shape %v, want %v", t.Name, info.Shape, t.Shape)
	}
	a, err := file.Array(t.Name)
	if err != nil {
		return err
	}
	copy(t.Data, a.F32)
	return nil
}

// modelError is an error about a model's folder that says what to try.
func modelError(hint, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &weights.Error{Msg: err.Error(), Hint: hint, Err: errors.Unwrap(err)}
}

// onlyLayerNorm reports whether transformers can say what a model has at its
// places: its configurations have no word for other normalizations.
func onlyLayerNorm(places ...Place) bool {
	return !slices.ContainsFunc(places, func(p Place) bool { return p.Kind != norm.LayerNorm })
}
