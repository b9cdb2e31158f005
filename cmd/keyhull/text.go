package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"keyhull"
)

// How much the text shows; the other formats show everything.
const (
	textWidth   = 80
	fewSets     = 3 // so many are shown one by one
	fewKeys     = 5 // closest to the border, masks
	fewLines    = 2 // of unselectable keys
	summaryRows = 5 // of sets
)

// writeText writes the findings for people: at most 80 columns, sets one by
// one or, where they are many, summed up.
func writeText(o *output, f *findings) error {
	t := &text{output: o, findings: f}
	t.header()
	if len(f.sets) <= fewSets {
		for i := range f.sets {
			t.set(i)
		}
	} else {
		t.summary()
	}
	t.footnotes()
	return o.Flush()
}

type text struct {
	*output
	*findings
}

func (t *text) line(format string, args ...any) { fmt.Fprintf(t.output, format+"\n", args...) }

func (t *text) heading(format string, args ...any) {
	t.line("\n%s", t.style(bold, fmt.Sprintf(format, args...)))
}

func (t *text) header() {
	name := t.style(bold, t.file)
	if t.tensor != "" {
		name += ", tensor " + t.style(bold, t.tensor)
	}
	t.line("%s", name)
	first := &t.sets[0]
	size := count(first.N, "key") + " of dimension " + fmt.Sprint(first.Dim)
	if len(t.sets) > 1 {
		size = fmt.Sprintf("%d sets of %s", len(t.sets), size)
	} else {
		size += fmt.Sprintf(" and rank %d", first.Rank)
	}
	t.line("%s; norm %s", size, t.normFlags.String())
}

func (t *text) set(i int) {
	a := &t.sets[i]
	if len(t.sets) > 1 {
		t.heading("set %d, rank %d", i, a.Rank)
	}
	var sum tally
	sum.add(a, t.minMargin)
	t.verdicts(&sum)
	t.closest(a)
	t.unselectable(a)
	t.causal(a)
	t.bestAttention(a)
	t.line("")
	t.rungs([]answer{*a})
	t.line("%s", wrap(meaning(&sum), ""))
}

// verdicts prints how many keys got each verdict, and what remains without
// those that rounding may have made selectable.
func (t *text) verdicts(sum *tally) {
	rounding := sum.rounding()
	head := "                  keys"
	if rounding > 0 {
		head += fmt.Sprintf("             without %d by rounding", rounding)
	}
	t.line("\n%s", t.style(faint, head))
	row := func(colour, name string, n, steady int) {
		line := fmt.Sprintf("  %-12s %7d  %s", name, n, percent(n, sum.keys))
		if rounding > 0 {
			line += fmt.Sprintf("  %7d  %s", steady, percent(steady, sum.keys))
		}
		if n == 0 {
			colour = faint
		}
		t.line("%s", t.style(colour, strings.TrimRight(line, " ")))
	}
	for v, n := range sum.by {
		colour := green
		if keyhull.Verdict(v).Unselectable() {
			colour = yellow
		}
		row(colour, keyhull.Verdict(v).String(), n, sum.steady[v])
	}
	row(red, "unselectable", sum.unselectable(), sum.unselectable()+rounding)
}

func (t *text) closest(a *answer) {
	rows := closest(a, fewKeys)
	if len(rows) == 0 || a.N < 2 || t.noMargins() {
		return
	}
	sign := ""
	if !a.MarginExact {
		sign = "≥ "
	}
	t.heading("Vertices closest to the border")
	t.line("%s", t.style(faint, fmt.Sprintf("      key   %smargin   %srelative", sign, sign)))
	for _, r := range rows {
		k := &a.Keys[r.key]
		note := ""
		if byRounding(a, k, t.minMargin) {
			note = t.style(yellow, "  by rounding")
		}
		t.line("  %7d  %*s  %*s%s", r.key, 7+len([]rune(sign)), short(k.Margin), 9+len([]rune(sign)), short(k.RelativeMargin), note)
	}
}

func (t *text) noMargins() bool { return t.margins == "none" }

func (t *text) unselectable(a *answer) {
	keys := unselectable(a)
	if len(keys) == 0 {
		return
	}
	t.heading("Unselectable keys")
	t.line("%s", keyList(keys))
	rows := masks(a, fewKeys)
	t.heading("In their way")
	for _, r := range rows {
		t.line("  key %d helps mask %s", r.key, count(r.count, "key"))
	}
}

// keyList lists keys on a few lines.
func keyList(keys []int) string {
	lines := []string{" "}
	for i, key := range keys {
		word := fmt.Sprintf(" %d", key)
		last := len(lines) - 1
		if len(lines[last])+len(word) <= textWidth {
			lines[last] += word
			continue
		}
		if len(lines) == fewLines {
			more := fmt.Sprintf("  and %d more: --format csv lists all", len(keys)-i)
			return strings.Join(append(lines, more), "\n")
		}
		lines = append(lines, " "+word)
	}
	return strings.Join(lines, "\n")
}

func (t *text) bestAttention(a *answer) {
	if a.attention == nil {
		return
	}
	t.heading("Best attention from a query of norm at most %g", t.radius)
	t.line("%s", t.style(faint, "                  keys     least   median     most"))
	vertices, others := attentionSpread(a)
	for _, row := range []struct {
		name string
		spread
	}{{"vertices", vertices}, {"unselectable", others}} {
		if row.count > 0 {
			t.line("  %-12s %7d  %8s %8s %8s", row.name, row.count, short(row.least), short(row.median), short(row.most))
		}
	}
}

// count returns "1 key" or "2 keys".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func percent(n, of int) string {
	if p := 100 * float64(n) / float64(max(of, 1)); p == 0 || p >= 0.05 {
		return fmt.Sprintf("%5.1f %%", p)
	}
	return " <0.1 %"
}

// short writes a number with three digits that mean something.
func short(x float64) string { return fmt.Sprintf("%.3g", x) }

// wrap breaks text at spaces so that lines keep to the width; indent stands
// before every line but the first.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > textWidth:
			b.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}
