// Read by hand, not with sbinet/npyio: tried on our inputs, v0.14.0 panics on a
// header without newline or with its keys in another order, allocates what the
// header promises before looking at the data, hands Fortran order on
// untransposed, and knows neither version 3 nor float16 or bfloat16 as floats.

package weights

import (
	"io"
	"math"
	"strconv"
)

const npyMagic = "\x93NUMPY"

// npyHeaderMost bounds a header; NumPy itself refuses more than 10,000 bytes.
const npyHeaderMost = 1 << 16

func readNPY(src source) ([]tensor, error) {
	t, start, err := npyHeader(io.NewSectionReader(src, 0, src.size))
	if err != nil {
		return nil, err
	}
	if err := npySize(t, src.size-start); err != nil {
		return nil, err
	}
	t.open = src.section(start, src.size-start)
	return []tensor{t}, nil
}

// npySize compares the bytes behind a header with what the shape needs.
// NumPy ignores what follows the array; here it is refused, because a second
// array in the file, or a header that lies, would pass unseen. Types that are
// not read have no known size, and are not compared.
func npySize(t tensor, have int64) error {
	if t.DType.size() == 0 {
		return nil
	}
	need, ok := product(t.Shape, t.DType.size())
	switch {
	case !ok:
		return failf(damaged, "promises %s numbers of type %s, more than any file holds", dimensions(t.Shape), t.DType)
	case have < need:
		return failf(damaged, "promises %s numbers of type %s, %d bytes, but holds %d", dimensions(t.Shape), t.DType, need, have)
	case have > need:
		return failf("the header is wrong, or several arrays were saved into one file: save them as .npz",
			"holds %d bytes more than its %s numbers of type %s", have-need, dimensions(t.Shape), t.DType)
	}
	return nil
}

// npyHeader reads the magic bytes, the version and the header of one array,
// and returns what it says and how many bytes it took.
func npyHeader(r io.Reader) (tensor, int64, error) {
	start := make([]byte, 12)
	if _, err := io.ReadFull(r, start[:8]); err != nil {
		return tensor{}, 0, readError(err)
	}
	if string(start[:6]) != npyMagic {
		return tensor{}, 0, failf("save it with numpy.save or numpy.savez", "does not begin with the mark of a .npy file")
	}
	wide := 4
	switch version := [2]byte(start[6:8]); version {
	case [2]byte{1, 0}:
		wide = 2
	case [2]byte{2, 0}, [2]byte{3, 0}:
	default:
		return tensor{}, 0, failf("save it with numpy.save", "has format version %d.%d; 1.0, 2.0 and 3.0 are read", version[0], version[1])
	}
	if _, err := io.ReadFull(r, start[8:8+wide]); err != nil {
		return tensor{}, 0, readError(err)
	}
	length := le.Uint32(start[8:]) // the two bytes after a short length are 0
	if length > npyHeaderMost {
		return tensor{}, 0, failf(damaged, "has a header of %d bytes; at most %d are read", length, npyHeaderMost)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return tensor{}, 0, readError(err)
	}
	t, err := npyDict(string(text))
	return t, int64(8+wide) + int64(length), err
}

// npyDict understands the header's dictionary: just 'descr', 'fortran_order'
// and 'shape'.
func npyDict(text string) (tensor, error) {
	const hint = "save it with numpy.save"
	dict, err := parseLiteral(text)
	if err != nil {
		return tensor{}, failf(hint, "has a bad header: %w", err)
	}
	d, isDict := dict.(map[string]any)
	shape, isTuple := d["shape"].(tuple)
	fortran, isBool := d["fortran_order"].(bool)
	descr, hasDescr := d["descr"]
	if !isDict || !isTuple || !isBool || !hasDescr || len(d) != 3 {
		return tensor{}, failf(hint, "has a header that is not a dictionary of descr, fortran_order and shape")
	}
	t := tensor{fortran: fortran}
	for _, v := range shape {
		n, isInt := v.(int64)
		if !isInt || n < 0 || n > math.MaxInt {
			return tensor{}, failf(hint, "has a shape with an entry that is no length")
		}
		t.Shape = append(t.Shape, int(n))
	}
	t.DType, t.big, err = npyType(descr)
	return t, err
}

// npyType translates a type description such as '<f4'. What NumPy writes for
// the bfloat16 of ml_dtypes is '<V2', and '|V2' after loading and saving it
// again. Types that are not read get a name for listings.
func npyType(descr any) (DType, bool, error) {
	s, ok := descr.(string)
	if !ok {
		return "structured", false, nil
	}
	if len(s) < 2 {
		return "", false, failf(readable, "has the unknown number type %s", shown(s))
	}
	size, err := strconv.Atoi(s[2:])
	order, kind := s[0], s[1]
	if s == "<V2" || s == "|V2" {
		return BFloat16, false, nil
	}
	name, known := map[byte]string{'f': "float", 'i': "int", 'u': "uint", 'c': "complex", 'b': "bool", 'O': "object",
		'S': "string", 'U': "string", 'V': "void", 'M': "datetime", 'm': "timedelta"}[kind]
	if !known {
		return "", false, failf(readable, "has the unknown number type %s", shown(s))
	}
	if kind != 'f' && kind != 'i' && kind != 'u' && kind != 'c' {
		return DType(name), false, nil
	}
	dtype := DType(name + strconv.Itoa(8*size))
	if err != nil || size < 1 || size > 32 || order != '<' && order != '>' && (order != '|' || size > 1) {
		return "", false, failf(readable, "has the unknown number type %s", shown(s))
	}
	return dtype, order == '>', nil
}
