package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhull/report"
)

// TestExplore looks at what a browser need not: that the page stands alone.
// KEYHULL_EXPLORE names a file to write it to, to look at.
func TestExplore(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteExplore(&b, report.Preset{Name: `"three" <keys>`, Keys: [][]float64{{0, 1}, {2, .5}, {-1, 1e-300}}}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{`class="keyhull-explore"`, "script-src 'sha256-", "function decide(", "&#34;\\&#34;three\\&#34;", "1e-300"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, bad := range []string{"http://www.w3.org", "https:", "<script src", " onclick", "eval("} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if b.Len() > 100_000 {
		t.Errorf("%d bytes", b.Len())
	}
	if name := os.Getenv("KEYHULL_EXPLORE"); name != "" {
		if err := os.WriteFile(filepath.Clean(name), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExploreRefusesPresets(t *testing.T) {
	for name, keys := range map[string][][]float64{"none": nil, "one number": {{1}}, "four": {{1, 2, 3, 4}}, "ragged": {{1, 2}, {1, 2, 3}}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = report.WriteExplore(&bytes.Buffer{}, report.Preset{Name: name, Keys: keys})
		})
	}
}
