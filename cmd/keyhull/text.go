package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"keyhull"
	"keyhull/decide"
)

// How much the text shows; the other formats show everything.
const (
	textWidth   = 80
	fewSets     = 3 // so many are shown one by one
	fewKeys     = 5 // closest to the border, masks
	fewLines    = 2 // of unselectable keys
	summaryRows = 5 // of sets
)

// writeText writes what was found for people: at most 80 columns, sets one by
// one or, where they are many, summed up.
func writeText(o *output, f *decide.Found, certificates string) error {
	t := &text{o, f, certificates}
	t.header()
	if len(f.Sets) <= fewSets {
		for i := range f.Sets {
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
	*decide.Found
	certificates string // the file that they are in; ""
}

func (t *text) line(format string, args ...any) { fmt.Fprintf(t.output, format+"\n", args...) }

func (t *text) heading(format string, args ...any) {
	t.line("\n%s", t.style(bold, fmt.Sprintf(format, args...)))
}

func (t *text) header() {
	name := t.style(bold, t.File)
	if t.Tensor != "" {
		name += ", tensor " + t.style(bold, t.Tensor)
	}
	t.line("%s", name)
	first := &t.Sets[0]
	size := fmt.Sprintf("%s of dimension %d and %s", count(first.N, "key"), first.Dim, t.ranks())
	if len(t.Sets) > 1 {
		size = fmt.Sprintf("%d sets of %s", len(t.Sets), size)
	}
	t.line("%s; norm %s", size, t.Norm.String())
	if t.Over != nil {
		t.line("axes %s", t.axesLine())
	}
}

// axesLine says how the axes of the tensor were taken.
func (t *text) axesLine() string {
	line := strings.Join(t.Layout.Axes, ", ")
	if n := t.Layout.Heads; n > 0 {
		line += fmt.Sprintf("; %s in the last", count(n, "head"))
	}
	return line
}

// ranks says "rank 3", or "ranks 2 to 3" where the sets differ.
func (t *text) ranks() string {
	least, most := t.Sets[0].Rank, t.Sets[0].Rank
	for i := range t.Sets {
		least, most = min(least, t.Sets[i].Rank), max(most, t.Sets[i].Rank)
	}
	if least == most {
		return fmt.Sprintf("rank %d", least)
	}
	return fmt.Sprintf("ranks %d to %d", least, most)
}

func (t *text) set(i int) {
	a := &t.Sets[i]
	if len(t.Sets) > 1 {
		t.heading("%s, rank %d", t.Over.Set(i), a.Rank)
	}
	var sum tally
	sum.add(a, t.MinMargin)
	t.verdicts(&sum)
	t.closest(t.Sets[i : i+1])
	t.unselectable(a)
	t.causal(a)
	t.bestAttention(a)
	t.line("")
	t.rungs([]decide.Answer{*a})
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

// closest prints the least margins in some sets, numbered if there are several.
func (t *text) closest(sets []decide.Answer) {
	rows := closest(sets, fewKeys)
	if len(rows) == 0 || t.Margins == "none" {
		return
	}
	which, sign, title := "", "", "Vertices closest to the border"
	wide := 7
	if len(sets) > 1 {
		for _, r := range rows {
			wide = max(wide, len(t.setNumber(r.set)))
		}
		which = fmt.Sprintf("  %*s", wide, "set")
	}
	if !sets[0].MarginExact {
		sign, title = "≥ ", "Vertices with the least proved margins"
	}
	t.heading("%s", title)
	t.line("%s", t.style(faint, fmt.Sprintf("%s      key  %9s  %9s", which, sign+"margin", sign+"relative")))
	for _, r := range rows {
		if len(sets) > 1 {
			fmt.Fprintf(t.output, "  %*s", wide, t.setNumber(r.set))
		}
		note := ""
		if byRounding(&sets[r.set], r.Key, t.MinMargin) {
			note = t.style(yellow, "  by rounding")
		}
		t.line("  %7d  %9s  %9s%s", r.key, short(r.Margin), short(r.RelativeMargin), note)
	}
}

// setNumber names a set in a column of sets.
func (t *text) setNumber(set int) string {
	return strings.TrimPrefix(t.Over.Set(set), "set ")
}

func (t *text) unselectable(a *decide.Answer) {
	keys := unselectable(a)
	if len(keys) == 0 {
		return
	}
	t.heading("Unselectable keys")
	t.line("%s", keyList(keys))
	t.heading("In their way")
	for _, m := range masks(a, fewKeys) {
		t.line("%s", firstKeys(fmt.Sprintf("  key %d helps mask %s:", m.key, count(len(m.hidden), "key")), m.hidden))
	}
}

// firstKeys lists as many keys after the text as fit into the line.
func firstKeys(text string, keys []int) string {
	const rest = " …"
	for i, key := range keys {
		word := fmt.Sprintf(" %d", key)
		room := textWidth - len(text)
		if i < len(keys)-1 {
			room -= utf8.RuneCountInString(rest)
		}
		if len(word) > room {
			return text + rest
		}
		text += word
	}
	return text
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
