package cert

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSize holds the numbers of lines that one has to read to trust the plain
// check, blank lines and comments apart. docs/certificates.md names them.
func TestSize(t *testing.T) {
	doc, err := os.ReadFile("../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	check, format := lines(t, "keys.go")+lines(t, "check.go"), lines(t, "types.go")
	around := lines(t, "around.go")
	if check > 300 {
		t.Errorf("the check has %d lines of code, more than 300", check)
	}
	for _, says := range []string{fmt.Sprintf("%d lines of code", check), fmt.Sprintf("takes %d more", format), fmt.Sprintf("long lists %d", around)} {
		if !strings.Contains(string(doc), says) {
			t.Errorf("docs/certificates.md does not say %q", says)
		}
	}
}

func lines(t *testing.T, file string) (code int) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if len([]rune(line)) > 121 {
			t.Errorf("%s: more than 120 columns: %s", file, line)
		}
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			code++
		}
	}
	return code
}
