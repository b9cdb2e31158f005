package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"keyhull/audit"
)

// Audit is what the page of an audit shows.
type Audit struct {
	Keyhull     string // version
	Command     string // that made it
	Model, Kind string
	Cut         int  // tokens that were left out
	Masked      bool // a query sees keys up to its own position alone
	Guarantee   *audit.Guarantee
	Meaning     string    // in a sentence or two; "" without heads
	Compared    *Compared // with another file of the model; nil
	Summary     *audit.Summary
	Texts       AuditTexts
}

// Compared is what another file of the model changes.
type Compared struct {
	Other string
	Says  string // in half a sentence
	Heads []audit.Change
	Flips []FlippedKey // the worst
	More  int          // that are not among these
}

// FlippedKey is a key whose verdict differs.
type FlippedKey struct {
	audit.Flip
	Token string
}

// auditView is what the template of the page gets.
type auditView struct {
	Audit
	Style           template.CSS
	Script          template.JS
	Hash            string       // of Script
	Data            template.JS  // for the script
	Stages          []stageRow   // of the table
	StageLayers     []stageLayer // of the table behind the chart
	StageChart      *chart
	Survival        *chart
	SurvivalRows    [][]string
	Wins, Attention *chart // attainable against attained
	Rows            []headRow
	Shown           int // texts whose tokens are in the page
	Partly          bool
	TextFiles       []string // the first few
	MoreFiles       string   // the last, if there are more
}

var auditPage = template.Must(template.New("audit.html").Funcs(template.FuncMap{
	"together": together, "share": share, "count": count, "interval": interval, "short": short, "class": agreement, "visible": visible,
	"px":     func(at float64) float64 { return round(leftRoom + plotWidth*at) },
	"py":     func(at float64) float64 { return round(topRoom + plotHeight*(1-at)) },
	"isArea": func(class string) bool { return strings.HasSuffix(class, " area") },
	"isDots": func(class string) bool { return strings.HasSuffix(class, " dots") },
}).ParseFS(files, "page/audit.html", "page/chart.html"))

// WriteHTML writes the page, which needs no other file and no network: its
// policy forbids both. It links to the files that keyhull audit writes beside it.
func (a Audit) WriteHTML(w io.Writer) error {
	v := auditView{Audit: a}
	if err := v.assets(); err != nil {
		return err
	}
	v.Stages, v.StageLayers, v.StageChart = a.stageRows(), a.stageLayers(), a.stageChart()
	v.Survival, v.SurvivalRows = a.Texts.survivalChart()
	v.Wins, v.Attention = a.winsChart(), a.attentionChart()
	v.Rows = a.headRows()
	v.Shown, v.Partly = a.Texts.shown()
	v.TextFiles, v.MoreFiles = a.textFiles()
	data, err := json.Marshal(a.data()) // which escapes <, > and &
	if err != nil {
		return err
	}
	v.Data = template.JS(data)
	return auditPage.Execute(w, v)
}

// assets reads style and script.
func (v *auditView) assets() error {
	style, err := joined("style.css", "audit.css")
	if err != nil {
		return err
	}
	script, err := joined("make.js", "audit.js", "strip.js")
	hash := sha256.Sum256(script)
	v.Style, v.Script, v.Hash = template.CSS(style), template.JS(script), base64.StdEncoding.EncodeToString(hash[:])
	return err
}

// joined is the files of the page, one after another.
func joined(names ...string) (all []byte, err error) {
	for _, name := range names {
		part, err := files.ReadFile("page/" + name)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// agreement is the class of the mark at a promise.
func agreement(p audit.Promise) string {
	return map[audit.Agreement]string{audit.Agrees: "reproduced", audit.Disagrees: "not-reproduced"}[p.Agreement]
}

// textFiles names the files of texts: all, or the first few and the last.
func (a Audit) textFiles() (first []string, last string) {
	const few = 5
	for i := range min(few, a.Summary.Texts) {
		first = append(first, fmt.Sprintf("texts/%d.json", i+1))
	}
	if a.Summary.Texts > few {
		last = fmt.Sprintf("texts/%d.json", a.Summary.Texts)
	}
	return first, last
}
