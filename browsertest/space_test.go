package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keyhull/experiment"
	"keyhull/run"
)

// filmCSV is the table of Fig. 1b after a short training; KEYHULL_FIG1 names a
// file to take instead, for pictures.
func filmCSV(t *testing.T) []byte {
	t.Helper()
	if name := os.Getenv("KEYHULL_FIG1"); name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	c := experiment.Fig1{Projection: true, Majority: experiment.Majority{Seeds: []uint64{1}, Training: experiment.Training{
		Samples: 200, Length: 16, Classes: 10, MinDelta: 2, Dim: 3, Batch: 200, Steps: 200, Rate: 1e-2, Epochs: 1000, Every: 100}}}
	r, err := c.Run(context.Background(), run.Pool{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Table().Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// spacePage is a page with the figure alone.
func spacePage(t *testing.T, csv []byte, o options) *page {
	t.Helper()
	html := `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Fig. 1</title><link rel="icon" href="data:,"><style>` +
		script(t, "style.css", "space.css") + `</style></head><body><figure><div id="fig"></div></figure><script>(() => {` + script(t, "make.js", "svg.js", "space.js") +
		"})(); keyhullSpace(document.getElementById('fig'), " + strconv.Quote(string(csv)) + ")</script></body></html>"
	path := filepath.Join(t.TempDir(), "space.html")
	if err := os.WriteFile(path, []byte(html), 0o666); err != nil {
		t.Fatal(err)
	}
	return openFile(t, path, o)
}

func TestSpace(t *testing.T) {
	csv := filmCSV(t)
	for name, o := range map[string]options{"light": {}, "dark": {dark: true}, "phone": {width: 360, height: 740, phone: true}} {
		t.Run(name, func(t *testing.T) {
			p := spacePage(t, csv, o)
			p.fits()
			p.shot("space-" + name)
			last := p.text(".ks-says")
			if steps := stepsOf(csv); !strings.HasPrefix(last, fmt.Sprintf("Step %s of %[1]s. Mean angle", steps)) {
				t.Errorf("at the end it says %q", last)
			}
			p.run(chromedp.Focus(chromedp.CSS(".keyhull-space svg")))
			p.press("Home")
			if first := p.text(".ks-says"); !strings.HasPrefix(first, "Step 0 of ") || first == last {
				t.Errorf("at the start it says %q", first)
			}
			before := eval[string](p, "document.querySelector('.ks-plane').getAttribute('points')")
			p.press("ArrowUp")
			p.press("+")
			if before == eval[string](p, "document.querySelector('.ks-plane').getAttribute('points')") {
				t.Error("the plane does not turn")
			}
			p.press("3")
			p.expect(".ks-says", "Class 3: its query makes")
			p.shot("space-" + name + "-start")
			eval[int](p, "document.querySelector('details').open = true, 0")
			p.until("document.querySelectorAll('.keyhull-space tbody tr').length === 10")
			p.fits()
			p.shot("space-" + name + "-table")
		})
	}
}

// stepsOf is the last step of the table, as the page writes it.
func stepsOf(csv []byte) string {
	lines := strings.Split(strings.TrimSpace(string(csv)), "\n")
	n, _, _ := strings.Cut(lines[len(lines)-1], ",")
	if len(n) > 3 {
		n = n[:len(n)-3] + "," + n[len(n)-3:]
	}
	return n
}
