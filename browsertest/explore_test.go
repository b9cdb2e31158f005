package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
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
		const r = document.querySelectorAll('%s .kx-touch circle')[%d].getBoundingClientRect();
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
	p.shot("explore-refused")
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

// TestExploreHair puts a key off an edge by less than float64 tells from the
// keys' sizes: the verdict is exact.
func TestExploreHair(t *testing.T) {
	p := explorePage(t, options{})
	p.choose(".kx-preset", "kite") // the edge from key 1 to key 2 is x₂ = x₁ − 1
	p.choose(".kx-norm", "none")
	eval[int](p, "document.querySelectorAll('details').forEach(d => { d.open = true; }), 0")
	p.until("document.querySelectorAll('.kx-table tbody tr').length === 5")
	for y, want := range map[string]string{"-0.5": "is on a face", "-0.50000000000000012": "is selectable", "-0.49999999999999994": "is interior"} {
		p.enter(4, 0, "0.5")
		p.enter(4, 1, y)
		p.expect(".kx-says", "Key 4 "+want)
	}
}

// enter types a coordinate into the table.
func (p *page) enter(key, coordinate int, x string) {
	p.t.Helper()
	eval[int](p, fmt.Sprintf(`(() => {
		const input = document.querySelectorAll('.kx-table tbody tr')[%d].querySelectorAll('input')[%d];
		input.value = %q;
		input.dispatchEvent(new Event('change'));
	})(), 0`, key, coordinate, x))
}

// TestExploreTouch drags with a finger on a phone; beside the keys it scrolls.
func TestExploreTouch(t *testing.T) {
	p := explorePage(t, options{width: 360, height: 740, phone: true})
	p.choose(".kx-preset", "kite")
	eval[int](p, "document.querySelector('.kx-raw').scrollIntoView(), 0")
	x, y := p.keyAt(".kx-raw", 4)
	toX, toY := p.keyAt(".kx-raw", 3)
	x1, _ := p.keyAt(".kx-raw", 1)
	p.touch(x, y, (toX+x1)/2, toY)
	p.expect(".kx-says", "Key 4 is interior")
	before := eval[float64](p, "scrollY")
	p.touch(40, 300, 40, 100)
	p.until(fmt.Sprintf("scrollY > %g", before+50))
	p.expect(".kx-says", "Key 4 is interior")
}

// touch moves a finger, in steps.
func (p *page) touch(fromX, fromY, toX, toY float64) {
	p.t.Helper()
	at := func(f float64) []*input.TouchPoint {
		return []*input.TouchPoint{{X: fromX + f*(toX-fromX), Y: fromY + f*(toY-fromY)}}
	}
	call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: at(0)})
	for i := range 10 {
		call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchMove, TouchPoints: at(float64(i+1) / 10)})
	}
	call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
}

// TestExploreSpace turns three dimensions by the ground, and moves a key there.
func TestExploreSpace(t *testing.T) {
	p := explorePage(t, options{})
	p.choose(".kx-dim", "3")
	p.choose(".kx-preset", "square") // a cube
	p.expect(".kx-says", "Key 4 is selectable")
	p.expect(".kx-counts", "9 keys: 8 selectable and 1 interior")
	x, y := p.keyAt(".kx-raw", 4)
	box := eval[[]float64](p, "(r => [r.left, r.top])(document.querySelector('.kx-raw svg').getBoundingClientRect())")
	p.drag(box[0]+20, box[1]+20, box[0]+80, box[1]+60)
	x2, y2 := p.keyAt(".kx-raw", 4)
	if x == x2 && y == y2 {
		t.Error("the cube does not turn")
	}
	toX, toY := p.keyAt(".kx-raw", 8) // its centre: in depth the key stays where it is
	p.drag(x2, y2, toX, toY)
	p.expect(".kx-counts", "9 keys")
	for range 2 {
		p.run(chromedp.Click(chromedp.CSS(".kx-add")))
	}
	p.expect(".kx-counts", "11 keys")
	p.choose(".kx-norm", "scale")
	p.expect(".kx-says", "Key 8 has no scale: its coordinates are all 0")
	p.run(chromedp.Focus(chromedp.CSS(".kx-raw svg")))
	p.press("Home")
	for range 8 {
		p.press("PageDown")
	}
	p.press("ArrowUp")
	p.expect(".kx-counts", "11 keys")
	p.choose(".kx-head", "2")
	p.expect(".kx-seen figcaption", "scale, then W_K = [")
}

// counts are of verdicts.
type counts struct{ Selectable, Tied, Face, Interior int }

// TestExploreCommand gives its command to keyhull: the verdicts are the page's.
func TestExploreCommand(t *testing.T) {
	p, dir := explorePage(t, options{}), t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./cmd/keyhull")
	build.Dir = ".." // the main module has what the command needs
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	eval[int](p, "document.querySelectorAll('details').forEach(d => { d.open = true; }), 0")
	for _, norm := range []string{"none", "project", "scale", "layernorm"} {
		p.choose(".kx-dim", "3")
		p.choose(".kx-norm", norm)
		p.until("document.querySelector('.kx-command').value.includes('" + map[bool]string{true: "--best-attention", false: "--norm " + norm}[norm == "none"] + "')")
		var shown counts
		said := decide(t, dir, eval[string](p, "document.querySelector('.kx-command').value"))
		for _, v := range eval[[]string](p, "[...document.querySelectorAll('.kx-table tbody tr')].map(r => r.cells[4].textContent)") {
			switch v {
			case "selectable":
				shown.Selectable++
			case "tied":
				shown.Tied++
			case "face":
				shown.Face++
			case "interior":
				shown.Interior++
			}
		}
		if said != shown || shown.Selectable == 0 {
			t.Errorf("%s: keyhull says %+v, the page %+v", norm, said, shown)
		}
	}
}

// decide runs a command of the page, with keyhull in dir, and takes the counts
// from its output.
func decide(t *testing.T, dir, command string) counts {
	t.Helper()
	sh := exec.Command("sh", "-ec", strings.TrimSpace(command)+" --format json")
	sh.Dir, sh.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := sh.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	var said struct{ Sets []struct{ Counts counts } }
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	return said.Sets[0].Counts
}

// TestExploreIsQuick: 60 keys in three dimensions are decided and drawn while
// one moves. The limit is wide, for busy machines.
func TestExploreIsQuick(t *testing.T) {
	p := explorePage(t, options{})
	p.choose(".kx-dim", "3")
	eval[int](p, "(() => { for (let i = 0; i < 44; i++) document.querySelector('.kx-add').click(); })(), 0")
	p.expect(".kx-counts", "60 keys")
	for _, norm := range []string{"none", "layernorm", "scale"} {
		p.choose(".kx-norm", norm)
		took := eval[float64](p, `(() => {
			const slider = document.querySelector('.kx-turn'), start = performance.now();
			for (let i = 0; i < 10; i++) { slider.value = i; slider.dispatchEvent(new Event('input')); }
			return (performance.now() - start) / 10;
		})()`)
		t.Logf("%s: %.1f ms", norm, took)
		if took > 1000 {
			t.Errorf("%s: %.0f ms to decide and draw", norm, took)
		}
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
			for _, dim := range []string{"2", "3"} {
				p.choose(".kx-dim", dim)
				p.choose(".kx-norm", "none")
				for _, preset := range []string{"square", "circle", "rays", "line", "copies"} {
					p.choose(".kx-preset", preset)
					p.fits()
					p.shot("explore-" + name + "-" + dim + "-" + preset)
				}
			}
			p.choose(".kx-norm", "layernorm")
			p.choose(".kx-preset", "random")
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
