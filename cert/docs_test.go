package cert

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPythonChecker runs the checker printed in docs/certificates.md on true
// certificates and on ones with a change.
func TestPythonChecker(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	doc, err := os.ReadFile("../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(doc), "```python\n")
	program, _, _ = strings.Cut(program, "```")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keys := file("keys.csv", "0,0\n1,0\n0,1\n1,1\n.5,0\n.5,.5\n1,0\n.25,.5\n")
	s := certify([]float64{0, 0, 1, 0, 0, 1, 1, 1, .5, 0, .5, .5, 1, 0, .25, .5}, 2)
	truth, err := json.Marshal(File{Norm: "none", Sets: []Set{*s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"", "", "proved\n"},
		{`"bases":[[0,1]]`, `"bases":[[0,2]]`, "not proved: [4]\n"},
		{`"copies":[6]`, `"copies":[4]`, "not proved: [1]\n"},
		{`"index":0`, `"index":1`, "not proved: [1]\n"},
		{`"bases":[[0,3],[1,2]]`, `"bases":[[0,1,2,3]],"weights":[[0.25,0.25,0.26,0.24]]`, "proved\n"},
		{`"bases":[[0,3],[1,2]]`, `"bases":[[0,1,2,3]],"weights":[[0.49,0.25,0.25,0.01]]`, "proved\n"},
		{`"bases":[[0,3],[1,2]]`, `"bases":[[0,1,2,3]],"weights":[[0.25,0.25,0.5,0]]`, "not proved: [5]\n"},
		{`"bases":[[0,3],[1,2]]`, `"bases":[[0,1,2,4]],"weights":[[0.25,0.25,0.25,0.25]]`, "not proved: [5]\n"},
		{`"bases":[[0,3],[1,2]]`, `"bases":[[0,1,2,3]]`, "not proved: [5]\n"},
	} {
		changed := strings.Replace(string(truth), c.old, c.new, 1)
		if c.old != c.new && changed == string(truth) {
			t.Fatalf("%s is not in %s", c.old, truth)
		}
		out, err := exec.Command(python, "-c", program, keys, file("proof.json", changed)).CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("%s → %s: %v, %q, not %q", c.old, c.new, err, out, c.want)
		}
	}
}
