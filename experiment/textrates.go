package experiment

import (
	"slices"

	"keyhull"
)

// The stages at which keys are looked at, and the readings of them.
const (
	StageBefore = "before" // the norm
	StageAfter  = "after"
	StageHead   = "head" // after W_K, where attention scores them

	Affine  = "affine"         // exact, in the hyperplane of a projection
	NoEps   = "affine, no eps" // the same without the eps of the norm
	Ambient = "ambient"        // float32 numbers in all coordinates
)

// KeyPlace is where in a model keys are looked at, and how.
type KeyPlace struct {
	Layer   int    `json:"layer"`          // from 1; 0 for embeddings
	Head    int    `json:"head,omitempty"` // from 1; 0 for what all heads share
	Stage   string `json:"stage"`
	Reading string `json:"reading"`
	Masked  bool   `json:"masked,omitempty"` // under a causal mask
}

// Rate is the share of keys that are unselectable at a place: the mean over
// texts with Student's 95 % interval. Under a mask it is the share of the pairs
// of a query and a key that it sees. Counts sums up all texts, without a mask.
type Rate struct {
	KeyPlace
	Share      Interval       `json:"share"`
	ByRounding Interval       `json:"by_rounding"` // selectable, by less than float32 can tell
	Counts     keyhull.Counts `json:"counts"`
}

// Survival is the share of keys that a query so many positions later can select.
type Survival struct {
	KeyPlace
	Distance int      `json:"distance"`
	Share    Interval `json:"share"`
}

// ModelRates is one model measured on texts.
type ModelRates struct {
	Norm     string     `json:"norm"` // the variant, as Variant names it
	Seed     uint64     `json:"seed"`
	Texts    int        `json:"texts"`
	Keys     int        `json:"keys"` // in all texts
	Rates    []Rate     `json:"rates"`
	Survival []Survival `json:"survival,omitempty"`
}

// placedCounts are the counts of a text at a place.
type placedCounts struct {
	at     KeyPlace
	counts KeyCounts
}

// sets lists what was counted, always in the same order; first is the number
// of the first layer.
func (t TextCounts) sets(first int) (list []placedCounts) {
	for i, l := range t.Layers {
		at := func(head int, stage, reading string) KeyPlace {
			return KeyPlace{Layer: first + i, Head: head, Stage: stage, Reading: reading}
		}
		list = append(list, placedCounts{at(0, StageBefore, Ambient), l.Before})
		if l.Affine != nil {
			list = append(list, placedCounts{at(0, StageAfter, Affine), *l.Affine})
		}
		if l.NoEps != nil {
			list = append(list, placedCounts{at(0, StageAfter, NoEps), *l.NoEps})
		}
		if l.Ambient != nil {
			list = append(list, placedCounts{at(0, StageAfter, Ambient), *l.Ambient})
		}
		for h, c := range l.Heads {
			list = append(list, placedCounts{at(h+1, StageHead, Ambient), c})
		}
	}
	return list
}

// newModelRates takes the means over texts of one model; at each place over
// those that were looked at there.
func newModelRates(norm string, seed uint64, first int, texts []TextCounts) ModelRates {
	m := ModelRates{Norm: norm, Seed: seed, Texts: len(texts)}
	counts := map[KeyPlace][]KeyCounts{}
	var places []KeyPlace // in order
	for _, t := range texts {
		m.Keys += t.Keys
		for _, s := range t.sets(first) {
			if counts[s.at] == nil {
				places = append(places, s.at)
			}
			counts[s.at] = append(counts[s.at], s.counts)
		}
	}
	for _, at := range places {
		m.add(at, counts[at])
	}
	return m
}

// add adds the rates of one place, from the counts of all texts.
func (m *ModelRates) add(at KeyPlace, texts []KeyCounts) {
	r := Rate{KeyPlace: at, Share: meanOver(texts, KeyCounts.hidden), ByRounding: meanOver(texts, KeyCounts.byRounding)}
	for _, c := range texts {
		r.Counts = plusCounts(r.Counts, c.Counts)
	}
	m.Rates = append(m.Rates, r)
	if texts[0].Masked == nil {
		return
	}
	at.Masked = true
	m.Rates = append(m.Rates, Rate{KeyPlace: at, Share: meanOver(texts, func(c KeyCounts) float64 {
		return float64(c.Masked.Hidden) / float64(c.Masked.Pairs)
	})})
	longest := slices.MaxFunc(texts, func(a, b KeyCounts) int { return len(a.Masked.Seen) - len(b.Masked.Seen) })
	for k := range longest.Masked.Seen {
		long := slices.DeleteFunc(slices.Clone(texts), func(c KeyCounts) bool { return k >= len(c.Masked.Seen) })
		m.Survival = append(m.Survival, Survival{KeyPlace: at, Distance: distance2(k), Share: meanOver(long, func(c KeyCounts) float64 {
			return float64(c.Masked.Alive[k]) / float64(c.Masked.Seen[k])
		})})
	}
}

func meanOver(texts []KeyCounts, share func(KeyCounts) float64) Interval {
	values := make([]float64, len(texts))
	for i, c := range texts {
		values[i] = share(c)
	}
	return within(average(values))
}

// within cuts the interval of a share to where shares are.
func within(v Interval) Interval { return Interval{v.Value, max(v.Low, 0), min(v.High, 1)} }

func (c KeyCounts) keys() float64 {
	return float64(c.Selectable + c.Tied + c.Face + c.Interior)
}

func (c KeyCounts) hidden() float64     { return float64(c.Unselectable()) / c.keys() }
func (c KeyCounts) byRounding() float64 { return float64(c.ByRounding) / c.keys() }

func plusCounts(a, b keyhull.Counts) keyhull.Counts {
	return keyhull.Counts{Selectable: a.Selectable + b.Selectable, Tied: a.Tied + b.Tied, Face: a.Face + b.Face,
		Interior: a.Interior + b.Interior, ByRounding: a.ByRounding + b.ByRounding}
}

// rateAt returns the share at a place over models that differ in their seeds:
// that of the one model, its interval over texts, or else the mean over models,
// its interval over these. It is false where the place was not looked at.
func rateAt(models []ModelRates, at KeyPlace) (Interval, bool) {
	v, _, ok := ratesAt(models, at)
	return v, ok
}

// ratesAt is rateAt with the share of each model.
func ratesAt(models []ModelRates, at KeyPlace) (v Interval, each []float64, ok bool) {
	for _, m := range models {
		for _, r := range m.Rates {
			if r.KeyPlace == at {
				v, each = r.Share, append(each, r.Share.Value)
			}
		}
	}
	if len(each) > 1 {
		v = within(average(each))
	}
	return v, each, len(each) > 0
}

// ofNorm returns the models of a variant.
func ofNorm(models []ModelRates, norm string) (list []ModelRates) {
	for _, m := range models {
		if m.Norm == norm {
			list = append(list, m)
		}
	}
	return list
}

// newRatesTable is an empty table of rates. A row whose seed is "drawn" is a
// mean as a figure shows it, one whose seed is "paper" the paper's number.
func newRatesTable() Table {
	return Table{Header: []string{"norm", "seed", "texts", "layer", "head", "stage", "reading", "mask", "distance", "unselectable_fraction", "low95", "high95",
		"by_rounding_fraction", "selectable", "tied", "face", "interior", "by_rounding"}}
}

// addDrawn adds a row of a figure.
func (t *Table) addDrawn(norm, what string, layer, head, stage any, mask string, distance any, v Interval) {
	t.add(norm, what, "", layer, head, stage, "", mask, distance, v.Value, v.Low, v.High, "", "", "", "", "", "")
}

// addRates adds a row for every rate and every point of survival.
func (t *Table) addRates(models []ModelRates) {
	for _, m := range models {
		for _, r := range m.Rates {
			place := []any{m.Norm, m.Seed, m.Texts, r.Layer, r.headName(), r.Stage, r.Reading, r.mask(), "", r.Share.Value, r.Share.Low, r.Share.High}
			if c := r.Counts; r.Masked {
				t.add(append(place, "", "", "", "", "", "")...)
			} else {
				t.add(append(place, r.ByRounding.Value, c.Selectable, c.Tied, c.Face, c.Interior, c.ByRounding)...)
			}
		}
		for _, s := range m.Survival {
			t.add(m.Norm, m.Seed, m.Texts, s.Layer, s.headName(), s.Stage, s.Reading, s.mask(), s.Distance,
				1-s.Share.Value, 1-s.Share.High, 1-s.Share.Low, "", "", "", "", "", "")
		}
	}
}

func (p KeyPlace) mask() string {
	if p.Masked {
		return "causal"
	}
	return "none"
}

// headName is empty for what all heads share.
func (p KeyPlace) headName() any {
	if p.Head == 0 {
		return ""
	}
	return p.Head
}
