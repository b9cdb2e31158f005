// Package weights reads files of matrices as named tensors: .npy, .npz,
// .safetensors and .csv. A file is checked strictly when it is opened, before
// any tensor is read: headers and sizes that disagree with the file, unknown
// layouts and truncated data are refused then. Values are never rounded: what
// float32 or float64 cannot hold exactly is an error. (Decimals of a .csv file
// become the nearest float64.)
//
// A [Checkpoint] is a model: its weights from .safetensors, .gguf or PyTorch's
// files, whole or in shards, its settings, and the other files beside them.
package weights

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
)

// Info says what a file holds under a name. The one tensor of a .npy or .csv
// file has no name. Shape is in the order of the indices, whatever the order
// in the file; it is empty for a single number.
type Info struct {
	Name  string
	DType DType
	Shape []int
}

// File is an open file of tensors. Its methods may be called from several
// goroutines at once, except Close.
type File struct {
	Path    string
	Tensors []Info // sorted by name; not to be changed

	tensors []tensor     // in the order of Tensors
	memory  func() int64 // bytes that may be allocated now
	close   func() error
}

// tensor is what a format knows of one tensor. Either open returns its bytes,
// row by row unless fortran, with nothing before or after them; or, where the
// file is text, parse fills a slice of the right length.
type tensor struct {
	Info
	fortran bool // first index fastest
	big     bool // big-endian
	open    func() (io.ReadCloser, error)
	parse   func(dst []float64) error
}

// source is the file as the readers of the formats see it.
type source struct {
	io.ReaderAt
	size int64
}

// section returns the n bytes from offset on.
func (s source) section(offset, n int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(s, offset, n)), nil
	}
}

// Open opens the file at path and checks it. The format follows from the
// extension (.npy, .npz, .safetensors, .csv, .tsv, .txt), else from the
// content. Errors are of type [*Error]. The caller must Close the File.
func Open(path string) (*File, error) {
	f, err := openFile(path, matrices, func(src source, format format) ([]tensor, error) { return format.read(src) })
	if err != nil {
		return nil, located(shown(path), err)
	}
	return f, nil
}

// openFile opens a file of one of the formats, and lists its tensors by read.
func openFile(path string, formats kind, read func(source, format) ([]tensor, error)) (*File, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	src := source{file, size}
	var tensors []tensor
	format, err := formats.recognise(path, src)
	if err == nil {
		tensors, err = read(src, format)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	f := newFile(path, tensors)
	f.close = file.Close
	return f, nil
}

func newFile(path string, tensors []tensor) *File {
	slices.SortFunc(tensors, func(a, b tensor) int { return cmp.Compare(a.Name, b.Name) })
	f := &File{Path: path, tensors: tensors, memory: recentMemory, close: func() error { return nil }}
	for _, t := range tensors {
		f.Tensors = append(f.Tensors, t.Info)
	}
	return f
}

// openRegular refuses what is no plain file before opening it: a pipe would
// block, and no size could be checked.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, systemError(err)
	}
	if info.IsDir() {
		return nil, 0, failf("give a file: "+formatList, "is a directory")
	}
	if !info.Mode().IsRegular() {
		return nil, 0, failf("write the data to a file first", "is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, systemError(err)
	}
	return file, info.Size(), nil
}

func systemError(err error) *Error {
	hint := ""
	if errors.Is(err, fs.ErrNotExist) {
		hint = "check the path"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &Error{Msg: err.Error(), Hint: hint, Err: err}
}

// Close closes the file. Matrices read from it stay valid.
func (f *File) Close() error { return f.close() }
