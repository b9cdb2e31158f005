package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"keyhull/audit"
	"keyhull/report"
)

// The text and the page show so many keys whose verdicts differ.
const (
	worstFlips = 10
	shownFlips = 30
)

// change sums up what another file changes.
func (r *auditReport) change() string {
	sum := r.compared.Sum()
	return fmt.Sprintf("of %d keys %d are no longer selectable (%s), %d are now, %d are newly equal to another; margins differ by %s in the mean head",
		sum.Keys, sum.Lost, strings.TrimSpace(percent(sum.Lost, sum.Keys)), sum.Gained, sum.NewTies, share(sum.Shift))
}

// changed shows what another file changes: in all, in the heads where most
// changes, and the worst keys.
func (r *auditReport) changed(t *text) {
	if r.other == nil {
		return
	}
	t.heading("With the weights of %s", r.other.path)
	t.line("%s", wrap(r.change(), ""))
	flips := r.compared.Flips
	if len(flips) == 0 {
		return
	}
	t.line("%s", wrap("most in "+r.mostChanged(), ""))
	t.line("\n%s", t.style(faint, "  layer  head  text  position  token           verdict                      margin"))
	for _, f := range flips[:min(worstFlips, len(flips))] {
		t.line("  %5d  %4d  %4d  %8d  %-14s  %-27s  %s → %s", f.Layer, f.Head, f.Text, f.Key, shortened(r.tokenizer.Token(f.ID), 14),
			fmt.Sprintf("%s → %s", f.First, f.Second), short(f.FirstMargin), short(f.SecondMargin))
	}
	if more := len(flips) - worstFlips; more > 0 {
		t.line("  and %d more (--format csv, json)", more)
	}
}

// mostChanged names the heads with the most flips.
func (r *auditReport) mostChanged() string {
	flips := func(c audit.Change) int { return c.Lost + c.Gained + c.NewTies }
	heads := slices.SortedStableFunc(slices.Values(r.compared.Heads), func(a, b audit.Change) int { return cmp.Compare(flips(b), flips(a)) })
	var parts []string
	for _, c := range heads[:min(3, len(heads))] {
		if flips(c) > 0 {
			parts = append(parts, fmt.Sprintf("layer %d, head %d: %d lost, %d gained, %s", c.Layer, c.Head, c.Lost, c.Gained, count(c.NewTies, "new tie")))
		}
	}
	return strings.Join(parts, "; ")
}

// shortened quotes a token, cut to so many characters.
func shortened(token string, room int) string {
	quoted := []rune(strconv.Quote(token))
	if len(quoted) <= room {
		return string(quoted)
	}
	return string(quoted[:room-1]) + "…"
}

// writeFlips writes one row for each key whose verdict differs, the worst first.
func (r *auditReport) writeFlips(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"change", "layer", "head", "text", "position", "id", "token", "first", "second", "first_relative_margin", "second_relative_margin"})
	for _, f := range r.compared.Flips {
		c.Write([]string{f.Kind, strconv.Itoa(f.Layer), strconv.Itoa(f.Head), strconv.Itoa(f.Text), strconv.Itoa(f.Key), strconv.Itoa(f.ID), r.tokenizer.Token(f.ID),
			f.First.String(), f.Second.String(), number(f.FirstMargin), number(f.SecondMargin)})
	}
	c.Flush()
	return c.Error()
}

// writeChanges writes one row a head.
func (r *auditReport) writeChanges(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"layer", "head", "keys", "lost", "gained", "new_ties", "margin_shift"})
	for _, h := range r.compared.Heads {
		c.Write([]string{strconv.Itoa(h.Layer), strconv.Itoa(h.Head), strconv.Itoa(h.Keys), strconv.Itoa(h.Lost), strconv.Itoa(h.Gained), strconv.Itoa(h.NewTies), number(h.Shift)})
	}
	c.Flush()
	return c.Error()
}

// comparison is what the page shows of it, nil without.
func (r *auditReport) comparison() *report.Compared {
	if r.other == nil {
		return nil
	}
	p := &report.Compared{Other: r.other.path, Says: r.change(), Heads: r.compared.Heads, More: max(0, len(r.compared.Flips)-shownFlips)}
	for _, f := range r.compared.Flips[:min(shownFlips, len(r.compared.Flips))] {
		p.Flips = append(p.Flips, report.FlippedKey{Flip: f, Token: r.tokenizer.Token(f.ID)})
	}
	return p
}
