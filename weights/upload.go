package weights

import "io"

// OpenAt is [Open] for the size bytes that r holds; name is shown in errors,
// and its extension says what they are. The File reads from r, which is not
// closed. It may be called with what a stranger sent: nothing is allocated that
// the bytes do not hold.
func OpenAt(name string, r io.ReaderAt, size int64) (*File, error) {
	src := source{r, size}
	format, err := matrices.recognise(name, src)
	if err != nil {
		return nil, located(shown(name), err)
	}
	tensors, err := format.read(src)
	if err != nil {
		return nil, located(shown(name), err)
	}
	return newFile(name, tensors), nil
}
