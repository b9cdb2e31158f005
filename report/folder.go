package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"keyhull/experiment"
)

// What is read of a folder at most: far more than keyhull writes.
const (
	mostResults = 32 << 20
	mostFile    = 64 << 20
)

// Open reads a folder that keyhull reproduce wrote: results.json, and of each
// artifact the figures and tables that it lists. Nothing outside of the folder
// is read. An error names the file and is one line.
func Open(dir string) (*View, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, bare(dir, err)
	}
	defer root.Close()
	v, err := open(folder{root})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return v, nil
}

func open(f folder) (*View, error) {
	text, err := f.read("results.json", mostResults)
	if err != nil {
		return nil, err
	}
	r, err := parseResults(text)
	if err != nil {
		return nil, fmt.Errorf("results.json: %w", err)
	}
	files := map[string][]byte{}
	for _, a := range experiment.Catalogue {
		for _, name := range r.Artifacts[a.Name].Files {
			if path.Ext(name) == ".png" {
				continue // the page has SVG
			}
			if files[name], err = f.read(name, mostFile); err != nil {
				return nil, err
			}
		}
	}
	return NewView(r, files)
}

// folder is a finished folder. No name and no link leads out of it.
type folder struct{ root *os.Root }

func (f folder) read(name string, most int64) ([]byte, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, bare(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a regular file", name)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: %d bytes, more than the %d that keyhull reads", name, info.Size(), most)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, bare(name, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return nil, bare(name, err)
	}
	return text, nil
}

// bare is an error of the system under a file's name alone.
func bare(name string, err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// parseResults reads results.json strictly.
func parseResults(text []byte) (r Results, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&r); err != nil {
		return r, oneLine(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return r, errors.New("more than one JSON value")
	}
	if len(r.Artifacts) == 0 {
		return r, errors.New("no artifacts: not what keyhull reproduce writes")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Artifacts)) {
		e := r.Artifacts[name]
		if _, known := experiment.Find(name); !known {
			return r, fmt.Errorf("artifact %q is not known to this version of keyhull", name)
		}
		if err := e.check(name); err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

func oneLine(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("ends too early")
	}
	return err
}

// verdicts are what Entry.Verdict can be.
var verdicts = []string{experiment.Reproduced, experiment.NotReproduced, experiment.OtherCause}

// check refuses what the page could not show.
func (e Entry) check(artifact string) error {
	switch {
	case e.Status == Absent && len(e.Files) == 0:
		return nil
	case e.Status != Done:
		return fmt.Errorf("status %q with %d files", e.Status, len(e.Files))
	case !slices.Contains(verdicts, e.Verdict):
		return fmt.Errorf("no verdict is %q", e.Verdict)
	}
	if g := e.Table; g != nil && slices.ContainsFunc(g.Rows, func(row []string) bool { return len(row) != len(g.Columns) }) {
		return errors.New("a row of its table has not as many cells as there are columns")
	}
	for _, name := range e.Files {
		if _, ok := part(artifact, name); !ok {
			return fmt.Errorf("%q is not a file of it", name)
		}
	}
	return nil
}

// part says which part of an artifact a file is: "" for tables/fig1c.csv or
// figures/fig1c.svg, "keys" for tables/fig1c-keys.csv.
func part(artifact, file string) (name string, ok bool) {
	dir := map[string]string{".csv": "tables", ".svg": "figures", ".png": "figures", ".pdf": "figures"}[path.Ext(file)]
	if dir == "" || path.Dir(file) != dir || path.Clean(file) != file || strings.Contains(file, `\`) {
		return "", false
	}
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if base == artifact {
		return "", true
	}
	return strings.CutPrefix(base, artifact+"-")
}

// parseTable reads a CSV file: a header, and rows as long as it.
func parseTable(text []byte) (experiment.Table, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return experiment.Table{}, err
	}
	if len(rows) == 0 {
		return experiment.Table{}, errors.New("no header")
	}
	return experiment.Table{Header: rows[0], Rows: rows[1:]}, nil
}
