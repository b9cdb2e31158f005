package report

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"strings"

	"keyhull/experiment"
)

// View is what a report shows, computed once from results, figures and tables.
// WriteText, WriteHTML and the live page render it; none changes it, so that
// it may be used from several goroutines.
type View struct {
	Results
	Done, Absent []Artifact   // in the order of the catalogue
	Claims       []ClaimGroup // Done, for the table of claims
	Colours      template.CSS // of the figures, for a light and a dark page
}

// ClaimGroup is a part of the table of claims.
type ClaimGroup struct {
	Title string
	Rows  []Artifact
}

// Artifact is an entry with what the catalogue says about it, its figure and
// its files.
type Artifact struct {
	Entry
	Name, Title, Says, Caption string
	Outcome, Class             string        // the verdict for people, and how the page marks it
	Control                    *Control      // nil if there is none
	Figure                     template.HTML // inline SVG that takes the page's colours
	Numbers                    *Numbers      // behind the figure; nil without a table
	Files                      []File        // to download
	Widgets                    []widget      // what makes the figure interactive
}

// Control is the artifact that holds fixed what a claim's comparison changes
// besides.
type Control struct{ Name, Title, Outcome string }

// File is a file beside results.json.
type File struct {
	Name string // within the folder
	Part string // of the artifact; "" for its figure or table
	Text []byte // shared, not to be changed
}

// Base is the name without folders, Kind what it is: CSV, SVG or PDF.
func (f File) Base() string { return path.Base(f.Name) }
func (f File) Kind() string { return strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), ".")) }

// earlier is the reason of what results.json does not list.
const earlier = "these results were made by a version of keyhull that did not have it"

// NewView returns the view of results. files holds what entries list, by name
// within the folder; PNG files are not needed. It fails if a figure is not of
// the form in which package figure draws, or a table is not CSV.
func NewView(r Results, files map[string][]byte) (*View, error) {
	v := &View{Results: r}
	styles := &styles{}
	for _, a := range experiment.Catalogue {
		e, listed := r.Artifacts[a.Name]
		if !listed {
			e = Entry{Status: Absent, Reason: earlier, Claim: a.Claim, Paper: a.Paper}
		}
		shown := Artifact{Entry: e, Name: a.Name, Title: a.Title, Says: cmp.Or(a.Says, "—"), Caption: a.Caption, Control: r.control(a), Widgets: r.widgets(a)}
		if e.Status != Done {
			v.Absent = append(v.Absent, shown)
			continue
		}
		shown.Outcome, shown.Class = e.outcome(a.Ours)
		if err := shown.fill(a, files, styles); err != nil {
			return nil, err
		}
		v.Done = append(v.Done, shown)
	}
	v.Colours, v.Claims = styles.css(), claimGroups(v.Done)
	return v, nil
}

// claimGroups tells the paper's claims from questions of ours.
func claimGroups(done []Artifact) (groups []ClaimGroup) {
	paper, ours := ClaimGroup{Title: "Claims of the paper"}, ClaimGroup{Title: "Questions of ours"}
	for _, a := range done {
		if of, _ := experiment.Find(a.Name); of.Ours {
			ours.Rows = append(ours.Rows, a)
		} else {
			paper.Rows = append(paper.Rows, a)
		}
	}
	for _, g := range []ClaimGroup{paper, ours} {
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// outcome is the verdict in words, with the class of its mark: what the paper
// claims is reproduced or not, what we ask holds or does not.
func (e Entry) outcome(ours bool) (words, class string) {
	words, class = e.Verdict, strings.ReplaceAll(e.Verdict, " ", "-")
	if e.Open {
		words, class = "not reproduced (inconclusive)", "open"
	}
	if !ours {
		return words, class
	}
	words = map[string]string{experiment.Reproduced: "holds", experiment.NotReproduced: "does not hold", experiment.OtherCause: "does not hold: another cause"}[e.Verdict]
	if e.Open {
		words = "inconclusive"
	}
	return words, class + " ours"
}

// control is the control of an artifact with its outcome.
func (r Results) control(a experiment.Artifact) *Control {
	c, ok := experiment.Find(a.Control)
	if !ok {
		return nil
	}
	outcome, _ := r.Artifacts[c.Name].outcome(c.Ours)
	return &Control{c.Name, c.Title, cmp.Or(outcome, Absent)}
}

// fill adds figure, numbers and files.
func (a *Artifact) fill(of experiment.Artifact, files map[string][]byte, styles *styles) error {
	for _, name := range a.Entry.Files {
		text, ok := files[name]
		if !ok {
			continue
		}
		which, _ := part(a.Name, name)
		file := File{name, which, text}
		a.Files = append(a.Files, file)
		if err := a.read(of, file, styles); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// read checks a file and takes from it what the page shows.
func (a *Artifact) read(of experiment.Artifact, f File, styles *styles) (err error) {
	switch {
	case f.Kind() == "CSV":
		var t experiment.Table
		if t, err = parseTable(f.Text); err == nil && f.Part == "" {
			a.Numbers = numbers(t, of.Variants())
		}
	case f.Kind() == "PDF":
		if !bytes.HasPrefix(f.Text, []byte("%PDF-")) {
			err = fmt.Errorf("not a PDF")
		}
	case f.Part == "":
		a.Figure, err = styles.inline(f.Text, a.Name, a.Title, a.Note)
	}
	return err
}

var negative = regexp.MustCompile(`(^|[ (])-(\d)`)

// together keeps a number with what follows or precedes it on one line:
// "7.8 %", "d = 8", and gives numbers below 0 their sign.
func together(text string) string {
	return strings.NewReplacer(" %", "\u00a0%", " = ", "\u00a0=\u00a0", " − ", "\u00a0−\u00a0").Replace(negative.ReplaceAllString(text, "$1−$2"))
}
