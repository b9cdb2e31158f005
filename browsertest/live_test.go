package browsertest

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// small is a training of the majority task that a step takes a millisecond of.
var small = []string{"--samples", "1000", "--batch", "100", "--length", "20", "--every", "10"}

func majority(out string, args ...string) []string {
	return append(append([]string{"majority", "--out", out}, small...), args...)
}

// TestServeFollow starts a training while the page is open, and watches it.
func TestServeFollow(t *testing.T) {
	start(t)
	dir := t.TempDir()
	url := serve(t, dir)
	p := open(t, url, options{allow: []string{url}})
	p.until("!document.querySelector('#none').hidden")
	_, stop := begin(t, majority(filepath.Join(dir, "first"), "--steps", "10000000", "--seeds", "2")...)
	p.until("document.querySelector('#list tbody a') && document.querySelector('#list tbody .state.running')")
	p.run(chromedp.Click(chromedp.CSS("#list tbody a")))
	p.until("document.querySelector('#charts .kc .mean')")
	p.expect("#run-says", "Training", "2 seeds", "norm layernorm")
	p.until("performance.getEntriesByType('resource').length > 0")
	asked := p.requests("/metrics")
	for range 3 {
		drawn, step := p.curve(), p.step()
		p.until(fmt.Sprintf("%s !== %q", curveOf, drawn))
		p.until(fmt.Sprintf("%s > %d", stepOf, step))
	}
	if now := p.requests("/metrics"); now != asked || p.requests("/events") != 1 {
		t.Errorf("%d requests for rows after %d, %d for events: curves are to grow by events", now, asked, p.requests("/events"))
	}
	p.shot("live-run")
	stop()
	p.until("document.querySelector('#run-says').textContent.startsWith('Stopped')")
	last := p.step()
	begin(t, majority(filepath.Join(dir, "first"), "--steps", "10000000", "--seeds", "2")...)
	p.until("document.querySelector('#run-says').textContent.startsWith('Training')")
	p.until(fmt.Sprintf("%s > %d", stepOf, last))
	p.fits()
}

const (
	curveOf = "document.querySelector('#charts .kc .mean').getAttribute('d')"
	stepOf  = "Math.max(...document.querySelector('#run-says').textContent.match(/step (\\d+)(?: to (\\d+))?/).slice(1).map(n => n || 0))"
)

func (p *page) curve() string { p.t.Helper(); return eval[string](p, curveOf) }
func (p *page) step() int     { p.t.Helper(); return eval[int](p, stepOf) }

// TestServeCompare puts two runs in one chart, and looks at a report there.
func TestServeCompare(t *testing.T) {
	dir, report := t.TempDir(), reportDir(t)
	for _, norm := range []string{"layernorm", "scale"} {
		do(t, majority(filepath.Join(dir, norm), "--norm", norm, "--steps", "50", "--seeds", "2")...)
	}
	do(t, "report", report, "--out", filepath.Join(dir, "index.html"))
	write(t, filepath.Join(dir, "results.json"), read(t, report, "results.json"))
	url := serve(t, dir)
	p := open(t, url, options{allow: []string{url}})
	p.until("document.querySelectorAll('#list tbody input').length === 2")
	eval[int](p, "document.querySelectorAll('#list tbody input').forEach(box => box.click()), 0")
	p.expect("#chosen", "2 runs chosen")
	p.run(chromedp.Click(chromedp.CSS("#together")))
	p.until("document.querySelectorAll('#both .kc').length >= 2")
	for _, chart := range eval[[]string](p, "[...document.querySelectorAll('#both .kc')].map(c => c.textContent)") {
		if !strings.Contains(chart, "layernorm") || !strings.Contains(chart, "scale") {
			t.Errorf("a chart names not both runs: %.200q", chart)
		}
	}
	if n := eval[int](p, "document.querySelectorAll('#both .kc:first-of-type .mean').length"); n < 2 {
		t.Errorf("%d curves", n)
	}
	p.fits()
	p.shot("live-compare")
	p.run(chromedp.Click(chromedp.CSS("nav a[href='#/runs']")))
	p.until("document.querySelector('#reports a')")
	p.run(chromedp.Click(chromedp.CSS("#reports a")))
	p.until("document.querySelector('#claims')")
	p.scroll()
	p.until("document.querySelector('#fig1c .heat')")
}

// TestServeDecide sends keys, and has the proofs that come checked.
func TestServeDecide(t *testing.T) {
	start(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.npy")
	write(t, keys, npy([][]float64{{0, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 1, 1}, {1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {1, 1, 1}, {0.5, 0.5, 0.5}, {0.5, 0, 0}, {1, 1, 1}}))
	for name, o := range map[string]options{"light": {}, "phone": {width: 360, height: 740, phone: true, dark: true}} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, dir)
			o.allow = []string{url}
			p := open(t, url+"#/decide", o)
			p.run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{keys}))
			p.expect("#drop-says", "keys.npy")
			p.run(chromedp.Click(chromedp.CSS("#ask button")))
			p.until("document.querySelector('#ask-says').textContent === 'Decided.'")
			p.expect("#answer", "11 keys with 3 coordinates", "selectable7", "tied2", "face1", "interior1", "2 of 11 keys", "8 9")
			p.fits()
			proof := p.download("#answer a[download]", "keys-proof.json")
			write(t, filepath.Join(dir, name+".json"), []byte(proof))
			if said := do(t, "verify", keys, filepath.Join(dir, name+".json")); !strings.Contains(said, "all 11 keys proved") {
				t.Error(said)
			}
			p.shot("live-decide-" + name)
		})
	}
}

// TestServeExplore: the explorable hull has an address of its own.
func TestServeExplore(t *testing.T) {
	start(t)
	url := serve(t, t.TempDir())
	p := open(t, url, options{allow: []string{url}})
	p.click("nav a[href$='explore']")
	p.until("document.querySelector('.kx-says') && document.querySelector('.kx-says').textContent.startsWith('Key')")
}

// TestServeHostile: a report that someone else made can do nothing but show
// itself.
func TestServeHostile(t *testing.T) {
	start(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "results.json"), []byte("{}"))
	write(t, filepath.Join(dir, "index.html"), []byte(`<!DOCTYPE html><title>0</title><img src="http://127.0.0.1:9/x"><script>
const tries = [() => fetch('/api/v1/runs'), () => fetch('http://127.0.0.1:9/'), () => fetch('/api/v1/decide', { method: 'POST', body: '{"keys":[[1],[2]]}' }),
  () => document.cookie, () => localStorage.x, () => new Promise((ok, no) => { const s = new EventSource('/api/v1/runs/x/events'); s.onopen = ok; s.onerror = no; })];
let held = 0;
for (const t of tries) (async () => t())().then(() => { held = NaN; }, () => { document.title = ++held; });
</script>`))
	url := serve(t, dir)
	p := open(t, url+"files/index.html", options{allow: []string{url}})
	p.until("document.title === '6'")
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bad {
		if !strings.Contains(b, "Content Security Policy") && !strings.Contains(b, "127.0.0.1:9/") && !strings.Contains(b, "sandboxed") {
			t.Error(b)
		}
	}
	p.bad = nil
}

// TestServeRefuses: what cannot be decided is said, with a hint.
func TestServeRefuses(t *testing.T) {
	start(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "keys.npy"), []byte("not numpy"))
	url := serve(t, dir)
	p := open(t, url+"#/decide", options{allow: []string{url}})
	p.run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{filepath.Join(dir, "keys.npy")}), chromedp.Click(chromedp.CSS("#ask button")))
	p.until("!document.querySelector('#problem').hidden")
	p.expect("#problem", "keys.npy")
	p.forgive("400")
}

// npy is a matrix as NumPy saves it.
func npy(rows [][]float64) []byte {
	head := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", len(rows), len(rows[0]))
	head += strings.Repeat(" ", 63-(len(head)+10)%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	out = append(out, head...)
	for _, row := range rows {
		for _, x := range row {
			out, _ = binary.Append(out, binary.LittleEndian, x)
		}
	}
	return out
}

// forgive forgets what the browser logs of an answer that a test asks for.
func (p *page) forgive(status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.bad[:0]
	for _, b := range p.bad {
		if !strings.Contains(b, "status of "+status) {
			kept = append(kept, b)
		}
	}
	if len(kept) == len(p.bad) {
		p.t.Errorf("no answer was %s", strconv.Quote(status))
	}
	p.bad = kept
}
