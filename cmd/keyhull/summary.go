package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"keyhull"
	"keyhull/decide"
)

// summary prints many sets as one: the sums, and the sets that stand out.
func (t *text) summary() {
	var sum tally
	fractions := make([]float64, len(t.Sets))
	order := make([]int, len(t.Sets))
	affected := 0
	for i := range t.Sets {
		a := &t.Sets[i]
		sum.add(a, t.MinMargin)
		fractions[i] = unselectableFraction(a)
		order[i] = i
		if a.Counted.Unselectable() > 0 {
			affected++
		}
	}
	t.verdicts(&sum)
	s := spreadOf(fractions)
	t.heading("Unselectable keys in each set")
	if affected == 0 {
		t.line("  none in any of %s", count(len(t.Sets), "set"))
	} else {
		t.line("  %d of %s have some; least %.1f %%, median %.1f %%, most %.1f %%",
			affected, count(len(t.Sets), "set"), 100*s.least, 100*s.median, 100*s.most)
		slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(fractions[y], fractions[x]) })
		for _, i := range order[:min(affected, summaryRows)] {
			n := t.Sets[i].Counted.Unselectable()
			t.line("  %-10s %7d  %s", t.Over.Set(i), n, percent(n, t.Sets[i].N))
		}
	}
	t.closest(t.Sets)
	all := t.together()
	t.causal(all)
	t.bestAttention(all)
	t.line("")
	t.rungs(t.Sets)
	t.line("%s", wrap(meaning(&sum), ""))
}

// together joins what was found about single keys of all sets.
func (t *text) together() *decide.Answer {
	all := &decide.Answer{Result: &keyhull.Result{}}
	for i := range t.Sets {
		a := &t.Sets[i]
		all.Keys = append(all.Keys, a.Keys...)
		all.Attention = append(all.Attention, a.Attention...)
		all.Lives = append(all.Lives, a.Lives...)
	}
	return all
}

func unselectableFraction(a *decide.Answer) float64 {
	return float64(a.Counted.Unselectable()) / float64(max(a.N, 1))
}

// rungs says how long it took and what kind of proof each key needed.
func (t *text) rungs(sets []decide.Answer) {
	var s keyhull.Stats
	seconds, keys := 0.0, 0
	for i := range sets {
		seconds += sets[i].Seconds
		keys += sets[i].N
		s.Distinct += sets[i].Stats.Distinct
		s.Scan += sets[i].Stats.Scan
		s.Walk += sets[i].Stats.Walk
		s.Exact += sets[i].Stats.Exact
		s.Plane += sets[i].Stats.Plane
	}
	var parts []string
	for _, rung := range []struct {
		n   int
		how string
	}{{s.Plane, "by sorting"}, {s.Scan, "by one scan of all pairs"}, {s.Walk, "by bounded floats"}, {s.Exact, "in exact arithmetic"}} {
		if rung.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", rung.n, rung.how))
		}
	}
	what := "Decided"
	if s.Distinct < keys && s.Distinct > 0 {
		what = count(s.Distinct, "distinct key") + " decided"
	}
	line := fmt.Sprintf("%s in %s", what, duration(seconds))
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	t.line("%s", t.style(faint, wrap(line+".", "")))
}

// footnotes prints the warnings, and where the proofs went.
func (t *text) footnotes() {
	if len(t.Warnings) > 0 {
		t.line("")
	}
	for i, w := range t.Warnings {
		mark := fmt.Sprintf("[%d] ", i+1)
		t.line("%s%s", t.style(yellow, mark[:len(mark)-1])+" ", wrapFrom(len(mark), w))
	}
	if t.certificates != "" {
		t.line("\nProofs written to %s; check them:\n  %s", t.certificates, t.verifyCommand())
	}
}

func (t *text) verifyCommand() string {
	return "keyhull verify " + quote(t.File) + " " + quote(t.certificates)
}

// meaning says in a sentence or two what the counts mean.
func meaning(sum *tally) string {
	n, tied, face := sum.unselectable(), sum.by[keyhull.Tied], sum.by[keyhull.Face]
	text := "Every key can receive the highest attention: for each some query prefers it to all others."
	switch {
	case sum.keys == 1:
		return "A single key always receives all attention."
	case n > 0:
		text = fmt.Sprintf("%d of %d keys (%s) can never receive the highest attention, whatever the query.",
			n, sum.keys, strings.TrimSpace(percent(n, sum.keys)))
		if face > 0 {
			text += fmt.Sprintf(" %d of them can at best share it with keys that differ.", face)
		}
	case tied > 0:
		text = fmt.Sprintf("No key is out of reach, but %s can only share the highest attention with equal keys.", count(tied, "key"))
	}
	if n := sum.rounding(); n > 0 {
		text += fmt.Sprintf(" Of those that can, %d may owe it to rounding alone.", n)
	}
	return text
}
