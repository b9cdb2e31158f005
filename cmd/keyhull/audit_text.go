package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"keyhull/audit"
)

// The text shows so many heads and tokens, and only tokens of so many keys.
const (
	worstHeads  = 8
	worstTokens = 8
	steadyToken = 20
)

// show writes what was found for people.
func (r *auditReport) show(o *output, s *audit.Summary) {
	t := &text{output: o}
	t.line("%s", t.style(bold, r.path))
	t.line("%s", wrap(describe(r.model.Arch), ""))
	t.line("%s", wrap(fmt.Sprintf("%s, %s%s", count(s.Texts, "text"), count(s.Tokens, "token"), cutNote(r.cut())), ""))
	t.heading("Guarantee")
	t.line("%s", wrap(r.guarantee.Layers.Text, ""))
	t.line("%s", wrap(r.guarantee.Heads.Text, ""))
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
	t.line("%s", wrap(t.style(faint, "margin: median, relative to the spread of the keys; win: keys that some query of the texts scores highest; sink: mean attention of the key that gets most, 1st: it is the first token; unreached: vertices that no query of the model can select, in any of its query heads"), ""))
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

// within reports a number as percent.
func within(v audit.Interval) string {
	if v.Low == v.High || math.IsNaN(v.Low) {
		return share(v.Mean)
	}
	return fmt.Sprintf("%s (%s to %s)", share(v.Mean), strings.TrimSuffix(share(max(0, v.Low)), " %"), share(min(1, v.High)))
}

// share shows a share of 1, percentOf in a column.
func share(x float64) string { return strings.TrimSpace(percentOf(x)) }

func percentOf(x float64) string { return percent(int(math.Round(x*1e6)), 1e6) }
