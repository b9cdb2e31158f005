package weights

import (
	"fmt"
	"io"
	"strings"
)

// storage is a run of numbers, in which tensors are views.
type storage struct {
	dtype   DType
	size    int64 // bytes of a number
	numbers int64
	key     string
	begin   int64                         // its place in the file
	whole   func() (io.ReadCloser, error) // reads all of it and compares the checksum, nil if there is none
}

// view is a tensor as torch rebuilds it.
type view struct {
	*storage
	offset        int64
	shape, stride []int64
}

const (
	torchMost = 64 // dimensions
	retorch   = "the file is damaged or was not made by torch.save: make or fetch it again"
)

// torchStorages are the types of storages by their class, as safetensors calls
// them.
var torchStorages = map[pyGlobal]string{
	"torch.DoubleStorage": "F64", "torch.FloatStorage": "F32", "torch.HalfStorage": "F16", "torch.BFloat16Storage": "BF16",
	"torch.LongStorage": "I64", "torch.IntStorage": "I32", "torch.ShortStorage": "I16", "torch.CharStorage": "I8",
	"torch.ByteStorage": "U8", "torch.BoolStorage": "BOOL", "torch.ComplexFloatStorage": "C64",
}

// readTorch lists the tensors of a state dict that torch.save wrote: a zip file
// (since version 1.6) or pickles with the numbers behind them.
func readTorch(src source) ([]tensor, error) {
	var mark [4]byte
	if _, err := src.ReadAt(mark[:min(4, src.size)], 0); err != nil {
		return nil, readError(err)
	}
	var dict any
	var big bool
	var err error
	if string(mark[:]) == "PK\x03\x04" {
		dict, big, err = readTorchZip(src)
	} else {
		dict, err = readTorchLegacy(src)
	}
	if err != nil {
		return nil, err
	}
	return stateDict(src, dict, big)
}

// newUnpickler reads pickles of tensors, whose storages are made by persistent.
func newUnpickler(src source, persistent func(pyTuple) (any, error)) *unpickler {
	return &unpickler{cursor: newCursor(src, 0), persistent: persistent, call: torchCall}
}

// torchCall does what the functions in pickles of state dicts do.
func torchCall(name pyGlobal, args pyTuple) (any, error) {
	switch {
	case name == "collections.OrderedDict" && len(args) == 0:
		return &pyDict{}, nil
	case (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor") && len(args) >= 4:
		return rebuild(args)
	case (name == "torch._utils._rebuild_parameter" || name == "torch._utils._rebuild_parameter_with_state") && len(args) >= 3:
		return args[0], nil
	case name == "torch.Size" && len(args) == 1:
		return args[0], nil
	}
	return nil, failf(repickle, "would call %s with %d arguments, which reading a state dict never needs", shown(string(name)), len(args))
}

// rebuild makes a view of a storage, an offset, a shape and strides, and
// makes sure that it lies within the storage and repeats no number.
func rebuild(args pyTuple) (any, error) {
	s, ok := args[0].(*storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := whole64(args[2])
	stride, ok4 := whole64(args[3])
	if !ok || !ok2 || !ok3 || !ok4 || len(shape) != len(stride) || offset < 0 || offset > s.numbers {
		return nil, failf(retorch, "has a tensor that is not made of storage, offset, shape and strides")
	}
	last, numbers := offset, int64(1)
	for i, n := range shape {
		if n == 0 {
			return &view{s, 0, shape, stride}, nil
		}
		if numbers > s.numbers/n || n > 1 && stride[i] > s.numbers/(n-1) {
			return nil, failf(retorch, "has a tensor of %s numbers in a storage of %d", dimensions64(shape), s.numbers)
		}
		numbers *= n
		if n > 1 {
			last += (n - 1) * stride[i]
		}
		if last >= s.numbers {
			break
		}
	}
	if last >= s.numbers {
		return nil, failf(retorch, "has a tensor that reaches beyond its storage of %d numbers", s.numbers)
	}
	return &view{s, offset, shape, stride}, nil
}

// whole64 returns a tuple of lengths.
func whole64(v any) ([]int64, bool) {
	t, ok := v.(pyTuple)
	if !ok || len(t) > torchMost {
		return nil, false
	}
	list := make([]int64, len(t))
	for i := range t {
		if list[i], ok = t[i].(int64); !ok || list[i] < 0 {
			return nil, false
		}
	}
	return list, true
}

func dimensions64(shape []int64) string { return strings.Trim(fmt.Sprint(shape), "[]") }

// newStorage reads the id of a storage: "storage", its class, key and device,
// and how many numbers it has.
func newStorage(id pyTuple) (*storage, error) {
	if len(id) < 5 || id[0] != any("storage") {
		return nil, failf(retorch, "has an object outside its pickle that is no storage")
	}
	class, ok := id[1].(pyGlobal)
	key, ok2 := id[2].(string)
	numbers, ok3 := id[4].(int64)
	if !ok || !ok2 || !ok3 || numbers < 0 {
		return nil, failf(retorch, "has a storage without class, key or length")
	}
	code, known := torchStorages[class]
	if !known {
		return nil, failf(repickle, "has a storage of the unknown class %s", shown(string(class)))
	}
	size := int64(storedTypes[code].bits / 8)
	if numbers > 1<<62/size {
		return nil, failf(retorch, "has a storage of %d numbers", numbers)
	}
	return &storage{dtype: storedTypes[code].dtype, size: size, numbers: numbers, key: key}, nil
}
