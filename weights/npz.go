package weights

import (
	"archive/zip"
	"io"
	"strings"
)

// deflateMost is more than the most bytes that deflate makes of one.
const deflateMost = 1040

// readNPZ reads the directory of a .npz file and the header of each array in
// it, never more than a header's bytes a member. Members that are not .npy
// arrays are left out.
func readNPZ(src source) ([]tensor, error) {
	archive, err := zip.NewReader(src, src.size)
	if err != nil {
		return nil, failf(damaged, "is no readable zip file: %w", err)
	}
	var tensors []tensor
	seen := map[string]bool{}
	for _, member := range archive.File {
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		if !isArray {
			continue
		}
		if seen[name] {
			return nil, failf(damaged, "has two arrays named %s", shown(name))
		}
		seen[name] = true
		t, err := npzMember(member, src.size)
		if err != nil {
			return nil, located("tensor "+shown(name), err)
		}
		t.Name = name
		tensors = append(tensors, t)
	}
	if len(tensors) == 0 {
		return nil, failf("save the arrays with numpy.savez", "holds no .npy arrays")
	}
	return tensors, nil
}

// npzMember reads one member's header and compares the sizes that the
// directory, the header and deflate allow.
func npzMember(member *zip.File, fileSize int64) (tensor, error) {
	if err := checkMember(member, fileSize); err != nil {
		return tensor{}, err
	}
	r, err := member.Open()
	if err != nil {
		return tensor{}, readError(err)
	}
	defer r.Close()
	t, start, err := npyHeader(r)
	if err != nil {
		return tensor{}, err
	}
	if err := npySize(t, max(0, int64(member.UncompressedSize64)-start)); err != nil {
		return tensor{}, err
	}
	t.open = func() (io.ReadCloser, error) { return openMember(member, start) }
	return t, nil
}

// checkMember compares the sizes that the directory of a zip file states.
func checkMember(member *zip.File, fileSize int64) error {
	packed, size := member.CompressedSize64, member.UncompressedSize64
	if member.Flags&1 != 0 {
		return failf("unpack it, and save it without a password", "is encrypted")
	}
	if packed > uint64(fileSize) || size/deflateMost > packed || member.Method == zip.Store && size != packed {
		return failf(damaged, "claims %d bytes packed into %d, which cannot be", size, packed)
	}
	return nil
}

// openMember opens a member behind its header.
func openMember(member *zip.File, start int64) (io.ReadCloser, error) {
	r, err := member.Open()
	if err != nil {
		return nil, readError(err)
	}
	if _, err := io.CopyN(io.Discard, r, start); err != nil {
		r.Close()
		return nil, readError(err)
	}
	return r, nil
}
