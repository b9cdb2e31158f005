package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keyhull/experiment"
	"keyhull/report"
)

// drawn is a figure as package figure draws it, in short.
const drawn = `<?xml version="1.0"?>
<svg width="40pt" height="30pt" viewBox="0 0 40 30" xmlns="http://www.w3.org/2000/svg"><g transform="scale(1, -1) translate(0, -30)">
<path d="M0,0L40,0L40,30L0,30Z" style="fill:#FFFFFF" /><path d="M1,2L3,4" style="fill:none;stroke:#332288;stroke-width:1.8" />
<text x="1" y="-2" transform="scale(1, -1)" style="font-size:9px">d &lt; 4</text></g></svg>`

// sample is a folder with every status, a table of each kind and a part.
func sample() (report.Results, map[string][]byte) {
	r := report.Results{Keyhull: "v1", Preset: "quick", Seed: 7, Artifacts: map[string]report.Entry{}}
	for _, a := range experiment.Catalogue {
		r.Artifacts[a.Name] = report.Entry{Status: report.Absent, Reason: "no <time>", Claim: a.Claim, Paper: a.Paper}
	}
	files := map[string][]byte{}
	add := func(name, verdict, table string) {
		e := report.Entry{Status: report.Done, Claim: "none & never", Verdict: verdict, Headline: "7 of 9", Note: "seven of nine",
			Command: "keyhull reproduce --only " + name, Files: []string{"tables/" + name + ".csv", "figures/" + name + ".svg", "figures/" + name + ".png", "figures/" + name + ".pdf"}}
		files[e.Files[0]], files[e.Files[1]], files[e.Files[3]] = []byte(table), []byte(drawn), []byte("%PDF-1.3\n")
		r.Artifacts[name] = e
	}
	add("fig1d", experiment.NotReproduced, "d,n,runs,with_unselectable,fraction,low95,high95,first_run,first_key\n3,4,10,2,0.2,0.1,0.3,1,2\n3,5,10,5,0.5,0.4,0.6,0,1\n4,4,10,0,0,0,0.1,-1,-1\n")
	add("fig2a", experiment.OtherCause, "norm,series,step,training_loss,low95,high95\nlayernorm,seed 1,100,0.5,,\nlayernorm,mean,100,0.512345,0.4,0.6\nlayernorm,mean,200,0.25,0.25,0.25\nscale,mean,200,3,2,4\nlayernorm,paper,200,0.2,,\n")
	add("fig5", experiment.Reproduced, "x_1,what\n1.23456,\"a, <b>\"\n")
	e := r.Artifacts["fig1d"]
	e.Table = &experiment.Grid{Columns: []string{"keys (%)", "layer <1>"}, Rows: [][]string{{"with", "1.5 (1 to 2)"}, {"the paper's", "0"}}}
	e.Files = append(e.Files, "tables/fig1d-sets.csv")
	r.Artifacts["fig1d"], files["tables/fig1d-sets.csv"] = e, []byte("d,n\n3,4\n")
	return r, files
}

func view(t *testing.T) *report.View {
	t.Helper()
	v, err := report.NewView(sample())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func rendered(t *testing.T, v *report.View) string {
	t.Helper()
	var b bytes.Buffer
	if err := v.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageShowsEverything(t *testing.T) {
	page := rendered(t, view(t))
	for _, a := range experiment.Catalogue {
		if !strings.Contains(page, ">"+a.Name+"<") {
			t.Errorf("%s is missing", a.Name)
		}
	}
	for _, want := range []string{"7 of 9", "seven of nine", "none &amp; never", `class="verdict not-reproduced"`, "0 in every cell", "no &lt;time&gt;",
		`<th scope="col">layer &lt;1&gt;</th>`, "<td>1.5 (1 to 2)</td></tr>", "keyhull reproduce --only fig1d", ">d &lt; 4</text>",
		`<a href="#absent" title="Projection with scale held fixed">control-projection</a>: absent`, "<td>a, &lt;b&gt;</td>",
		`<th scope="row">5</th><td>50</td><td>—</td>`, `<th scope="row">100</th><td>0.5123 (0.4 to 0.6)</td><td>—</td>`, `<th scope="row">200</th><td>0.25</td><td>3 (2 to 4)</td>`,
		"projection, norm √d", `data-table="sets"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if page != rendered(t, view(t)) {
		t.Error("the same results give another page")
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := rendered(t, view(t))
	if load := regexp.MustCompile(`(src|href|action|poster)\s*=\s*["']?\s*(https?:)?//|url\(|@import|<iframe|<link rel="stylesheet"|<script [^>]*src|\son[a-z]+=`).FindString(page); load != "" {
		t.Errorf("the page loads something: %s", load)
	}
	for _, url := range regexp.MustCompile(`https?://[^"'\s)]*`).FindAllString(page, -1) {
		if url != "http://www.w3.org/2000/svg" {
			t.Errorf("the page names %s", url)
		}
	}
	if strings.Contains(page, "<?xml") {
		t.Error("an XML declaration inside HTML")
	}
}

// TestPageFollowsTheme finds white and dark colours of figures changed for a
// dark page, and the paper's page left as it was drawn.
func TestPageFollowsTheme(t *testing.T) {
	colours := string(view(t).Colours)
	light, dark, _ := strings.Cut(colours, "@media screen and (prefers-color-scheme:dark)")
	if !strings.Contains(light, "{fill:#FFFFFF}") || !strings.Contains(light, "stroke:#332288") {
		t.Errorf("light: %s", light)
	}
	if !strings.Contains(dark, "{fill:#1c1f25}") || strings.Contains(dark, "332288") || !strings.Contains(dark, "fill:#e6e8eb") {
		t.Errorf("dark: %s", dark)
	}
}

func TestTextShowsClaimsAndReasons(t *testing.T) {
	r, files := sample()
	e := r.Artifacts["fig3"]
	e.Reason = report.LeftOut
	r.Artifacts["fig3"] = e
	v, err := report.NewView(r, files)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := v.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^fig1d +not reproduced +7 of 9$`, `(?m)^table1 +absent +no <time>$`, `(?m)^with +1.5 \(1 to 2\)$`, `(?m)^17 absent, `} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("%s is missing in\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "fig3") {
		t.Error("what was left out is listed")
	}
}

// TestOutcomes: what the paper does not claim cannot fail to be reproduced, and
// what the data leave open is not refuted.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, verdict string
		open          bool
		want, class   string
	}{
		{"fig2b", experiment.Reproduced, false, "reproduced", "reproduced"},
		{"fig2b", experiment.NotReproduced, false, "not reproduced", "not-reproduced"},
		{"fig2b", experiment.NotReproduced, true, "not reproduced (inconclusive)", "open"},
		{"rounding", experiment.Reproduced, false, "holds", "reproduced ours"},
		{"rounding", experiment.NotReproduced, false, "does not hold", "not-reproduced ours"},
		{"rounding", experiment.NotReproduced, true, "inconclusive", "open ours"},
		{"rounding", experiment.OtherCause, false, "does not hold: another cause", "explained-by-another-cause ours"},
	} {
		r := report.Results{Artifacts: map[string]report.Entry{c.name: {Status: report.Done, Verdict: c.verdict, Open: c.open}}}
		v, err := report.NewView(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		group := map[bool]string{true: "Questions of ours", false: "Claims of the paper"}[c.name == "rounding"]
		if a := v.Done[0]; a.Outcome != c.want || a.Class != c.class || len(v.Claims) != 1 || v.Claims[0].Title != group {
			t.Errorf("%s, %s, open %t: %q as %q in %v", c.name, c.verdict, c.open, a.Outcome, a.Class, v.Claims)
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	r, _ := sample()
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Keyhull   string
		Artifacts map[string]map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Keyhull != "v1" || len(back.Artifacts) != len(experiment.Catalogue) {
		t.Errorf("%s with %d artifacts", back.Keyhull, len(back.Artifacts))
	}
	if e := back.Artifacts["fig1c"]; e["status"] != "absent" || e["reason"] != "no <time>" || e["verdict"] != nil {
		t.Errorf("absent: %v", e)
	}
	if e := back.Artifacts["fig1d"]; e["status"] != "done" || e["verdict"] != "not reproduced" {
		t.Errorf("done: %v", e)
	}
}

// written is the sample as a folder.
func written(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r, files := sample()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	files["results.json"] = b.Bytes()
	for name, text := range files {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
