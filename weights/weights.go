// Package weights reads files of matrices as named tensors: .npy, .npz,
// .safetensors and .csv. A file is checked strictly when it is opened, before
// any tensor is read: headers and sizes that disagree with the file, unknown
// layouts and truncated data are refused then. Values are never rounded: what
// float32 or float64 cannot hold exactly is an error.
package weights

// DType names the number type of a stored tensor, for example "float32",
// "bfloat16" or "int8". Types that cannot be read as keys ("bool",
// "complex64", "object", …) are listed under their names too, and refused by
// [File.Matrix].
type DType string

// The number types that [File.Matrix] reads.
const (
	Float16  DType = "float16"
	BFloat16 DType = "bfloat16"
	Float32  DType = "float32"
	Float64  DType = "float64"
	Int8     DType = "int8"
	Int16    DType = "int16"
	Int32    DType = "int32"
	Int64    DType = "int64"
	Uint8    DType = "uint8"
	Uint16   DType = "uint16"
	Uint32   DType = "uint32"
	Uint64   DType = "uint64"
)

// Info says what a file holds under a name. The one tensor of a .npy or .csv
// file has no name. Shape is in the order of the indices, whatever the order
// in memory; it is empty for a single number.
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
}

// Matrix is a tensor of two or three dimensions: Sets key sets of N keys with
// Dim coordinates each, set by set and row by row (a tensor of two dimensions
// is one set). Exactly one of F32 and F64 is non-nil, and has Sets·N·Dim
// numbers; the caller owns it.
type Matrix struct {
	Name         string
	Sets, N, Dim int
	F32          []float32 // from float16, bfloat16, float32, (u)int8, (u)int16
	F64          []float64 // from float64, (u)int32, (u)int64
}

// Open opens the file at path and checks it. The format follows from the
// extension (.npy, .npz, .safetensors, .csv, .tsv, .txt), else from the
// content. Errors are of type [*Error]. The caller must Close the File.
func Open(path string) (*File, error) { panic("not implemented") }

// Close closes the file. Matrices read from it stay valid.
func (f *File) Close() error { panic("not implemented") }

// Matrix reads the tensor called name. The name "" stands for the only tensor
// of a file that holds exactly one. Nothing but that tensor is read, straight
// into the slice returned. Errors are of type [*Error]: a name that is not
// there (the hint lists those that are), a type or a number of dimensions
// that is no matrix, an empty tensor, an integer that float64 cannot hold,
// more bytes than there is memory, a file that fails while it is read.
// NaN and infinities are passed on as they are.
func (f *File) Matrix(name string) (*Matrix, error) { panic("not implemented") }
