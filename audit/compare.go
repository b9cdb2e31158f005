package audit

import (
	"cmp"
	"math"
	"slices"

	"keyhull"
)

// Comparison gathers how verdicts differ between two files of a model, over
// texts. Its zero value has none.
type Comparison struct {
	Heads []Change `json:"heads"`
	// Flips are all keys whose verdicts differ in what Change counts: first those
	// that were lost, then those gained, then new ties, each with the largest margins
	// first.
	Flips []Flip `json:"flips"`
	texts int
}

// Change sums up one head.
type Change struct {
	Layer   int `json:"layer"`
	Head    int `json:"head"`
	Keys    int `json:"keys"`
	Lost    int `json:"lost"`     // selectable or tied in the first alone
	Gained  int `json:"gained"`   // in the second alone
	NewTies int `json:"new_ties"` // equal to another key in the second alone
	// Shift is the median of |b/a − 1| over the keys of a text that are vertices in both
	// files, with relative margins a > 0 and b, and the mean of that over texts.
	Shift float64 `json:"margin_shift"`
}

// The kinds of a Flip.
const (
	Lost   = "lost"
	Gained = "gained"
	NewTie = "new tie"
)

// Flip is one key, whose verdict and relative margin are First in one file and
// Second in the other.
type Flip struct {
	Kind         string          `json:"kind"`
	Layer        int             `json:"layer"`
	Head         int             `json:"head"`
	Text         int             `json:"text"` // from 1
	Key          int             `json:"key"`
	ID           int             `json:"id"` // of its token
	First        keyhull.Verdict `json:"first"`
	Second       keyhull.Verdict `json:"second"`
	FirstMargin  float64         `json:"first_margin"`
	SecondMargin float64         `json:"second_margin"`
}

// Add adds two results on the same text, looked at in the same way. It panics if
// they differ in heads or keys.
func (c *Comparison) Add(first, second *TextResult) {
	c.texts++
	if c.Flips == nil {
		c.Flips = []Flip{} // JSON has a list
	}
	at := 0
	for i, l := range first.Layers {
		for j, h := range l.Heads {
			if at == len(c.Heads) {
				c.Heads = append(c.Heads, Change{Layer: l.Layer, Head: h.Head})
			}
			other := second.Layers[i].Heads[j].HeadResult
			for key := range h.Verdicts {
				c.key(at, first.IDs[key], key, h.HeadResult, other)
			}
			change := &c.Heads[at]
			change.Keys += h.N
			change.Shift += (shift(h.HeadResult, other) - change.Shift) / float64(c.texts)
			at++
		}
	}
	order := []string{Lost, Gained, NewTie}
	slices.SortStableFunc(c.Flips, func(a, b Flip) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			cmp.Compare(max(b.FirstMargin, b.SecondMargin), max(a.FirstMargin, a.SecondMargin)))
	})
}

// key counts one key of the head at a place of Heads.
func (c *Comparison) key(at, id, key int, first, second *HeadResult) {
	v, w, change := first.Verdicts[key], second.Verdicts[key], &c.Heads[at]
	lost, gained, tie := !v.Unselectable() && w.Unselectable(), v.Unselectable() && !w.Unselectable(), v != keyhull.Tied && w == keyhull.Tied
	change.Lost += one(lost)
	change.Gained += one(gained)
	change.NewTies += one(tie)
	kind := NewTie
	switch {
	case lost:
		kind = Lost
	case gained:
		kind = Gained
	case !tie:
		return
	}
	c.Flips = append(c.Flips, Flip{kind, change.Layer, change.Head, c.texts, key, id, v, w, first.RelativeMargins[key], second.RelativeMargins[key]})
}

// shift is the median relative change of margins, 0 if there are none.
func shift(first, second *HeadResult) float64 {
	var all []float64
	for i, v := range first.Verdicts {
		if a, b := first.RelativeMargins[i], second.RelativeMargins[i]; a > 0 && !v.Unselectable() && !second.Verdicts[i].Unselectable() {
			all = append(all, math.Abs(b/a-1))
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// Sum adds up all heads: of their shifts the mean.
func (c *Comparison) Sum() (sum Change) {
	for _, h := range c.Heads {
		sum.Keys += h.Keys
		sum.Lost += h.Lost
		sum.Gained += h.Gained
		sum.NewTies += h.NewTies
		sum.Shift += h.Shift / float64(len(c.Heads))
	}
	return sum
}
