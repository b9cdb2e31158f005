package run

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// appended is a file that only grows. It keeps the hash of its content, so that
// a checkpoint can say how far the file had come, and a later process can cut
// it back to there.
type appended struct {
	name string
	disk disk
	file *os.File
	size int64
	hash hash.Hash
}

// extent is how far a file had come.
type extent struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// openAppended opens a file, or makes it; what it holds is not
// known before matches or cut.
func openAppended(d disk, dir, name string) (*appended, error) {
	f, err := d.open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &appended{name: name, disk: d, file: f, size: info.Size(), hash: sha256.New()}, nil
}

func (a *appended) write(data []byte) error {
	if err := a.disk.write(a.file, a.size, data); err != nil {
		return err
	}
	a.size += int64(len(data))
	a.hash.Write(data)
	return nil
}

func (a *appended) extent() extent { return extent{a.size, a.sum()} }

func (a *appended) sum() string { return hex.EncodeToString(a.hash.Sum(nil)) }

// matches makes sure that the file begins with what e describes.
func (a *appended) matches(e extent) error {
	a.hash.Reset()
	n, err := io.Copy(a.hash, io.NewSectionReader(a.file, 0, e.Bytes))
	switch {
	case err != nil:
		return err
	case n < e.Bytes:
		return fmt.Errorf("%s has %d bytes, not the %d of then", a.name, n, e.Bytes)
	case a.sum() != e.SHA256:
		return fmt.Errorf("%s has changed since", a.name)
	}
	return nil
}

// cut shortens the file to e, which it was last found to match; the zero extent
// empties it.
func (a *appended) cut(e extent) error {
	if e.Bytes == 0 {
		a.hash.Reset()
	}
	a.size = e.Bytes
	return a.disk.truncate(a.file, e.Bytes)
}
