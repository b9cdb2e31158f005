package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// model is where the weights of a model lie: files in a folder, and for each
// the tensors that are wanted from it, where an index says so.
type model struct {
	path, folder string
	files        []string
	index        map[string][]string
}

const indexEnding = ".index.json"

// locate finds the weights that a path or a hub id stands for.
func locate(path string) (model, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && isID(path) {
		return cached(path)
	}
	switch {
	case err != nil:
		return model{}, systemError(err)
	case info.IsDir():
		return inFolder(path)
	case strings.HasSuffix(path, indexEnding):
		return sharded(filepath.Dir(path), filepath.Base(path))
	}
	return model{path: path, folder: filepath.Dir(path), files: []string{filepath.Base(path)}}, nil
}

// inFolder chooses as transformers does: safetensors before PyTorch's own
// files, and one file before its shards. Where none has a usual name, the one
// file of weights that is there; without config.json, without which no other
// format is a model, the one .gguf file.
func inFolder(folder string) (model, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return model{}, systemError(err)
	}
	var others, ggufs []string
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
		known := checkpoints.byExtension[strings.ToLower(filepath.Ext(e.Name()))]
		if known.name != "" {
			others = append(others, e.Name())
		}
		if known.name == gguf.name {
			ggufs = append(ggufs, e.Name())
		}
	}
	for _, usual := range []string{"model.safetensors", "pytorch_model.bin"} {
		if names[usual] {
			return model{path: folder, folder: folder, files: []string{usual}}, nil
		}
		if names[usual+indexEnding] {
			return sharded(folder, usual+indexEnding)
		}
	}
	if len(ggufs) == 1 && !names["config.json"] {
		others = ggufs
	}
	switch len(others) {
	case 0:
		return model{}, failf(insteadOf(folder), "is a folder without a file of weights")
	case 1:
		return model{path: folder, folder: folder, files: others}, nil
	}
	return model{}, failf("give one of them: "+shownList(others), "is a folder with %d files of weights", len(others))
}

// insteadOf says what to give for a folder without weights: a model in it, where
// it is that of a training run or of one of its seeds.
func insteadOf(folder string) string {
	for _, at := range []string{"model", filepath.Join("*", "model")} {
		if found, _ := filepath.Glob(filepath.Join(folder, at, "config.json")); len(found) > 0 {
			return "give a model in it: " + filepath.Dir(found[0])
		}
	}
	return "give a folder with model.safetensors, pytorch_model.bin, their shards and index, or one .gguf file"
}

func shownList(names []string) string {
	const most = 20
	var list []string
	for _, n := range names[:min(most, len(names))] {
		list = append(list, shown(n))
	}
	if len(names) > most {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

// sharded reads an index, and makes sure that all shards are there. Tensors
// that a shard has and the index does not name are left out, as transformers
// does.
func sharded(folder, name string) (model, error) {
	m := model{path: folder, folder: folder, index: map[string][]string{}}
	if err := m.readIndex(name); err != nil {
		return model{}, located(shown(name), err)
	}
	for shard := range m.index {
		m.files = append(m.files, shard)
	}
	slices.Sort(m.files)
	var absent []string
	for _, shard := range m.files {
		if _, err := os.Stat(filepath.Join(folder, shard)); err != nil {
			absent = append(absent, shard)
		}
	}
	if len(absent) > 0 {
		return model{}, failf("fetch them too: "+shownList(absent), "lacks %d of the %d shards that %s names", len(absent), len(m.files), shown(name))
	}
	return m, nil
}

// readIndex reads {"weight_map": {tensor: file, …}}, and refuses repeated
// names, files of other folders and maps of nothing.
func (m *model) readIndex(name string) error {
	text, err := readSmall(filepath.Join(m.folder, name))
	if err != nil {
		return err
	}
	if !json.Valid(text) {
		return failf(damaged, "has no valid JSON")
	}
	h := headerJSON{json.NewDecoder(bytes.NewReader(text))}
	err = h.object(func(key string) error {
		if key != "weight_map" {
			var ignored json.RawMessage
			return h.Decode(&ignored)
		}
		return h.object(func(tensor string) error {
			shard, err := h.text()
			if err == nil && (shard != filepath.Base(shard) || !filepath.IsLocal(shard) || shard == ".") {
				err = failf(damaged, "%s is no name of a file beside it", shown(shard))
			}
			m.index[shard] = append(m.index[shard], tensor)
			return err
		})
	})
	if err == nil && len(m.index) == 0 {
		err = errors.New("there is no weight_map that names tensors")
	}
	if err != nil {
		return failf(damaged, "is no index of shards: %w", err)
	}
	return nil
}

// smallMost bounds files of settings and indices; an index of a model of 10^5
// tensors takes some megabytes.
const smallMost = 64 << 20

// readSmall reads a file of text, of which no more than its size is allocated.
func readSmall(path string) ([]byte, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if size > smallMost {
		return nil, failf(damaged, "has %d bytes; at most %d are read", size, smallMost)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(file, text); err != nil {
		return nil, readError(err)
	}
	return text, nil
}
