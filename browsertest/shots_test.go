package browsertest

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// docs/gallery.md says how these are used.
var (
	shotsTo = flag.String("shots", "", "write the pictures of docs/gallery.md to this `folder`")
	shotsOf = flag.String("report", "../keyhull-out", "`folder` of a reproduction, for TestShots")
	auditOf = flag.String("audit", "", "`folder` of an audit, for TestShots")
)

// TestShots takes the pictures that the documents show.
func TestShots(t *testing.T) {
	if *shotsTo == "" {
		t.Skip("no -shots")
	}
	t.Run("report", shotReport)
	t.Run("explore", shotExplore)
	t.Run("space", shotSpace)
	t.Run("live", shotLive)
	t.Run("decide", shotDecide)
	t.Run("audit", shotAudit)
}

func shotReport(t *testing.T) {
	for name, o := range map[string]options{"report-light": {height: 1280}, "report-dark": {height: 1280, dark: true}, "report-phone": {width: 360, height: 1280, phone: true, sharp: true}} {
		p := openFile(t, filepath.Join(*shotsOf, "index.html"), o.sized())
		if o.dark {
			p.show("#fig1c")
			p.until("document.querySelector('#fig1c .heat')")
			p.show("#fig1c")
		}
		p.picture(name)
	}
}

// shotExplore drags a key inside.
func shotExplore(t *testing.T) {
	p := explorePage(t, options{height: 966}.sized())
	p.choose(".kx-preset", "kite")
	x, y := p.keyAt(".kx-raw", 4)
	toX, toY := p.keyAt(".kx-raw", 3)
	x1, _ := p.keyAt(".kx-raw", 1)
	p.drag(x, y, (toX+3*x1)/4, toY-40)
	p.expect(".kx-says", "Key 4 is interior")
	p.picture("explore-inside")
}

// shotSpace turns Fig. 1b.
func shotSpace(t *testing.T) {
	p := openFile(t, filepath.Join(*shotsOf, "index.html"), options{height: 760}.sized())
	p.show("#fig1b")
	p.until("document.querySelector('#fig1b .keyhull-space svg')")
	p.show("#fig1b")
	p.run(chromedp.Focus(chromedp.CSS("#fig1b .keyhull-space svg")))
	for range 4 {
		p.press("ArrowUp")
	}
	p.show("#fig1b")
	p.picture("fig1b-space")
}

// shotLive follows a training, and compares it with one that is over.
func shotLive(t *testing.T) {
	dir := t.TempDir()
	settings := []string{"--seeds", "3", "--batch", "200", "--samples", "4000", "--steps", "2000"}
	do(t, majority(filepath.Join(dir, "layernorm"), settings...)...)
	url := serve(t, dir)
	_, stop := begin(t, majority(filepath.Join(dir, "project"), append(settings, "--norm", "project", "--seeds", "1", "--steps", "20000")...)...)
	p := open(t, url, options{height: 900, allow: []string{url}}.sized())
	p.until("document.querySelectorAll('#list tbody a').length === 2")
	eval[int](p, "location.hash = '#/run/project', 0")
	p.until("document.querySelector('#charts .kc .mean')")
	p.until(stepOf + " > 900")
	p.picture("live-run")
	eval[int](p, "location.hash = '#/compare/layernorm,project', 0")
	p.until("document.querySelectorAll('#both .kc').length >= 2")
	p.picture("live-compare")
	stop()
}

func shotDecide(t *testing.T) {
	url := serve(t, t.TempDir())
	p := open(t, url+"#/decide", options{height: 900, allow: []string{url}}.sized())
	keys, err := filepath.Abs("../docs/cube.csv")
	p.must(err)
	p.run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{keys}))
	p.click("#ask button")
	p.until("document.querySelector('#ask-says').textContent === 'Decided.'")
	eval[int](p, "scrollTo(0, 0), 0")
	p.picture("live-decide")
}

func shotAudit(t *testing.T) {
	if *auditOf == "" {
		t.Skip("no -audit")
	}
	p := openFile(t, filepath.Join(*auditOf, "index.html"), options{height: 640}.sized())
	p.click("#map td[data-i='0']")
	p.run(chromedp.Focus(chromedp.CSS("#strip")))
	for range 12 {
		p.press("ArrowRight")
	}
	p.show("#tokens")
	p.picture("audit-tokens")
}

// sized is 1,100 points wide unless it says otherwise.
func (o options) sized() options {
	if o.width == 0 {
		o.width = 1100
	}
	return o
}

// show brings an element to the top of the page.
func (p *page) show(selector string) {
	p.t.Helper()
	p.until("document.querySelector('" + selector + "')")
	for range 3 { // what comes near is made, and moves the rest
		eval[int](p, "document.querySelector('"+selector+"').scrollIntoView(), 0")
		p.rest()
	}
}

// rest waits until the page has been drawn.
func (p *page) rest() {
	p.t.Helper()
	eval[int](p, "globalThis.rested = 0, requestAnimationFrame(() => requestAnimationFrame(() => { rested = 1; })), 0")
	p.until("rested")
}

// picture keeps what is seen of a page, in 256 colours.
func (p *page) picture(name string) {
	p.t.Helper()
	p.rest()
	data, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	p.must(err)
	m, err := png.Decode(bytes.NewReader(data))
	p.must(err)
	var b bytes.Buffer
	p.must((&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, paletted(m)))
	if b.Len() > 200e3 {
		p.t.Errorf("%s has %d bytes", name, b.Len())
	}
	p.must(os.WriteFile(filepath.Join(*shotsTo, name+".png"), b.Bytes(), 0o666))
}

// paletted has 256 colours: of those that are nearly alike the one that there
// is most of, and of these the most frequent.
func paletted(m image.Image) *image.Paletted {
	count, alike, box := map[color.Color]int{}, map[[3]uint32]color.Color{}, m.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			count[m.At(x, y)]++
		}
	}
	order := func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	}
	for c := range count {
		r, g, b, _ := c.RGBA()
		at := [3]uint32{r >> 12, g >> 12, b >> 12}
		if old, ok := alike[at]; !ok || order(c, old) < 0 {
			alike[at] = c
		}
	}
	most := slices.SortedFunc(maps.Values(alike), order)
	out, index := image.NewPaletted(box, most[:min(256, len(most))]), map[color.Color]uint8{}
	for c := range count {
		index[c] = uint8(out.Palette.Index(c))
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			out.SetColorIndex(x, y, index[m.At(x, y)])
		}
	}
	return out
}
