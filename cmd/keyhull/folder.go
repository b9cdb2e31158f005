package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/google/renameio/v2/maybe"

	"keyhull/figure"
	"keyhull/report"
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

func (f folder) writeHTML(r report.Results, figures map[string][]byte) error {
	return f.write("index.html", func(w io.Writer) error { return r.WriteHTML(w, figures) })
}

// writeResult writes a result's table and figures and returns their names
// within the folder, and the SVG figure.
func (f folder) writeResult(name string, r figure.Data) (files []string, svg []byte, err error) {
	table := path.Join("tables", name+".csv")
	if err := f.write(table, r.Table().Write); err != nil {
		return nil, nil, err
	}
	files = append(files, table)
	drawn := figure.Of(r)
	for _, format := range figure.Formats {
		file := path.Join("figures", name+"."+format)
		err := f.write(file, func(w io.Writer) error { return drawn.Write(w, format) })
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	var b bytes.Buffer
	err = drawn.Write(&b, "svg")
	return files, b.Bytes(), err
}
