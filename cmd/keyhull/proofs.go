package main

import (
	"bufio"
	"context"
	"io"

	"keyhull/decide"
)

// writeCertificates writes the certificates to the file at path, all or none.
func (e *env) writeCertificates(ctx context.Context, path string, f *decide.Found) error {
	bar := e.progress("writing proofs", "keys", len(f.Sets)*f.Sets[0].N)
	defer bar.stop()
	return replaceFile(path, func(w io.Writer) error { return f.WriteJSON(ctx, bufio.NewWriter(w), bar.set) })
}
