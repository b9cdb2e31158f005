package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"keyhull/weights"
)

// disk makes every change to a run's folder. Its zero value just does; tests
// set fault to stop it between any two steps, or in the middle of a write.
//
// A whole file is written under the name .NAME.tmp, synced, and renamed; then
// the folder is synced, since only that makes the new name last. The temporary
// name is fixed: the folder is locked, and what a killed process left there is
// swept away by the next one.
type disk struct {
	// fault says how many of size bytes an operation may still write, and the
	// error it ends with.
	fault func(op, path string, size int) (int, error)
}

// do runs a step that can not be halved.
func (d disk) do(op, path string, step func() error) error {
	if d.fault != nil {
		if _, err := d.fault(op, path, 0); err != nil {
			return err
		}
	}
	return step()
}

// write writes data at an offset.
func (d disk) write(f *os.File, at int64, data []byte) error {
	var failed error
	if d.fault != nil {
		var n int
		n, failed = d.fault("write", f.Name(), len(data))
		data = data[:n]
	}
	_, err := f.WriteAt(data, at)
	return errors.Join(failed, err)
}

func (d disk) sync(f *os.File) error { return d.do("sync", f.Name(), f.Sync) }

func (d disk) truncate(f *os.File, size int64) error {
	return d.do("truncate", f.Name(), func() error { return f.Truncate(size) })
}

func (d disk) remove(path string) error {
	return d.do("remove", path, func() error { return os.Remove(path) })
}

// open opens a file to be read and written, and makes it if need be.
func (d disk) open(path string) (f *os.File, err error) {
	err = d.do("open", path, func() (err error) {
		f, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
		return err
	})
	return f, err
}

// syncDir makes the names in a folder last. Windows has no such call.
func (d disk) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.do("syncdir", dir, f.Sync)
}

// mkdir makes a folder and those above it, as far as they are missing.
func (d disk) mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.mkdir(parent); err != nil {
			return err
		}
	}
	err := d.do("mkdir", dir, func() error { return os.Mkdir(dir, 0o777) })
	if info, failed := os.Stat(dir); err != nil && (failed != nil || !info.IsDir()) { // nobody else has made it
		return err
	}
	return d.syncDir(parent)
}

// replace writes a whole file: afterwards path holds data, or what it held.
func (d disk) replace(path string, data []byte) error {
	dir, name := filepath.Split(path)
	if err := d.replaceBy(filepath.Join(dir, "."+name+".tmp"), path, data); err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(path))
}

// replaceBy is replace by way of a temporary file, but for the folder, which is
// not synced.
func (d disk) replaceBy(temporary, path string, data []byte) error {
	err := d.fill(temporary, data)
	if err == nil {
		err = d.do("rename", path, func() error { return os.Rename(temporary, path) })
	}
	if err != nil {
		d.remove(temporary) // it may not exist; err says more
	}
	return err
}

func (d disk) fill(path string, data []byte) error {
	var f *os.File
	err := d.do("create", path, func() (err error) {
		f, err = os.Create(path)
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(d.write(f, 0, data), d.sync(f), f.Close())
}

// sweep removes what a killed process left half written in a folder.
func (d disk) sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".tmp") {
			err = errors.Join(err, d.remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// full reports whether err says that no more can be written here.
func full(err error) bool {
	return slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG},
		func(e error) bool { return errors.Is(err, e) })
}

// unwritten is the error of a failed change to a run's folder.
func unwritten(dir string, err error) error {
	hint := "the run goes on from its last checkpoint when the same command is given again"
	switch {
	case errors.Is(err, syscall.EFBIG):
		hint = "no file may be that large here: see ulimit -f; " + hint
	case full(err):
		hint = "free some space; " + hint
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		hint = "make it writable; " + hint
	}
	what := dir + ": " + strings.ReplaceAll(err.Error(), "\n", "; ")
	if path := (*os.PathError)(nil); errors.As(err, &path) && strings.HasPrefix(path.Path, dir) {
		what = path.Path + ": " + path.Err.Error()
	}
	return &weights.Error{Msg: what, Hint: hint, Err: err}
}
