package browsertest

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var makeReport sync.Once

// reportDir is the folder of a reproduction: that of KEYHULL_REPORT, or one of a few
// artifacts, made once.
func reportDir(t *testing.T) string {
	t.Helper()
	start(t)
	if dir := os.Getenv("KEYHULL_REPORT"); dir != "" {
		return dir
	}
	built(t)
	dir := filepath.Join(program.dir, "report")
	makeReport.Do(func() { do(t, "reproduce", "--only", "fig1c,fig5,rounding", "--out", dir) })
	return dir
}

// scroll goes through a page, so that all that is made when it comes near is made.
func (p *page) scroll() {
	p.t.Helper()
	for y := 0; y < eval[int](p, "document.documentElement.scrollHeight"); y += 700 {
		eval[int](p, fmt.Sprintf("scrollTo(0, %d), 0", y))
		time.Sleep(50 * time.Millisecond)
	}
	p.until("[...document.querySelectorAll('.widgets')].every(w => w.closest('section').querySelector('.choices'))")
}

// TestReport opens the page of a reproduction from disk, in the ways that it
// must bear.
func TestReport(t *testing.T) {
	dir := reportDir(t)
	for name, o := range map[string]options{"light": {}, "dark": {dark: true}, "phone": {width: 360, height: 740, phone: true}} {
		t.Run(name, func(t *testing.T) {
			p := openFile(t, filepath.Join(dir, "index.html"), o)
			p.until("performance.getEntriesByName('first-contentful-paint').length === 1")
			t.Logf("first paint after %.0f ms, %d bytes", eval[float64](p, "performance.getEntriesByName('first-contentful-paint')[0].startTime"), len(read(t, dir, "index.html")))
			p.scroll()
			p.fits()
			eval[int](p, "document.querySelectorAll('details').forEach(d => { d.open = true; }), 0")
			p.fits()
			p.expect("#claims", "fig1c", "fig5", "rounding", "reproduced", "95 %")
			if dark := eval[bool](p, "Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) < 128"); dark != o.dark {
				t.Errorf("dark is %t", dark)
			}
			p.shot("report-" + name)
		})
	}
}

// TestReportKeyboard reads a value of the heatmap without a pointer.
func TestReportKeyboard(t *testing.T) {
	dir := reportDir(t)
	p := openFile(t, filepath.Join(dir, "index.html"), options{})
	p.run(chromedp.Focus(chromedp.CSS("#claims a[href='#fig1c']")), chromedp.KeyEvent(kb.Enter))
	p.until("document.querySelector('#fig1c .heat')")
	for range 12 {
		p.run(chromedp.KeyEvent(kb.Tab))
		if eval[bool](p, "document.activeElement.matches('#fig1c .heat')") {
			break
		}
	}
	for _, key := range []string{"ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"} { // the first shows where it is
		p.press(key)
	}
	row := cell(t, filepath.Join(dir, "tables", "fig1c.csv"), "5", "59")
	p.expect("#fig1c .value", fmt.Sprintf("d = 5, n = 59: %s of %s key sets hold an unselectable key", row["with_unselectable"], row["runs"]), "95 % interval")
	p.press("Enter")
	p.until("document.querySelector('#fig1c .instance').textContent.includes('keyhull heatmap --dims 5 --keys 59')")
}

// cell is the row of a heatmap's table for so many dimensions and keys.
func cell(t *testing.T, path, d, n string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(read(t, path)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		named := map[string]string{}
		for i, name := range rows[0] {
			named[name] = row[i]
		}
		if named["d"] == d && named["n"] == n {
			return named
		}
	}
	t.Fatalf("%s has no d = %s, n = %s", path, d, n)
	return nil
}

// TestReportWidget clicks a cell of the heatmap: a key set comes, in a picture.
func TestReportWidget(t *testing.T) {
	p := openFile(t, filepath.Join(reportDir(t), "index.html"), options{})
	eval[int](p, "document.querySelector('#fig1c').scrollIntoView(), 0")
	p.until("document.querySelector('#fig1c .heat')")
	at := eval[[]float64](p, "(r => [r.left + 2, r.top + 2])(document.querySelector('#fig1c .heat .frame').getBoundingClientRect())")
	p.run(chromedp.MouseClickXY(at[0], at[1]))
	p.until("document.querySelectorAll('#fig1c .turn .lost').length > 0")
	p.expect("#fig1c .instance", "One of the key sets with d = 3 and n = 60", "unselectable")
	lost, all := eval[int](p, "document.querySelectorAll('#fig1c .turn .lost').length"), eval[int](p, "document.querySelectorAll('#fig1c .turn title').length")
	if lost == 0 || all != 60 {
		t.Errorf("%d keys, %d of them unselectable", all, lost)
	}
	p.expect("#try .kx-says", "Key")
}

// TestReportDownloads saves a table and a figure, and compares them with the
// files beside the page.
func TestReportDownloads(t *testing.T) {
	dir := reportDir(t)
	p := openFile(t, filepath.Join(dir, "index.html"), options{})
	if got, want := p.download(`#fig1c a[data-packed="fig1c.csv"]`, "fig1c.csv"), string(read(t, dir, "tables", "fig1c.csv")); got != want {
		t.Errorf("the table that is saved is not that on disk: %.200q", got)
	}
	got, want := p.download("#fig1c a[data-drawn]", "fig1c.svg"), string(read(t, dir, "figures", "fig1c.svg"))
	if shapes(t, got) != shapes(t, want) || strings.Contains(got, "class=") {
		t.Errorf("the figure that is saved has the shapes %s, that on disk %s", shapes(t, got), shapes(t, want))
	}
}

// download clicks a link, and returns the file that is saved.
func (p *page) download(selector, name string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	call(p, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
	p.click(selector)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return string(data)
		}
		if time.Now().After(deadline) {
			there, _ := filepath.Glob(filepath.Join(dir, "*"))
			p.t.Fatalf("%s did not come, but %q", name, there)
		}
	}
}

// shapes counts the paths and texts of an SVG file.
func shapes(t *testing.T, svg string) string {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
	return "paths " + strconv.Itoa(count["path"]) + ", texts " + strconv.Itoa(count["text"])
}
