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
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return failf("give the name of a file", "%s: is not a regular file", path)
	}
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err == nil {
		defer file.Cleanup()
		if err = write(file); err == nil {
			err = file.CloseAtomicallyReplace()
		}
	}
	if err != nil {
		return failf("", "%s: %w", path, cause(err))
	}
	return nil
}
