package browsertest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// auditDir is the audit of a language model that has just begun to learn.
func auditDir(t *testing.T) string {
	t.Helper()
	start(t)
	dir := t.TempDir()
	text, out := filepath.Join(dir, "text.txt"), filepath.Join(dir, "audit")
	write(t, text, []byte(strings.Repeat("The cat sat on the mat. The dog ran in the park, and the cat looked at it.\n", 12)))
	do(t, "train", "gpt2", "--text", text, "--test", text, "--out", filepath.Join(dir, "run"), "--steps", "4", "--every", "2", "--test-every", "4", "--test-blocks", "1",
		"--context", "64", "--batch", "2", "--layers", "2", "--heads", "2")
	do(t, "audit", filepath.Join(dir, "run", "seed-1", "model"), "--text", text, "--tokens", "60", "--best", "4", "--reach", "--out", out)
	return out
}

// TestAudit opens an audit's page: the map of heads leads to tokens.
func TestAudit(t *testing.T) {
	dir := auditDir(t)
	for name, o := range map[string]options{"light": {}, "dark": {dark: true}, "phone": {width: 360, height: 740, phone: true}} {
		t.Run(name, func(t *testing.T) {
			p := openFile(t, filepath.Join(dir, "index.html"), o)
			p.expect("h1", "never select")
			p.run(chromedp.Focus(chromedp.CSS("#map td[tabindex='0']")))
			p.press("ArrowRight")
			p.expect("#map-value", "layer 1, head 0")
			p.run(chromedp.Click(chromedp.CSS("#map td[data-i='3']")), chromedp.Focus(chromedp.CSS("#strip")))
			p.press("ArrowRight")
			if p.text("#detail") == "" {
				t.Error("a token says nothing")
			}
			p.fits()
			p.shot("audit-" + name)
		})
	}
}
