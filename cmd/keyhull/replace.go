package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// replaceFile writes a file such that its old content stays until the new one
// is complete and on the disk. A link is followed, permissions stay, and what
// is no regular file is refused.
func replaceFile(path string, write func(io.Writer) error) error {
	file, target, err := pendingFile(path)
	if err != nil {
		return err
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), target)
	}
	if err != nil {
		os.Remove(file.Name())
		return failf("", "%s: %w", path, cause(err))
	}
	return nil
}

// mayReplace says why replaceFile would fail, as far as that is known before
// there is anything to write, and keeps it from the input and from standard
// output, be it by another name.
func mayReplace(path, input string) error {
	info, err := os.Stat(path)
	if in, missing := os.Stat(input); err == nil && missing == nil && os.SameFile(info, in) {
		return usagef("give another name", "%s: is the file that is read", path)
	}
	if out, closed := os.Stdout.Stat(); err == nil && closed == nil && os.SameFile(info, out) {
		return usagef("--format json writes the proofs to standard output", "%s: is standard output", path)
	}
	file, _, err := pendingFile(path)
	if err != nil {
		return err
	}
	file.Close()
	return os.Remove(file.Name())
}

// pendingFile opens a new file in the folder of the one that it shall replace,
// which is path or what path links to.
func pendingFile(path string) (file *os.File, target string, err error) {
	target = path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	info, missing := os.Stat(target)
	if missing == nil && !info.Mode().IsRegular() {
		return nil, "", failf("give the name of a file", "%s: is not a regular file", path)
	}
	dir, name := filepath.Split(target)
	name = filepath.Join(dir, fmt.Sprintf(".%s.%x", name, rand.Uint64()))
	if file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); err == nil && missing == nil {
		if err = file.Chmod(info.Mode().Perm()); err != nil {
			file.Close()
			os.Remove(name)
		}
	}
	if err != nil {
		return nil, "", failf("", "%s: %w", path, cause(err))
	}
	return file, target, nil
}
