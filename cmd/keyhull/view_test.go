package main

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"keyhull"
	"keyhull/decide"
)

// square is the corners of a square (0..3), its centre (4), the middle of an
// edge (5) and a copy of corner 1 (6); corner 0 is near the border.
func square() *decide.Answer {
	a := &decide.Answer{Result: &keyhull.Result{N: 7, Dim: 2, Rank: 2, Keys: []keyhull.Key{
		{Verdict: keyhull.Selectable, RelativeMargin: 1e-7},
		{Verdict: keyhull.Tied, RelativeMargin: 0.5, Copies: []int{6}},
		{Verdict: keyhull.Selectable, RelativeMargin: 0.4},
		{Verdict: keyhull.Selectable, RelativeMargin: 0.6},
		{Verdict: keyhull.Interior, Bases: [][]int{{0, 2}, {1, 3}}},
		{Verdict: keyhull.Face, Bases: [][]int{{0, 1}}},
		{Verdict: keyhull.Tied, RelativeMargin: 0.5, Copies: []int{1}},
	}}}
	a.Counted = a.Counts(1e-6)
	return a
}

func TestTallyTakesRoundingOut(t *testing.T) {
	var sum tally
	sum.add(square(), 1e-6)
	sum.add(square(), 1e-6)
	want := tally{keys: 14, by: [4]int{6, 4, 2, 2}, steady: [4]int{4, 4, 2, 2}}
	if sum != want {
		t.Errorf("got %+v, want %+v", sum, want)
	}
	if sum.rounding() != 2 || sum.unselectable() != 4 {
		t.Errorf("%d by rounding, %d unselectable; want 2, 4", sum.rounding(), sum.unselectable())
	}
}

func TestMasksCountKeysNotBases(t *testing.T) {
	a := square()
	a.Keys[4].Bases = [][]int{{0, 2}, {0, 1, 3}} // key 0 twice, one masked key
	got := masks(a, 3)
	want := []mask{{0, []int{4, 5}}, {1, []int{4, 5}}, {2, []int{4}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestClosestLeavesUnselectableOut(t *testing.T) {
	var places [][2]int
	for _, v := range closest([]decide.Answer{*square(), *square()}, 7) {
		places = append(places, [2]int{v.set, v.key})
	}
	want := [][2]int{{0, 0}, {1, 0}, {0, 2}, {1, 2}, {0, 1}, {0, 6}, {1, 1}}
	if !reflect.DeepEqual(places, want) {
		t.Errorf("got %v, want %v", places, want)
	}
}

func TestFirstKeys(t *testing.T) {
	for n, want := range map[int]string{1: "mask: 0", 3: "mask: 0 1 2", 45: " 23 24 25 26 …"} {
		keys := make([]int, n)
		for i := range keys {
			keys[i] = i
		}
		if got := firstKeys("mask:", keys); !strings.HasSuffix(got, want) {
			t.Errorf("%d keys: %q, want %q", n, got, want)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{3}, spread{1, 3, 3, 3}},
		{[]float64{4, 1, 2}, spread{3, 1, 2, 4}},
		{[]float64{4, 1, 2, 3}, spread{4, 1, 2.5, 4}},
	} {
		if got := spreadOf(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}

func TestAttentionSpreadSplitsByVerdict(t *testing.T) {
	a := square()
	a.Attention = []float64{.9, .5, .8, .7, .1, .3, .5}
	vertices, others := attentionSpread(a)
	if vertices != (spread{5, .5, .7, .9}) || others != (spread{2, .1, .2, .3}) {
		t.Errorf("got %v and %v", vertices, others)
	}
}

func TestTextFitsWidth(t *testing.T) {
	many := make([]int, 5000)
	for i := range many {
		many[i] = i * 7
	}
	var sum tally
	sum.add(square(), 1e-6)
	text := strings.Join([]string{
		keyList(many),
		firstKeys("  key 3 helps mask 5000 keys:", many),
		wrap(strings.Repeat("word é ", 60), "  "),
		"    " + wrapFrom(4, strings.Repeat("warning ", 40)),
		wrap(meaning(&sum), ""),
	}, "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if n := utf8.RuneCountInString(line); n > textWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if lines := strings.Count(keyList(many), "\n"); lines != fewLines {
		t.Errorf("a long list has %d lines and a rest, want %d", lines, fewLines)
	}
}

func TestPercentNeverHidesAKey(t *testing.T) {
	for n, want := range map[int]string{0: "  0.0 %", 1: " <0.1 %", 50_000: " 50.0 %", 99_999: ">99.9 %", 100_000: "100.0 %"} {
		if got := percent(n, 100_000); got != want {
			t.Errorf("percent(%d): %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{0.000_0123: "12.3 µs", 0.00234: "2.34 ms", 12.345: "12.3 s", 123.4: "2m3s"} {
		if got := duration(seconds); got != want {
			t.Errorf("%v: %q, want %q", seconds, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for path, want := range map[string]string{"a/b.npy": "a/b.npy", "my file": "'my file'", "it's": `'it'\''s'`} {
		if got := quote(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
