package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"keyhull/experiment"
	"keyhull/report"
)

func sample() report.Results {
	r := report.Results{Keyhull: "v1", Preset: "quick", Seed: 1, Artifacts: map[string]report.Entry{}}
	for _, a := range experiment.Catalogue {
		r.Artifacts[a.Name] = report.Entry{Status: report.Absent, Reason: "no <time>", Claim: a.Claim, Paper: a.Paper}
	}
	r.Artifacts["fig1d"] = report.Entry{Status: report.Done, Claim: "none & never", Verdict: experiment.NotReproduced,
		Headline: "7 of 9", Note: "seven of nine", Paper: map[string]any{"test_loss": []float64{1, 2.5}},
		Table:   &experiment.Grid{Columns: []string{"keys (%)", "layer <1>"}, Rows: [][]string{{"with", "1.5 (1 to 2)"}, {"the paper's", "0"}}},
		Command: "keyhull reproduce --only fig1d", Files: []string{"tables/fig1d.csv", "figures/fig1d.svg"}}
	return r
}

func html(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	svg := []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M1,2"/></svg>`)
	if err := sample().WriteHTML(&b, map[string][]byte{"fig1d": svg}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageNeedsNothingElse(t *testing.T) {
	if load := regexp.MustCompile(`(src|href|action|poster)\s*=\s*["']?\s*(https?:)?//|url\(|@import|<script|<iframe|<link rel="stylesheet"`).FindString(html(t)); load != "" {
		t.Errorf("the page loads something: %s", load)
	}
}

func TestPageShowsEverything(t *testing.T) {
	page := html(t)
	for _, a := range experiment.Catalogue {
		if !strings.Contains(page, ">"+a.Name+"<") {
			t.Errorf("%s is missing", a.Name)
		}
	}
	for _, want := range []string{`<svg xmlns="http://www.w3.org/2000/svg"><path d="M1,2"/></svg>`, "7 of 9", "seven of nine", "none &amp; never",
		`class="verdict not-reproduced"`, `<a href="tables/fig1d.csv">CSV</a>`, "0 in every cell", "no &lt;time&gt;",
		"<th>layer &lt;1&gt;</th>", "<td>1.5 (1 to 2)</td></tr>", "keyhull reproduce --only fig1d"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(page, "<?xml") {
		t.Error("an XML declaration inside HTML")
	}
	if html(t) != page {
		t.Error("the same results give another page")
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteJSON(&b); err != nil {
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
