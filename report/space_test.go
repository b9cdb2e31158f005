package report

import (
	"strings"
	"testing"
)

// TestSpaceScript: one function to the outside, and nothing left out.
func TestSpaceScript(t *testing.T) {
	s, err := enclosed(append([]string{"make.js", "svg.js"}, spaceScripts...)...)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(s), "globalThis."); n != 1 || !strings.Contains(string(s), "globalThis.keyhullSpace = ") || !strings.Contains(string(s), "function mark(") {
		t.Errorf("%d globals, or parts are missing", n)
	}
}
