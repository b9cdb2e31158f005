package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replaceFile writes a file such that its old content stays until the new one
// is complete. A link is followed; what is no regular file is refused.
func replaceFile(path string, write func(io.Writer) error) error {
	file, err := pendingFile(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if err = write(file); err == nil {
		err = file.CloseAtomicallyReplace()
	}
	if err != nil {
		return failf("", "%s: %w", path, cause(err))
	}
	return nil
}

// mayReplace says why replaceFile would fail, as far as that is known before
// there is anything to write.
func mayReplace(path string) error {
	file, err := pendingFile(path)
	if err != nil {
		return err
	}
	return file.Cleanup()
}

// pendingFile opens a file that can take the place of path.
func pendingFile(path string) (*renameio.PendingFile, error) {
	target := path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return nil, failf("give the name of a file", "%s: is not a regular file", path)
	}
	file, err := renameio.NewPendingFile(target, renameio.WithTempDir(filepath.Dir(target)),
		renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err != nil {
		return nil, failf("", "%s: %w", path, cause(err))
	}
	return file, nil
}
