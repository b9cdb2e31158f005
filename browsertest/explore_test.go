package browsertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"keyhull/report"
)

// explorePage writes the explorable hull to a file and opens it.
func explorePage(t *testing.T, o options) *page {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteExplore(&b, report.Preset{Name: "kite", Keys: [][]float64{{0, 2}, {1, 0}, {0, -1}, {-1, 0}, {1.5, 1.5}}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "explore.html")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return openFile(t, path, o)
}

// choose sets a select or radio button as a user's click does.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	ok := eval[bool](p, fmt.Sprintf(`(() => {
		const box = document.querySelector(%q);
		if (!box) return false;
		if (box.tagName === 'SELECT') { box.value = %q; box.dispatchEvent(new Event('change', { bubbles: true })); return box.value === %[2]q; }
		const input = [...box.querySelectorAll('input')].find(i => i.value === %[2]q);
		if (input) input.click();
		return !!input;
	})()`, selector, value))
	if !ok {
		p.t.Fatalf("%s has no %s", selector, value)
	}
}

// keyAt is where a key of a picture is on the page.
func (p *page) keyAt(svg string, key int) (x, y float64) {
	p.t.Helper()
	at := eval[[]float64](p, fmt.Sprintf(`(() => {
		const keys = [...document.querySelectorAll('%s .kx-key')], key = keys.find(k => k.querySelector('.kx-name').textContent === '%d');
		const r = key.querySelector('.kx-touch').getBoundingClientRect();
		return [r.left + r.width / 2, r.top + r.height / 2];
	})()`, svg, key))
	return at[0], at[1]
}

// drag moves the mouse with its button down, in steps.
func (p *page) drag(fromX, fromY, toX, toY float64) {
	p.t.Helper()
	p.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, fromX, fromY, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	const steps = 8
	for i := range steps {
		f := float64(i+1) / steps
		p.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, fromX+f*(toX-fromX), fromY+f*(toY-fromY), chromedp.ButtonLeft))
	}
	p.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, toX, toY, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

func (p *page) expect(selector string, parts ...string) {
	p.t.Helper()
	text := p.text(selector)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			p.t.Errorf("%s says %q, not %q", selector, text, part)
		}
	}
}

// TestExploreDrag drags a key into the hull: it dies, and says what hides it.
func TestExploreDrag(t *testing.T) {
	p := explorePage(t, options{})
	p.choose(".kx-preset", "kite")
	p.expect(".kx-says", "Key 4 is selectable", "Margin")
	x, y := p.keyAt(".kx-raw", 4)
	toX, toY := p.keyAt(".kx-raw", 3)
	x1, _ := p.keyAt(".kx-raw", 1)
	p.drag(x, y, (toX+x1)/2, toY)
	p.expect(".kx-says", "Key 4 is interior", "hide it with weights", "no query can select it")
	p.expect(".kx-counts", "4 selectable", "1 interior", "20 %")
	p.shot("explore-inside")
	p.run(chromedp.Click(chromedp.CSS(".kx-undo")))
	p.expect(".kx-says", "Key 4 is selectable")
	p.choose(".kx-norm", "layernorm")
	p.expect(".kx-says", "Key 4 has no LayerNorm: its coordinates are all equal")
}

// TestExploreKeyboard does the same without a pointer.
func TestExploreKeyboard(t *testing.T) {
	p := explorePage(t, options{})
	p.choose(".kx-preset", "kite")
	p.run(chromedp.Focus(chromedp.CSS(".kx-raw svg")))
	for _, key := range strings.Fields(strings.Repeat("ArrowLeft ArrowDown ", 12)) {
		p.press(key)
	}
	p.expect(".kx-says", "Key 4 is interior")
	p.press("PageUp")
	p.expect(".kx-says", "Key 3 is selectable")
	p.press("Delete")
	p.expect(".kx-counts", "4 keys")
	p.press("Insert")
	p.expect(".kx-counts", "5 keys")
}

// press sends a key that is named as in KeyboardEvent.key.
func (p *page) press(key string) {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: key})
	}
}

// TestExploreLooks opens the page in the ways that it must bear, and keeps pictures.
func TestExploreLooks(t *testing.T) {
	for name, o := range map[string]options{"light": {}, "dark": {dark: true}, "phone": {width: 360, height: 740, phone: true}, "wide": {width: 1800, height: 1000}} {
		t.Run(name, func(t *testing.T) {
			p := explorePage(t, o)
			for _, dim := range []string{"2", "3"} {
				p.choose(".kx-dim", dim)
				for _, norm := range []string{"none", "project", "scale", "layernorm"} {
					p.choose(".kx-norm", norm)
					p.fits()
					p.shot("explore-" + name + "-" + dim + "-" + norm)
				}
			}
			p.choose(".kx-head", "1")
			p.expect(".kx-counts", "2 selectable")
			p.shot("explore-" + name + "-head")
			eval[int](p, "document.querySelectorAll('details').forEach(d => { d.open = true; }), 0")
			p.until("document.querySelector('.kx-command').value.includes('keyhull decide')")
			p.fits()
			p.shot("explore-" + name + "-open")
		})
	}
}

// fits fails on a page that scrolls sideways.
func (p *page) fits() {
	p.t.Helper()
	if over := eval[float64](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		p.t.Errorf("the page is %g points too wide", over)
	}
}
