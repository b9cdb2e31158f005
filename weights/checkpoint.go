package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Checkpoint is the tensors, settings and files of one model. Opening it checks
// every header and no number; values are read from the files when they are
// asked for, a tensor at a time. Its methods may be called from several
// goroutines at once, except Close.
//
// Names are those of the files, and shapes are in PyTorch's order, last index
// fastest (the dimensions of GGUF reversed). A GGUF file made from a Hugging
// Face model of the llama family has the rows of W_Q and W_K in another order
// than that model: within each head the two halves that RoPE turns together
// are interleaved, since llama.cpp rotates neighbours. Read gives the rows as
// the file has them.
type Checkpoint struct {
	Path string // the file or the folder with the weights

	folder   string // where its other files are
	files    []*File
	places   map[string]spot
	names    []string
	config   map[string]any
	metadata map[string]any
}

// spot is where a tensor lies.
type spot struct {
	file   *File
	tensor *tensor
}

const checkpointList = ".safetensors, .gguf, .bin or .pt"

// checkpoints are the formats of models.
var checkpoints = kind{
	byExtension: map[string]format{".safetensors": safetensors, ".gguf": gguf, ".bin": torch, ".pt": torch, ".pth": torch},
	zip:         torch,
	empty:       "give a file with the tensors of a model", hint: "give a model folder, or a file " + checkpointList,
}

// OpenCheckpoint opens a model and checks it. The path is a model folder as
// transformers has them (model.safetensors, or pytorch_model.bin, or either in
// shards with their index, or one .gguf file), one file of weights, or the id
// of a model on the Hugging Face hub, such as "org/name".
//
// An id stands for the snapshot of branch main in the local cache, which is
// $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub. The network is
// never used: HF_HUB_OFFLINE may be set or not, it is always as if it were.
//
// Errors are of type [*Error]. The caller must Close the Checkpoint.
func OpenCheckpoint(path string) (*Checkpoint, error) {
	found, err := locate(path)
	if err != nil {
		return nil, located(shown(path), err)
	}
	c := &Checkpoint{Path: found.path, folder: found.folder, places: map[string]spot{}}
	if err := c.openAll(found); err != nil {
		c.Close()
		return nil, err
	}
	c.names = slices.Sorted(maps.Keys(c.places))
	if len(c.names) == 0 {
		c.Close()
		return nil, located(shown(found.path), failf("give the file with the model's weights", "holds 0 tensors"))
	}
	return c, nil
}

// openAll opens the settings and all files of weights. An index says which
// tensors are wanted from which file; without it all are.
func (c *Checkpoint) openAll(found model) (err error) {
	if c.config, err = readConfig(c.folder); err != nil {
		return err
	}
	for _, name := range found.files {
		f, metadata, err := openWeights(filepath.Join(found.folder, name))
		if err != nil {
			return err
		}
		c.files = append(c.files, f)
		if metadata != nil {
			c.metadata = metadata
			err = checkSplit(metadata)
		}
		if err == nil {
			err = c.add(f, found.index[name])
		}
		if err != nil {
			return located(shown(f.Path), err)
		}
	}
	return nil
}

// add notes where the tensors of a file are: all, or those that the index
// names.
func (c *Checkpoint) add(f *File, indexed []string) error {
	held := map[string]*tensor{}
	for i := range f.tensors {
		held[f.tensors[i].Name] = &f.tensors[i]
	}
	if indexed == nil {
		for name, t := range held {
			c.places[name] = spot{f, t}
		}
		return nil
	}
	for _, name := range indexed {
		if held[name] == nil {
			return failf("the shards and their index do not belong together: fetch the model again",
				"has no tensor %s, which the index says it has", shown(name))
		}
		c.places[name] = spot{f, held[name]}
	}
	return nil
}

// Sum is a hash of all that the model's numbers follow from: its settings and its
// files of weights, which it reads in full.
func (c *Checkpoint) Sum() (string, error) {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(c.config); err != nil {
		return "", located(shown(c.Path), err)
	}
	for _, of := range c.files {
		f, err := os.Open(of.Path)
		if err == nil {
			fmt.Fprintln(h, filepath.Base(of.Path))
			_, err = io.Copy(h, f)
			f.Close()
		}
		if err != nil {
			return "", located(shown(of.Path), err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Names returns the names of all tensors, sorted; the slice is the caller's.
func (c *Checkpoint) Names() []string { return slices.Clone(c.names) }

// Shape returns the lengths of a tensor's indices: empty but not nil for a
// single number, nil if there is no such tensor. The slice is the caller's.
func (c *Checkpoint) Shape(name string) []int {
	p, ok := c.places[name]
	if !ok {
		return nil
	}
	return append([]int{}, p.tensor.Shape...)
}

// Type returns the type of a tensor's numbers in the file as safetensors and
// GGUF call it, for example "F32", "BF16" or "Q4_1"; "" if there is no such
// tensor.
func (c *Checkpoint) Type(name string) string {
	p, ok := c.places[name]
	if !ok {
		return ""
	}
	for short, known := range storedTypes {
		if known.dtype == p.tensor.DType {
			return short
		}
	}
	return string(p.tensor.DType)
}

// Read returns the numbers of a tensor row by row, as float32; the slice is
// the caller's. Numbers of blocks (Q4_1 and so on) are what the reference
// implementation of GGUF makes of them, bit for bit. Numbers of float64 are
// rounded. Errors are of type [*Error]: no such tensor, a type that is not
// read, a NaN or an infinity, an integer that float32 cannot hold, more bytes
// than there is memory, a file that fails while it is read.
func (c *Checkpoint) Read(name string) ([]float32, error) {
	p, ok := c.places[name]
	if !ok {
		return nil, located(shown(c.Path), c.missing(name))
	}
	values, err := p.file.floats(p.tensor)
	if err != nil {
		return nil, located(shown(p.file.Path), located("tensor "+shown(name), err))
	}
	return values, nil
}

// missing says that there is no such tensor, and which are there.
func (c *Checkpoint) missing(name string) error {
	var all, near []tensor
	for _, n := range c.names {
		t := *c.places[n].tensor
		t.DType = DType(c.Type(n))
		all = append(all, t)
		if name != "" && strings.Contains(strings.ToLower(n), strings.ToLower(name)) {
			near = append(near, t)
		}
	}
	hint := "it holds " + listed(all)
	if len(near) > 0 && len(fold(near)) <= mostSimilar {
		hint = fmt.Sprintf("did you mean %s?", listed(near))
	}
	return failf(hint, "has no tensor %s", shown(name))
}

// Close closes the files. What was read from them stays valid.
func (c *Checkpoint) Close() error {
	var first error
	for _, f := range c.files {
		if err := f.Close(); first == nil {
			first = err
		}
	}
	return first
}

// openWeights opens one file of weights; metadata is that of a .gguf file.
func openWeights(path string) (f *File, metadata map[string]any, err error) {
	f, err = openFile(path, checkpoints, func(src source, format format) (tensors []tensor, err error) {
		if format.name == gguf.name {
			tensors, metadata, err = readGGUFAll(src)
			return tensors, err
		}
		return format.read(src)
	})
	if err != nil {
		return nil, nil, located(shown(path), err)
	}
	return f, metadata, nil
}
