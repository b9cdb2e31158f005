package experiment

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"keyhull"
	"keyhull/norm"
)

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// counts of 10 keys of which so many are interior, and 2 faces.
func countsWith(interior int) KeyCounts {
	return KeyCounts{Counts: keyhull.Counts{Selectable: 7 - interior, Tied: 1, Face: 2, Interior: interior, ByRounding: 1}}
}

func TestRatesAreMeansOverTexts(t *testing.T) {
	var texts []TextCounts
	for i, interior := range []int{1, 2, 6} {
		head := countsWith(interior)
		head.Masked = &MaskedCounts{Pairs: 55, Hidden: 11 * i, Alive: []int{10, 9 - i}[:1+min(i, 1)], Seen: []int{10, 9}[:1+min(i, 1)]}
		texts = append(texts, TextCounts{Keys: 10, Layers: []LayerCounts{{Before: countsWith(0), Heads: []KeyCounts{head}}}})
	}
	m := newModelRates("project", 3, 0, texts)
	if m.Texts != 3 || m.Keys != 30 || len(m.Rates) != 3 {
		t.Fatalf("%+v", m)
	}
	at := KeyPlace{Layer: 0, Head: 1, Stage: StageHead, Reading: Ambient}
	got, ok := rateAt([]ModelRates{m}, at)
	if want := average([]float64{.3, .4, .8}); !ok || got != within(want) || !(want.Low < 0 && got.Low == 0) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if c := m.Rates[1].Counts; c.Interior != 9 || c.Face != 6 || c.Selectable != 12 || c.ByRounding != 3 {
		t.Errorf("%+v", c)
	}
	at.Masked = true
	if got, _ := rateAt([]ModelRates{m}, at); got != within(average([]float64{0, .2, .4})) {
		t.Errorf("masked: %+v", got)
	}
	if s := m.Survival; len(s) != 2 || s[1].Distance != 1 || s[1].Share != within(average([]float64{8. / 9, 7. / 9})) {
		t.Errorf("the first text has no key at distance 1: %+v", s)
	}
	other := m
	other.Rates = append([]Rate(nil), m.Rates...)
	other.Rates[2].Share.Value = 1
	if got, _ := rateAt([]ModelRates{m, other}, at); got != within(average([]float64{m.Rates[2].Share.Value, 1})) {
		t.Errorf("two models: %+v", got)
	}
	if _, ok := rateAt(ofNorm([]ModelRates{m}, "none"), at); ok {
		t.Error("a rate of a model that is not there")
	}
}

func TestRatesTable(t *testing.T) {
	l := statesOf(40, 4, 2, norm.Project, 1)
	text, err := measureText(t.Context(), []LayerStates{l, l})
	if err != nil {
		t.Fatal(err)
	}
	table := newRatesTable()
	table.addRates([]ModelRates{newModelRates("project", 1, 1, []TextCounts{text, text})})
	for _, row := range table.Rows {
		if len(row) != len(table.Header) {
			t.Fatalf("%d fields in %v", len(row), row)
		}
	}
	var b bytes.Buffer
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nproject,1,2,1,,before,ambient,none,,", "\nproject,1,2,2,,after,affine,causal,,", "\nproject,1,2,2,2,head,ambient,causal,32,"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	if n := len(table.Rows); n != 2*(3+1+2*2)+2*3*distances(40) { // sets and masks; survival of 3 sets
		t.Errorf("%d rows", n)
	}
}
