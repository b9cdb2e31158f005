package cert

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSize holds the number of lines that one has to read to trust the plain
// check, blank lines and comments apart. docs/certificates.md names it.
func TestSize(t *testing.T) {
	const most = 339
	lines := 0
	for _, file := range []string{"types.go", "keys.go", "check.go"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if len([]rune(line)) > 121 {
				t.Errorf("%s: more than 120 columns: %s", file, line)
			}
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
	}
	if lines > most {
		t.Errorf("%d lines of code, more than %d", lines, most)
	}
	doc, err := os.ReadFile("../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	if says := fmt.Sprintf("%d lines of code", most); !strings.Contains(string(doc), says) {
		t.Errorf("docs/certificates.md does not say %q", says)
	}
}
