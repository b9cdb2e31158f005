package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"

	"keyhull/experiment"
	"keyhull/figure"
)

// folder is where a command writes its results. Files appear whole or not at
// all.
type folder string

func (f folder) write(name string, content func(io.Writer) error) error {
	var b bytes.Buffer
	if err := content(&b); err != nil {
		return err
	}
	full := filepath.Join(string(f), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		return err
	}
	if err := maybe.WriteFile(full, b.Bytes(), 0o666); err != nil {
		return fmt.Errorf("%s: %w", full, cause(err)) // which names a temporary file
	}
	return nil
}

// writeResult writes a result's tables and figures and returns their names
// within the folder.
func (f folder) writeResult(name string, r figure.Data) (files []string, err error) {
	add := func(file string, content func(io.Writer) error) {
		if err == nil {
			files, err = append(files, file), f.write(file, content)
		}
	}
	add(path.Join("tables", name+".csv"), r.Table().Write)
	drawn := figure.Of(r)
	for _, format := range figure.Formats {
		add(path.Join("figures", name+"."+format), func(w io.Writer) error { return drawn.Write(w, format) })
	}
	return files, err
}

// writeAll is writeResult with the tables beside a result's own.
func (f folder) writeAll(ctx context.Context, name string, r experiment.Result) (files []string, err error) {
	if files, err = f.writeResult(name, r); err != nil {
		return nil, err
	}
	p, ok := r.(interface {
		Parts(context.Context) ([]experiment.Part, error)
	})
	if !ok {
		return files, nil
	}
	parts, err := p.Parts(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		file := path.Join("tables", name+"-"+part.Name+".csv")
		if err := f.write(file, part.Table.Write); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}
