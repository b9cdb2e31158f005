package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"keyhull/audit"
	"keyhull/nn"
	"keyhull/norm"
	"keyhull/report"
)

// auditReport is what an audit found, as text, JSON and tables show it.
type auditReport struct {
	*subject
	other   *subject // nil unless compared
	samples []sample
	options audit.TextOptions
	tally   audit.Tally
	summary *audit.Summary // of the tally, at the end
	changes []audit.Change
}

func (r *auditReport) compare(ctx context.Context, ids []int, first *audit.TextResult) error {
	second, err := audit.Text(ctx, r.other.model, ids, r.options, func() {})
	if err == nil {
		r.changes = audit.Compare(r.changes, first, second)
	}
	return err
}

// guarantee is what a model's norm promises about the keys of whole layers, and
// what was measured.
type guarantee struct {
	Norm       string   `json:"norm"`
	EveryKey   bool     `json:"every_key"`
	Conditions []string `json:"conditions,omitempty"`
	Measured   *float64 `json:"unselectable_after_norm,omitempty"` // share of keys, mean over layers and texts
}

func guaranteeOf(a nn.Arch, stages []audit.StageSummary) guarantee {
	kind := norm.LayerNorm
	if a.Norm == "RMSNorm" {
		kind = norm.RMSNorm
	}
	promise := kind.Guarantee()
	g := guarantee{Norm: a.Norm, EveryKey: promise.EveryKey, Conditions: promise.Conditions}
	if rate, found := meanOf(stages, audit.AfterNorm); found {
		g.Measured = &rate
	}
	return g
}

// meanOf is the share of keys that are unselectable at a stage, over layers.
func meanOf(stages []audit.StageSummary, name string) (rate float64, found bool) {
	n := 0
	for _, s := range stages {
		if s.Stage == name {
			rate += s.Unselectable.Mean
			n++
		}
	}
	return rate / float64(max(n, 1)), n > 0
}

// cut is how many tokens did not fit.
func (r *auditReport) cut() (n int) {
	for _, s := range r.samples {
		n += s.cut
	}
	return n
}

// auditJSON is the result as other programs read it.
type auditJSON struct {
	Keyhull   string         `json:"keyhull"`
	Model     string         `json:"model"`
	Arch      nn.Arch        `json:"arch"`
	Cut       int            `json:"tokens_cut"`
	Guarantee guarantee      `json:"guarantee"`
	Other     string         `json:"compared_with,omitempty"`
	Changes   []audit.Change `json:"changes,omitempty"`
	*audit.Summary
}

func (r *auditReport) json() auditJSON {
	s := r.summary
	j := auditJSON{Keyhull: readBuild().Version, Model: r.path, Arch: r.model.Arch, Guarantee: guaranteeOf(r.model.Arch, s.Stages), Changes: r.changes, Cut: r.cut(), Summary: s}
	if r.other != nil {
		j.Other = r.other.path
	}
	return j
}

func (r *auditReport) write(o *output, format, out string) error {
	switch format {
	case "json":
		return json.NewEncoder(o).Encode(r.json())
	case "csv":
		return writeHeads(o, r.summary.Heads)
	}
	r.text(o, r.summary)
	if out != "" {
		fmt.Fprintf(o, "\n%s\n", filepath.Clean(out))
	}
	return nil
}

// writeHeads writes one row a head.
func writeHeads(w io.Writer, heads []audit.HeadSummary) error {
	c := csv.NewWriter(w)
	names := []string{"unselectable", "by_rounding", "relative_margin", "hidden", "attainable", "attained", "winners", "max_attention_of_unselectable", "sink_attention", "unreachable", "undecided"}
	head := []string{"layer", "head"}
	for _, n := range names {
		head = append(head, n, n+"_low", n+"_high")
	}
	c.Write(append(head, "sink_first", "sink_unselectable"))
	for _, h := range heads {
		row := []string{strconv.Itoa(h.Layer), strconv.Itoa(h.Head)}
		for i, v := range []audit.Interval{h.Unselectable, h.ByRounding, h.Margin, h.Hidden, h.Attainable, h.Attained, h.Winners, h.MaxAttention, h.Sink, h.Unreachable, h.Undecided} {
			if i >= 9 && !h.Reached {
				row = append(row, "", "", "")
				continue
			}
			row = append(row, number(v.Mean), number(v.Low), number(v.High))
		}
		c.Write(append(row, number(h.SinkFirst), number(h.SinkHidden)))
	}
	c.Flush()
	return c.Error()
}

func writeStages(w io.Writer, stages []audit.StageSummary) error {
	c := csv.NewWriter(w)
	c.Write([]string{"layer", "stage", "unselectable", "unselectable_low", "unselectable_high", "by_rounding"})
	for _, s := range stages {
		c.Write([]string{strconv.Itoa(s.Layer), s.Stage, number(s.Unselectable.Mean), number(s.Unselectable.Low), number(s.Unselectable.High), number(s.ByRounding.Mean)})
	}
	c.Flush()
	return c.Error()
}

func (r *auditReport) writeTokens(w io.Writer, words []audit.TokenSummary) error {
	c := csv.NewWriter(w)
	c.Write([]string{"id", "token", "keys", "unselectable"})
	for _, t := range words {
		c.Write([]string{strconv.Itoa(t.ID), r.tokenizer.Token(t.ID), strconv.Itoa(t.Keys), number(t.Unselectable)})
	}
	c.Flush()
	return c.Error()
}

// auditFolder is --out, "" for none.
type auditFolder struct {
	folder
	token   func(id int) string
	texts   report.AuditTexts // for the page
	command string
}

func (a *auditCommand) folder(r *auditReport) *auditFolder {
	return &auditFolder{folder: folder(a.out), token: r.tokenizer.Token, command: a.command}
}

// text writes all that was found on one text.
func (f *auditFolder) text(i int, t *audit.TextResult) error {
	if f.folder == "" {
		return nil
	}
	f.texts.Add(t, f.token)
	return f.write(fmt.Sprintf("texts/%d.json", i+1), func(w io.Writer) error { return json.NewEncoder(w).Encode(t) })
}

func (f *auditFolder) finish(r *auditReport) error {
	if f.folder == "" {
		return nil
	}
	s := r.summary
	for name, write := range map[string]func(io.Writer) error{
		"summary.json": func(w io.Writer) error { return json.NewEncoder(w).Encode(r.json()) },
		"heads.csv":    func(w io.Writer) error { return writeHeads(w, s.Heads) },
		"stages.csv":   func(w io.Writer) error { return writeStages(w, s.Stages) },
		"tokens.csv":   func(w io.Writer) error { return r.writeTokens(w, s.Words) },
		"index.html":   func(w io.Writer) error { return f.page(r, s).WriteHTML(w) },
	} {
		if err := f.write(name, write); err != nil {
			return err
		}
	}
	return nil
}

// page is what the page shows.
func (f *auditFolder) page(r *auditReport, s *audit.Summary) report.Audit {
	j := r.json()
	p := report.Audit{Keyhull: j.Keyhull, Command: f.command, Model: j.Model, Kind: describe(j.Arch), Cut: j.Cut, Masked: r.masked(),
		Promised: j.Guarantee.EveryKey, Measured: j.Guarantee.Measured, Guarantee: r.promised(j.Guarantee), Summary: s, Texts: f.texts}
	if len(s.Heads) > 0 {
		p.Meaning = auditMeaning(s)
	}
	if r.other != nil {
		p.Changed = fmt.Sprintf("With the weights of %s %s.", r.other.path, r.change())
	}
	return p
}

// The text shows so many heads and tokens, and only tokens of so many keys.
const (
	worstHeads  = 8
	worstTokens = 8
	steadyToken = 20
)

// text writes what was found for people.
func (r *auditReport) text(o *output, s *audit.Summary) {
	t := &text{output: o}
	t.line("%s", t.style(bold, r.path))
	t.line("%s", wrap(describe(r.model.Arch), ""))
	t.line("%s", wrap(fmt.Sprintf("%s, %s%s", count(s.Texts, "text"), count(s.Tokens, "token"), cutNote(r.cut())), ""))
	r.promise(t, guaranteeOf(r.model.Arch, s.Stages))
	r.stages(t, s)
	r.worst(t, s)
	r.words(t, s)
	r.changed(t)
	if len(s.Heads) > 0 {
		t.line("\n%s", wrap(auditMeaning(s), ""))
	}
}

func cutNote(cut int) string {
	if cut == 0 {
		return ""
	}
	return fmt.Sprintf("; %d more were cut off (--tokens, or the model's context)", cut)
}

func (r *auditReport) promise(t *text, g guarantee) {
	t.heading("Guarantee")
	t.line("%s", wrap(r.promised(g), ""))
}

// promised says what the norm promises and what was measured.
func (r *auditReport) promised(g guarantee) string {
	said := g.Norm + " promises nothing about keys."
	if g.EveryKey {
		said = fmt.Sprintf("After %s every key that differs is selectable by a query of all %d coordinates, if %s.", g.Norm, r.model.Arch.Dim, strings.Join(g.Conditions, "; "))
	}
	if g.EveryKey && r.model.Arch.Eps > 0 {
		said += fmt.Sprintf(" Here eps is %.3g.", r.model.Arch.Eps)
	}
	if g.Measured != nil {
		said += fmt.Sprintf(" Measured: %s unselectable after it.", share(*g.Measured))
	}
	if w, d := r.model.Arch.Width, r.model.Arch.Dim; w < d {
		said += fmt.Sprintf(" Heads see %d coordinates of %d: for them it promises nothing.", w, d)
	}
	return said
}

// masked reports that a query sees keys up to its own position alone.
func (r *auditReport) masked() bool { return r.options.Causal || r.model.Arch.Causal }

func (r *auditReport) stages(t *text, s *audit.Summary) {
	t.heading("Unselectable keys, mean over texts%s", intervalNote(s.Texts))
	for _, name := range audit.Stages {
		var of []audit.StageSummary
		for _, stage := range s.Stages {
			if stage.Stage == name {
				of = append(of, stage)
			}
		}
		if len(of) == 0 {
			continue
		}
		rate, _ := meanOf(of, name)
		worst := slices.MaxFunc(of, func(a, b audit.StageSummary) int { return cmp.Compare(a.Unselectable.Mean, b.Unselectable.Mean) })
		t.line("  %-22s %s   most in layer %d: %s", name, percentOf(rate), worst.Layer, within(worst.Unselectable))
	}
	if len(s.Heads) == 0 {
		return
	}
	var rate, hidden float64
	for _, h := range s.Heads {
		rate += h.Unselectable.Mean / float64(len(s.Heads))
		hidden += h.Hidden.Mean / float64(len(s.Heads))
	}
	line := fmt.Sprintf("  %-22s %s", "heads", percentOf(rate))
	if r.masked() {
		line += fmt.Sprintf("   under the mask, of pairs of position and key: %s", share(hidden))
	}
	t.line("%s", line)
}

func intervalNote(texts int) string {
	if texts < 2 {
		return ""
	}
	return " (95 % interval)"
}

// worst shows the heads with the most unselectable keys, and of those with as
// many the ones whose keys win least.
func (r *auditReport) worst(t *text, s *audit.Summary) {
	if len(s.Heads) == 0 {
		return
	}
	heads := slices.SortedStableFunc(slices.Values(s.Heads), func(a, b audit.HeadSummary) int {
		return cmp.Or(cmp.Compare(b.Unselectable.Mean, a.Unselectable.Mean), cmp.Compare(a.Winners.Mean, b.Winners.Mean))
	})
	title := "Heads with the most"
	if heads[0].Unselectable.Mean == 0 {
		title = "Heads whose keys win least"
	}
	t.heading("%s", title)
	reach, note := "", ""
	if heads[0].Reached {
		reach = "  unreached"
	}
	t.line("%s", t.style(faint, "  layer  head  unselectable             margin      win        sink"+reach))
	for _, h := range heads[:min(worstHeads, len(heads))] {
		if h.Reached {
			note = fmt.Sprintf("  %9s", share(h.Unreachable.Mean))
		}
		t.line("  %5d  %4d  %-23s %7s  %7s  %10s%s", h.Layer, h.Head, within(h.Unselectable), short(h.Margin.Mean),
			share(h.Winners.Mean), sinkNote(h), note)
	}
	t.line("%s", wrap(t.style(faint, "margin: median, relative to the spread of the keys; win: keys that some query of the texts scores highest; sink: mean attention of the key that gets most, 1st: it is the first token; unreached: vertices that no query of the model can select"), ""))
}

func sinkNote(h audit.HeadSummary) string {
	note := fmt.Sprintf("%.2f", h.Sink.Mean)
	if h.SinkFirst > 0.5 {
		note += " 1st"
	}
	return note
}

func (r *auditReport) words(t *text, s *audit.Summary) {
	var parts []string
	for _, w := range s.Words {
		if w.Keys >= steadyToken && w.Unselectable > 0 && len(parts) < worstTokens {
			parts = append(parts, fmt.Sprintf("%q %s", r.tokenizer.Token(w.ID), share(w.Unselectable)))
		}
	}
	if len(parts) > 0 {
		t.heading("Tokens whose keys most often are")
		t.line("%s", wrap(strings.Join(parts, ", "), ""))
	}
}

func (r *auditReport) changed(t *text) {
	if r.other != nil {
		t.heading("With the weights of %s", r.other.path)
		t.line("%s", wrap(r.change(), ""))
	}
}

// change sums up what another file changes.
func (r *auditReport) change() string {
	var sum audit.Change
	for _, c := range r.changes {
		sum.Keys += c.Keys
		sum.Lost += c.Lost
		sum.Gained += c.Gained
		sum.NewTies += c.NewTies
	}
	return fmt.Sprintf("of %d keys %d are no longer selectable (%s), %d are now, %d are newly equal to another",
		sum.Keys, sum.Lost, strings.TrimSpace(percent(sum.Lost, sum.Keys)), sum.Gained, sum.NewTies)
}

// auditMeaning says in a sentence or two what it comes to.
func auditMeaning(s *audit.Summary) string {
	var never, hidden, does float64
	for _, h := range s.Heads {
		never += h.Unselectable.Mean / float64(len(s.Heads))
		hidden += h.Hidden.Mean / float64(len(s.Heads))
		does += h.Winners.Mean / float64(len(s.Heads))
	}
	if never == 0 {
		return fmt.Sprintf("Every key of every head looked at can win for some query; the queries of these texts let %s of them win in the mean head.", share(does))
	}
	return fmt.Sprintf("In the mean head %s of the keys cannot win, whatever the query, and %s of the pairs of a position and a key that it sees are such that no query there selects the key; the queries of these texts let %s of the keys win.",
		share(never), share(hidden), share(does))
}
