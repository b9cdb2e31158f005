package audit

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"keyhull"
)

// compared makes a text of one head of given verdicts and relative margins.
func compared(v []keyhull.Verdict, margins []float64) *TextResult {
	ids := []int{7, 5, 3, 1, 8}[:len(v)]
	return &TextResult{IDs: ids, Layers: []LayerResult{{Layer: 2, Heads: []HeadOf{{1, &HeadResult{N: len(v), Verdicts: v, RelativeMargins: margins}}}}}}
}

func TestCompare(t *testing.T) {
	const s, t2, f, i = keyhull.Selectable, keyhull.Tied, keyhull.Face, keyhull.Interior
	var c Comparison
	c.Add(compared([]keyhull.Verdict{s, t2, f, i}, []float64{0.5, 0.4, 0, 0}), compared([]keyhull.Verdict{i, s, t2, f}, []float64{0, 0.3, 0.2, 0}))
	c.Add(compared([]keyhull.Verdict{s, s, s, i, s}, []float64{0.2, 0.8, 0.5, 0, 0.1}), compared([]keyhull.Verdict{t2, f, s, s, s}, []float64{0.3, 0, 0.4, 0.9, 0.1}))
	want := []Flip{
		{Lost, 2, 1, 2, 1, 5, s, f, 0.8, 0},
		{Lost, 2, 1, 1, 0, 7, s, i, 0.5, 0},
		{Gained, 2, 1, 2, 3, 1, i, s, 0, 0.9},
		{Gained, 2, 1, 1, 2, 3, f, t2, 0, 0.2},
		{NewTie, 2, 1, 2, 0, 7, s, t2, 0.2, 0.3},
	}
	if !slices.Equal(c.Flips, want) {
		t.Errorf("%+v", c.Flips)
	}
	// Shifts: 0.25 in the first text; of 0.5, 0.2 and 0 the median in the second.
	sum := c.Sum()
	if math.Abs(sum.Shift-(0.25+0.2)/2) > 1e-12 {
		t.Errorf("margins shift by %g", sum.Shift)
	}
	if sum.Shift = 0; !reflect.DeepEqual(sum, Change{Keys: 9, Lost: 2, Gained: 2, NewTies: 2}) {
		t.Errorf("%+v", sum)
	}
}
