package cert

import (
	"os"
	"strings"
	"testing"
)

// TestSize holds the number of lines that one has to read to trust the check,
// blank lines and comments apart. docs/certificates.md names these numbers.
func TestSize(t *testing.T) {
	doc, err := os.ReadFile("../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		most  int
		says  string
		files []string
	}{
		{465, "465 lines of code", []string{"check.go", "keys.go", "linear.go"}},
		{100, "100 more for the format", []string{"types.go"}},
	} {
		lines := 0
		for _, file := range c.files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(data)) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
					lines++
				}
			}
		}
		if lines > c.most {
			t.Errorf("%v have %d lines of code, more than %d", c.files, lines, c.most)
		}
		if !strings.Contains(string(doc), c.says) {
			t.Errorf("docs/certificates.md does not say %q", c.says)
		}
	}
}
