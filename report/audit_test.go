package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	htmlpkg "html"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keyhull/audit"
)

var (
	rawText = regexp.MustCompile(`(?s)(<(script|style)[^>]*>)(.*?)(</(?:script|style)>)`)
	tag     = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(/?)>|<[!]DOCTYPE html>|<`)
	void    = []string{"meta", "link", "br", "hr", "img", "input"}
)

func TestAuditPagesParse(t *testing.T) {
	for name, a := range pages(t) {
		page := rawText.ReplaceAllString(auditHTML(t, a), "$1$4")
		var open []string
		for _, m := range tag.FindAllStringSubmatch(page, -1) {
			switch {
			case m[2] == "" && m[0] != "<!DOCTYPE html>":
				t.Fatalf("%s: a < that opens nothing", name)
			case m[2] == "" || m[4] == "/" || slices.Contains(void, m[2]):
			case m[1] == "":
				open = append(open, m[2])
			case len(open) == 0 || open[len(open)-1] != m[2]:
				t.Fatalf("%s: </%s> within %v", name, m[2], open)
			default:
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %v left open", name, open)
		}
		ids := regexp.MustCompile(`\sid="([^"]*)"`).FindAllString(page, -1)
		if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("%s: an id twice: %v", name, ids)
		}
		if odd := regexp.MustCompile(`NaN|Inf|ZgotmplZ|%!`).FindString(page); odd != "" {
			t.Errorf("%s: %s", name, odd)
		}
	}
}

func TestAuditPageNeedsNothingElse(t *testing.T) {
	page := auditHTML(t, pages(t)["full"])
	if load := regexp.MustCompile(`https?://|\ssrc=|url\(|@import|<iframe|<object|<base|rel="stylesheet"|fetch\(|XMLHttp|import\(`).FindString(strings.NewReplacer("img src=x", "", "http://www.w3.org/2000/svg", "").Replace(page)); load != "" {
		t.Errorf("the page loads something: %s", load)
	}
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !regexp.MustCompile(`^(data:,|#compared|(heads|stages|tokens|flips|changes)\.csv|summary\.json|texts/\d+\.json)$`).MatchString(m[1]) {
			t.Errorf("a link to %s", m[1])
		}
	}
	scripts := regexp.MustCompile(`(?s)<script type="module">(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(scripts) != 1 || strings.Count(page, "<script") != 2 || strings.Count(page, "</script") != 2 {
		t.Fatalf("%d scripts", len(scripts))
	}
	hash := sha256.Sum256([]byte(scripts[0][1]))
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"; !strings.Contains(htmlpkg.UnescapeString(page), want) {
		t.Errorf("the policy does not allow the script: want %s", want)
	}
}

func TestAuditPageShowsEverything(t *testing.T) {
	all := pages(t)
	a := all["full"]
	page := strings.ReplaceAll(auditHTML(t, a), "\u00a0", " ")
	for _, want := range []string{"&lt;m&gt;&amp;", "made &lt;up&gt;", "2 texts, 90 tokens; 3 tokens more", "After &lt;it&gt; all. <span class=\"verdict reproduced\">agrees", "In &lt;it&gt; none. <span class=\"verdict \">no promise",
		"It means &lt;that&gt;.", `With the weights of <span class="path">&lt;other&gt;</span> of 9 keys 1 is &lt;lost&gt;.`, "1,234 keys more are in flips.csv", "“&lt;img&gt;⏎”</th>",
		"<td>3</td><td>4</td><td>2</td><td>77</td><td>selectable</td><td>interior</td><td>0.125</td><td>0</td>", "<td>3</td><td>4</td><td>9</td><td>1</td><td>0</td><td>0</td><td>25.0 %</td>", "keyhull audit &#39;&lt;m&gt;&#39; --text x", "texts/2.json", "hidden pairs", "In brackets"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, h := range a.Summary.Heads {
		row := fmt.Sprintf("<tr><td>%d</td><td>%d</td><td>%.1f %% (%.1f to", h.Layer, h.Head, 100*h.Unselectable.Mean, 100*h.Unselectable.Low)
		if !strings.Contains(page, row) {
			t.Errorf("%s is missing", row)
		}
		for _, x := range []string{fmt.Sprintf("<td>%.1f %% (", 100*h.Hidden.Mean), fmt.Sprintf("<td>%.3g</td>", h.Margin.Mean), fmt.Sprintf("<td>%.1f %% (", 100*h.Winners.Mean)} {
			if !strings.Contains(page, x) {
				t.Errorf("layer %d, head %d: %s is missing", h.Layer, h.Head, x)
			}
		}
	}
	if charts := strings.Count(page, `<svg class="chart"`); charts != 4 {
		t.Errorf("%d charts", charts)
	}
	if open := auditHTML(t, all["open"]); strings.Contains(open, "positions later") || strings.Contains(open, "hidden pairs") {
		t.Error("survival without a mask")
	}
	if none := auditHTML(t, all["no heads"]); strings.Contains(none, `id="heads"`) || strings.Contains(none, `id="tokens"`) || !strings.Contains(none, audit.BeforeNorm) {
		t.Error("heads where none were looked at, or no stages")
	}
	broken := *a.Guarantee
	broken.Layers.Agreement = audit.Disagrees
	a.Guarantee = &broken
	if !strings.Contains(auditHTML(t, a), `<span class="verdict not-reproduced">disagrees`) {
		t.Error("a broken promise is not shown")
	}
	if again := auditHTML(t, pages(t)["full"]); auditHTML(t, all["open"]) == again || strings.ReplaceAll(again, "\u00a0", " ") != page {
		t.Error("the same results give another page")
	}
}

// pageData is what the script reads, as far as the tests look at it.
type pageData struct {
	At    [][2]int
	Maps  []struct{ Of [][3]float64 }
	Texts []struct{ Tokens []string }
	// Blocks are in audit_pack_test.go read as the script reads them.
	Blocks []pageBlock
	Worst  [2]int
}

func dataOf(t *testing.T, page string) (d pageData) {
	t.Helper()
	m := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindStringSubmatch(page)
	if err := json.Unmarshal([]byte(m[1]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAuditPageKeepsTokens(t *testing.T) {
	a := pages(t)["full"]
	d := dataOf(t, auditHTML(t, a))
	for i, id := range madeUp(t, 1, 40, 1, 0, true).IDs {
		if want := strings.ToValidUTF8(token(id), "\ufffd"); d.Texts[0].Tokens[i] != want {
			t.Errorf("token %d: %q, not %q", i, d.Texts[0].Tokens[i], want)
		}
	}
	for i, h := range a.Summary.Heads {
		if d.At[i] != [2]int{h.Layer, h.Head} || math.Abs(d.Maps[0].Of[i][0]-h.Unselectable.Mean) > 1e-4 {
			t.Errorf("head %d: %v %v", i, d.At[i], d.Maps[0].Of[i])
		}
	}
}

func TestAuditPageStaysSmall(t *testing.T) {
	one := madeUp(t, 8, 40, 2, 1, true)
	many := auditHTML(t, auditOf([]*audit.TextResult{one, one, one, one, one, one}))
	if d := dataOf(t, many); len(d.Texts) != 3 || len(d.Blocks) != 6 {
		t.Errorf("%d texts, %d blocks", len(d.Texts), len(d.Blocks))
	}
	for _, want := range []string{"first 3 texts of 6", "so on to texts/6.json"} {
		if !strings.Contains(many, want) {
			t.Errorf("%s is missing", want)
		}
	}
	big := madeUp(t, 9, 1024, 1, 6, false)
	heads := big.Layers[0].Heads
	for h := 6; h < 24; h++ {
		heads = append(heads, audit.HeadOf{Head: h, HeadResult: heads[h%6].HeadResult})
	}
	big.Layers = nil
	for l := range 60 {
		big.Layers = append(big.Layers, audit.LayerResult{Layer: l, Heads: heads})
	}
	page := auditHTML(t, auditOf([]*audit.TextResult{big, big}))
	if d := dataOf(t, page); len(page) > 3_000_000 || len(d.Blocks) == 0 || len(d.Blocks) >= 60 || !strings.Contains(page, "some layers only") && !strings.Contains(page, "in part") {
		t.Errorf("%d bytes with %d blocks of %d heads", len(page), len(d.Blocks), len(d.At))
	}
}
