package weights

import (
	"archive/zip"
	"io"
	"strings"
)

// torchPickleMost bounds the pickle of a state dict, about 150 bytes a tensor.
const torchPickleMost = 64 << 20

// readTorchZip reads the pickle in a zip file; each storage is a member, packed
// by storing, which torch.save always does.
func readTorchZip(src source) (dict any, big bool, err error) {
	archive, err := zip.NewReader(src, src.size)
	if err != nil {
		return nil, false, failf(damaged, "is no readable zip file: %w", err)
	}
	z := &torchZip{src: src, members: map[string]*zip.File{}}
	for _, m := range archive.File {
		if z.members[m.Name] != nil {
			return nil, false, failf(damaged, "has two members named %s", shown(m.Name))
		}
		z.members[m.Name] = m
		if prefix, ok := strings.CutSuffix(m.Name, "data.pkl"); ok && (prefix == "" || strings.HasSuffix(prefix, "/")) {
			z.prefix, z.pickles = prefix, z.pickles+1
		}
	}
	if z.pickles != 1 {
		return nil, false, failf(repickle, "is a zip file with %d pickles data.pkl; one is needed", z.pickles)
	}
	if z.members[z.prefix+"constants.pkl"] != nil {
		return nil, false, failf(repickle, "is a TorchScript program, not a state dict")
	}
	order, err := z.order()
	if err != nil {
		return nil, false, err
	}
	dict, err = z.unpickle()
	return dict, order == "big", err
}

type torchZip struct {
	src     source
	members map[string]*zip.File
	prefix  string
	pickles int
}

// order reads the member that names the byte order, if there is one.
func (z *torchZip) order() (string, error) {
	m := z.members[z.prefix+"byteorder"]
	if m == nil {
		return "little", nil
	}
	at, err := z.place(m)
	if err != nil {
		return "", err
	}
	c := newCursor(z.src, at)
	order := c.text(min(m.UncompressedSize64, 16))
	if c.err == nil && order != "little" && order != "big" {
		return "", failf(retorch, "has the byte order %s", shown(order))
	}
	return order, c.err
}

func (z *torchZip) unpickle() (any, error) {
	m := z.members[z.prefix+"data.pkl"]
	at, err := z.place(m)
	if err != nil {
		return nil, err
	}
	if m.UncompressedSize64 > torchPickleMost {
		return nil, failf(repickle, "has a pickle of %d bytes; at most %d are read", m.UncompressedSize64, torchPickleMost)
	}
	pickle := source{io.NewSectionReader(z.src, at, int64(m.UncompressedSize64)), int64(m.UncompressedSize64)}
	return newUnpickler(pickle, z.storage).unpickle()
}

// place returns where a member's bytes begin, if they are stored as they are
// and lie in the file.
func (z *torchZip) place(m *zip.File) (int64, error) {
	if err := checkMember(m, z.src.size); err != nil {
		return 0, located("member "+shown(m.Name), err)
	}
	if m.Method != zip.Store {
		return 0, failf("unpack it, and zip it anew without compression", "member %s is compressed, which torch.save never does", shown(m.Name))
	}
	at, err := m.DataOffset()
	if err != nil || at < 0 || at > z.src.size-int64(m.UncompressedSize64) {
		return 0, failf(damaged, "member %s lies outside the file", shown(m.Name))
	}
	return at, nil
}

// storage finds the member of a storage.
func (z *torchZip) storage(id pyTuple) (any, error) {
	s, err := newStorage(id)
	if err != nil {
		return nil, err
	}
	m := z.members[z.prefix+"data/"+s.key]
	if m == nil {
		return nil, failf(damaged, "lacks the member %s", shown(z.prefix+"data/"+s.key))
	}
	if s.begin, err = z.place(m); err != nil {
		return nil, err
	}
	if m.UncompressedSize64 != uint64(s.numbers*s.size) {
		return nil, failf(damaged, "member %s has %d bytes, but %d numbers of type %s are promised", shown(m.Name), m.UncompressedSize64, s.numbers, s.dtype)
	}
	s.whole = func() (io.ReadCloser, error) { return openMember(m, 0) }
	return s, nil
}
