package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"keyhull"
)

// summary prints many sets as one: the sums, and the sets that stand out.
func (t *text) summary() {
	var sum tally
	fractions := make([]float64, len(t.sets))
	order := make([]int, len(t.sets))
	affected := 0
	for i := range t.sets {
		a := &t.sets[i]
		sum.add(a, t.minMargin)
		fractions[i] = unselectableFraction(a)
		order[i] = i
		if a.counts.Unselectable() > 0 {
			affected++
		}
	}
	t.verdicts(&sum)
	s := spreadOf(fractions)
	t.heading("Unselectable keys a set")
	t.line("  %d of %s have some; least %.1f %%, median %.1f %%, most %.1f %%",
		affected, count(len(t.sets), "set"), 100*s.least, 100*s.median, 100*s.most)
	if affected > 0 {
		slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(fractions[y], fractions[x]) })
		for _, i := range order[:min(affected, summaryRows)] {
			n := t.sets[i].counts.Unselectable()
			t.line("  set %-6d %7d  %s", i, n, percent(n, t.sets[i].N))
		}
	}
	all := t.together()
	t.causal(all)
	t.bestAttention(all)
	t.line("")
	t.rungs(t.sets)
	t.line("%s", wrap(meaning(&sum), ""))
}

// together joins what was found about single keys of all sets.
func (t *text) together() *answer {
	all := &answer{Result: &keyhull.Result{}}
	for i := range t.sets {
		a := &t.sets[i]
		all.Keys = append(all.Keys, a.Keys...)
		all.attention = append(all.attention, a.attention...)
		all.lives = append(all.lives, a.lives...)
	}
	return all
}

func unselectableFraction(a *answer) float64 {
	return float64(a.counts.Unselectable()) / float64(max(a.N, 1))
}

// rungs says how long it took and what kind of proof each key needed.
func (t *text) rungs(sets []answer) {
	var s keyhull.Stats
	seconds, keys := 0.0, 0
	for i := range sets {
		seconds += sets[i].seconds
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
		what = fmt.Sprintf("%d distinct keys decided", s.Distinct)
	}
	line := fmt.Sprintf("%s in %s", what, duration(seconds))
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	t.line("%s", t.style(faint, wrap(line+".", "")))
}

// duration shows seconds with three digits, minutes as 2m3s.
func duration(seconds float64) string {
	switch {
	case seconds >= 60:
		return round(time.Duration(seconds * float64(time.Second)))
	case seconds >= 1:
		return short(seconds) + " s"
	case seconds >= 1e-3:
		return short(1e3*seconds) + " ms"
	}
	return short(1e6*seconds) + " µs"
}

// footnotes prints the warnings, and where the proofs went.
func (t *text) footnotes() {
	if len(t.warnings) > 0 {
		t.line("")
	}
	for i, w := range t.warnings {
		mark := fmt.Sprintf("[%d] ", i+1)
		t.line("%s%s", t.style(yellow, mark[:len(mark)-1])+" ", wrapFrom(len(mark), w))
	}
	if t.certificates != "" {
		t.line("\nProofs written to %s; check them:\n  %s", t.certificates, t.verifyCommand())
	}
}

func (t *text) verifyCommand() string {
	return "keyhull verify " + quote(t.file) + " " + quote(t.certificates)
}

// quote makes one word of a path for a shell.
func quote(path string) string {
	if strings.ContainsAny(path, " \t\n'\"\\$&;|<>()*?[]#~`!{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// wrapFrom wraps text that begins at a column.
func wrapFrom(column int, text string) string {
	indent := strings.Repeat(" ", column)
	return strings.TrimPrefix(wrap(strings.Repeat("x", column-1)+" "+text, indent), strings.Repeat("x", column-1)+" ")
}

// meaning says in a sentence what the counts mean.
func meaning(sum *tally) string {
	switch n := sum.unselectable(); {
	case sum.keys == 1:
		return "A single key always receives all attention."
	case sum.by[keyhull.Selectable] == sum.keys:
		return "Every key can receive the highest attention: for each some query prefers it to all others." + mayBeRounding(sum)
	case n == 0:
		return fmt.Sprintf("No key is out of reach, but %s only share the highest attention with equal keys.%s",
			can(sum.by[keyhull.Tied]), mayBeRounding(sum))
	case n == sum.keys:
		return "No key can receive the highest attention alone, whatever the query."
	default:
		return fmt.Sprintf("%d of %s (%s) can never receive the highest attention, whatever the query.%s",
			n, count(sum.keys, "key"), strings.TrimSpace(percent(n, sum.keys)), mayBeRounding(sum))
	}
}

func can(n int) string {
	if n == 1 {
		return "1 key can"
	}
	return fmt.Sprintf("%d keys can", n)
}

func mayBeRounding(sum *tally) string {
	if n := sum.rounding(); n > 0 {
		return fmt.Sprintf(" Of those that can, %d may owe it to rounding alone.", n)
	}
	return ""
}
