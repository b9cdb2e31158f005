package browsertest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is the one Chromium of all tests; each page is a tab of it.
var browser struct {
	once sync.Once
	ctx  context.Context
	err  error
}

// names under which Chromium is installed.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

func TestMain(m *testing.M) {
	code := m.Run()
	if browser.ctx != nil {
		_ = chromedp.Cancel(browser.ctx)
	}
	if program.dir != "" {
		os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

// start returns the browser, and skips the test where there is none: with
// KEYHULL_BROWSER=required that is a failure.
func start(t *testing.T) context.Context {
	t.Helper()
	browser.once.Do(func() { browser.ctx, browser.err = launch() })
	switch {
	case browser.err == nil:
	case os.Getenv("KEYHULL_BROWSER") == "required":
		t.Fatal(browser.err)
	default:
		t.Skip(browser.err)
	}
	return browser.ctx
}

func launch() (context.Context, error) {
	i := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		return nil, errors.New("no Chromium in PATH: install it (Debian: apt-get install chromium); KEYHULL_BROWSER=required makes this a failure")
	}
	path, _ := exec.LookPath(names[i])
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	all, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(all)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return ctx, nil
}

// options of a page. The zero value is a light page of 1,100 × 900 points.
type options struct {
	width, height int64
	dark, phone   bool
	sharp         bool     // two pixels a point
	allow         []string // beginnings of addresses that the page may ask for, besides file:, data: and blob:
}

// limit is how long a page may be open.
const limit = 10 * time.Minute

// page is an open page. Whatever it complains about, or asks the network for,
// fails the test at its end.
type page struct {
	t     *testing.T
	ctx   context.Context
	mu    sync.Mutex
	bad   []string
	asked []string // addresses of all requests
}

// open loads a page and waits until it is there.
func open(t *testing.T, url string, o options) *page {
	t.Helper()
	tab, cancel := chromedp.NewContext(start(t))
	ctx, late := context.WithTimeout(tab, limit)
	p := &page{t: t, ctx: ctx}
	t.Cleanup(func() {
		p.check()
		late()
		cancel()
	})
	if err := chromedp.Listen(ctx, p.record(o.allow)); err != nil {
		t.Fatal(err)
	}
	if o.width == 0 {
		o.width, o.height = 1100, 900
	}
	scale := 1.0
	if o.sharp {
		scale = 2
	}
	scheme := "light"
	if o.dark {
		scheme = "dark"
	}
	call(p, cdplog.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: o.width, Height: o.height, DeviceScaleFactor: scale, Mobile: o.phone})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	p.run(chromedp.Navigate(url))
	return p
}

// openFile opens a file from disk.
func openFile(t *testing.T, path string, o options) *page {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, "file://"+filepath.ToSlash(path), o)
}

// record takes down complaints and requests.
func (p *page) record(allow []string) func(any) {
	allow = append([]string{"file:", "data:", "blob:", "about:"}, allow...)
	return func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
				p.complain("console: %s", arguments(e.Args))
			}
		case *runtime.EventExceptionThrown:
			p.complain("exception: %s", thrown(e.ExceptionDetails))
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
				p.complain("log: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *network.EventRequestWillBeSent:
			p.ask(e.Request.URL)
			if !slices.ContainsFunc(allow, func(start string) bool { return strings.HasPrefix(e.Request.URL, start) }) {
				p.complain("request: %s", e.Request.URL)
			}
		}
	}
}

func thrown(e *runtime.ExceptionDetails) string {
	text := fmt.Sprintf("%s at line %d", e.Text, e.LineNumber)
	if e.Exception != nil {
		text += ": " + e.Exception.Description
	}
	return text
}

func arguments(list []*runtime.RemoteObject) string {
	var words []string
	for _, o := range list {
		words = append(words, string(o.Value)+o.Description)
	}
	return strings.Join(words, " ")
}

func (p *page) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = append(p.bad, fmt.Sprintf(format, args...))
}

func (p *page) ask(url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, url)
}

// requests counts those to addresses that hold a text.
func (p *page) requests(part string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, url := range p.asked {
		if strings.Contains(url, part) {
			n++
		}
	}
	return n
}

// check fails the test for what was complained about since the last call.
func (p *page) check() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.bad {
		p.t.Error(b)
	}
	p.bad = nil
}

// run takes steps: clicks, keys.
func (p *page) run(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, steps...))
}

func (p *page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.check()
		p.t.Fatal(err)
	}
}

// click clicks the middle of an element, once it has come to rest: what is
// made while a page scrolls moves the rest.
func (p *page) click(selector string) {
	p.t.Helper()
	where := fmt.Sprintf("(e => { e.scrollIntoView({ block: 'center' }); return e.getBoundingClientRect().top; })(document.querySelector(%q))", selector)
	for last, now := math.Inf(1), eval[float64](p, where); now != last; {
		time.Sleep(50 * time.Millisecond)
		last, now = now, eval[float64](p, where)
	}
	p.run(chromedp.Click(chromedp.CSS(selector)))
}

// call sends a command of the browser's protocol.
func call[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := chromedp.Call(p.ctx, command, params)
	p.must(err)
	return r
}

// eval returns what a JavaScript expression gives.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	p.must(err)
	return v
}

// text is what an element says.
func (p *page) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("document.querySelector(%q).textContent.replace(/\\s+/g, ' ').trim()", selector))
}

// until waits for an expression to be true.
func (p *page) until(expression string) {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !eval[bool](p, "!!("+expression+")") {
		if time.Now().After(deadline) {
			p.check()
			p.t.Fatalf("still not: %s", expression)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// shot keeps a picture of the page in the folder that KEYHULL_SHOTS names.
func (p *page) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("KEYHULL_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	p.must(err)
	p.must(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666))
}

// script joins scripts of the report.
func script(t *testing.T, names ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("..", "report", "page", name))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}
