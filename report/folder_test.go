package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhull/report"
)

func TestOpenIsNewView(t *testing.T) {
	v, err := report.Open(written(t))
	if err != nil {
		t.Fatal(err)
	}
	if rendered(t, v) != rendered(t, view(t)) {
		t.Error("a folder gives another page than its results")
	}
}

// TestOpenTakesEarlierFolders leaves out what an earlier version did not have.
func TestOpenTakesEarlierFolders(t *testing.T) {
	r, files := sample()
	delete(r.Artifacts, "rounding")
	v, err := report.NewView(r, files)
	if err != nil {
		t.Fatal(err)
	}
	if page := rendered(t, v); !strings.Contains(page, "version of keyhull that did not have it") {
		t.Error("no reason for what is not listed")
	}
}

func TestOpenRefuses(t *testing.T) {
	results := func(old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { change(t, dir, "results.json", old, new) }
	}
	figure := func(old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { change(t, dir, "figures/fig5.svg", old, new) }
	}
	for want, spoil := range map[string]func(*testing.T, string){
		"results.json: no such file":             func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "results.json")) },
		"results.json: ends too early":           func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "results.json"), 99) },
		"more than one JSON value":               results("\n}\n", "\n}\n{}"),
		`artifact "fig9" is not known`:           results(`"fig5": {`, `"fig9": {`),
		`fig1d: status "maybe"`:                  func(t *testing.T, dir string) { change(t, dir, "results.json", `"done"`, `"maybe"`) },
		`no verdict is "proved"`:                 results(`"reproduced"`, `"proved"`),
		`"../fig5.svg" is not a file of it`:      results("figures/fig5.svg", "../fig5.svg"),
		`"figures/fig3.svg" is not a file of it`: results("figures/fig5.svg", "figures/fig3.svg"),
		"not as many cells as there are columns": results("\"0\"\n", "\"0\", \"1\"\n"),
		"figures/fig5.svg: no such file":         func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "figures/fig5.svg")) },
		"fig5.svg: is not a regular file": func(t *testing.T, dir string) {
			replaced(t, dir, "figures/fig5.svg")
			os.Mkdir(filepath.Join(dir, "figures/fig5.svg"), 0o777)
		},
		"path escapes": func(t *testing.T, dir string) {
			replaced(t, dir, "figures/fig5.svg")
			os.Symlink("/etc/passwd", filepath.Join(dir, "figures/fig5.svg"))
		},
		"keyhull draws: <script>":                 figure("<text", "<script>alert(1)</script><text"),
		"keyhull draws: onload of <path>":         figure("<path d", `<path onload="alert(1)" d`),
		"keyhull draws: style=":                   figure("fill:#FFFFFF", "fill:url(https://a.b/c)"),
		"keyhull draws: transform=":               figure("scale(1, -1) t", "scale(1, -1)&quot;&gt; t"),
		"fig5.svg: not an SVG file: XML syntax":   func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "figures/fig5.svg"), 200) },
		"not an SVG file":                         func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "figures/fig5.svg"), 0) },
		"tables/fig5.csv: record on line 2":       func(t *testing.T, dir string) { change(t, dir, "tables/fig5.csv", "1.23456,", "") },
		"tables/fig5.csv: no header":              func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "tables/fig5.csv"), 0) },
		"figures/fig5.pdf: not a PDF":             func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "figures/fig5.pdf"), 3) },
		"results.json: 33554433 bytes, more than": func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "results.json"), 32<<20+1) },
	} {
		dir := written(t)
		spoil(t, dir)
		_, err := report.Open(dir)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := report.Open(filepath.Join(t.TempDir(), "none")); err == nil || !strings.HasSuffix(err.Error(), "none: no such file or directory") {
		t.Error(err)
	}
}

// change replaces a text wherever it stands in a file.
func change(t *testing.T, dir, name, old, new string) {
	t.Helper()
	file := filepath.Join(dir, name)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s: %v, nothing to change: %s", name, err, old)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, new)), 0o666); err != nil {
		t.Fatal(err)
	}
}

func replaced(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
