package keyhull_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says what each package may import of this module. Imports go down
// only; a package that is not listed here does not exist yet.
var allowed = map[string][]string{
	"keyhull/internal/vec":            {},
	"keyhull/internal/hull":           {"keyhull/internal/vec"},
	"keyhull":                         {"keyhull/internal/hull", "keyhull/internal/vec", "keyhull/cert"},
	"keyhull/audit":                   {"keyhull", "keyhull/cert", "keyhull/internal/vec", "keyhull/nn", "keyhull/norm"},
	"keyhull/cert":                    {},
	"keyhull/cert/shortcut":           {"keyhull/cert"},
	"keyhull/norm":                    {},
	"keyhull/nn":                      {"keyhull/internal/vec", "keyhull/norm", "keyhull/weights"},
	"keyhull/text":                    {"keyhull/weights"},
	"keyhull/weights":                 {},
	"keyhull/run":                     {"keyhull/weights"},
	"keyhull/sweep":                   {"keyhull/run", "keyhull/weights"},
	"keyhull/experiment":              {"keyhull", "keyhull/audit", "keyhull/nn", "keyhull/norm", "keyhull/run", "keyhull/text", "keyhull/weights"},
	"keyhull/decide":                  {"keyhull", "keyhull/cert", "keyhull/internal/vec", "keyhull/norm", "keyhull/weights"},
	"keyhull/figure":                  {"keyhull/experiment"},
	"keyhull/report":                  {"keyhull/audit", "keyhull/experiment"},
	"keyhull/serve":                   {"keyhull", "keyhull/decide", "keyhull/report", "keyhull/run", "keyhull/weights"},
	"keyhull/bench/serve_load":        {"keyhull/run", "keyhull/weights"},
	"keyhull/bench/soak":              {"keyhull/sweep", "keyhull/weights"},
	"keyhull/internal/oracle":         {"keyhull"},
	"keyhull/internal/oracle/massive": {"keyhull", "keyhull/cert", "keyhull/cert/shortcut", "keyhull/internal/oracle"},
	"keyhull/cmd/keyhull": {"keyhull", "keyhull/audit", "keyhull/cert", "keyhull/decide", "keyhull/nn", "keyhull/text", "keyhull/cert/shortcut", "keyhull/norm", "keyhull/weights", "keyhull/run", "keyhull/sweep", "keyhull/experiment",
		"keyhull/figure", "keyhull/report", "keyhull/serve", "keyhull/internal/vec"},
}

// trusted may import the standard library only: the base of trust.
var trusted = []string{"keyhull/cert", "keyhull/cert/shortcut", "keyhull/internal/vec", "keyhull/internal/hull"}

func TestImportsGoDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := fields[0]
		rule, known := allowed[pkg]
		if !known {
			t.Errorf("package %s is not in the list of allowed imports: add it there and to docs/architecture.md", pkg)
		}
		for _, imp := range fields[1:] {
			own := imp == "keyhull" || strings.HasPrefix(imp, "keyhull/")
			if own && !slices.Contains(rule, imp) {
				t.Errorf("%s imports %s, which is not below it", pkg, imp)
			}
			if !own && strings.Contains(strings.Split(imp, "/")[0], ".") && slices.Contains(trusted, pkg) && imp != "golang.org/x/sys/cpu" {
				t.Errorf("%s imports %s: only the standard library is allowed here", pkg, imp)
			}
		}
	}
}
