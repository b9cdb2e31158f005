package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Config returns what config.json beside the weights holds, numbers as
// [json.Number]; nil if there is none. It must not be changed.
func (c *Checkpoint) Config() map[string]any { return c.config }

// Metadata returns the keys and values of a .gguf file, nil for other formats.
// Numbers have the types of the file (uint32, float32, …), arrays are slices of
// them ([]string, []int32, …), arrays of arrays are []any. It must not be
// changed.
func (c *Checkpoint) Metadata() map[string]any { return c.metadata }

// File returns the path of a file beside the weights, such as tokenizer.json,
// and whether there is one.
func (c *Checkpoint) File(name string) (string, bool) {
	if name != filepath.Base(name) || !filepath.IsLocal(name) {
		return "", false
	}
	path := filepath.Join(c.folder, name)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// readConfig reads config.json of a folder; nil if there is none.
func readConfig(folder string) (map[string]any, error) {
	path := filepath.Join(folder, "config.json")
	text, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, located(shown(path), err)
	}
	var config map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&config); err != nil || d.More() || config == nil {
		return nil, located(shown(path), failf("fetch it again, or remove it", "is no JSON object"))
	}
	return config, nil
}
