package experiment

import (
	"fmt"
	"math"
	"slices"
)

// LayerShares is what share of the keys is unselectable in each layer, for
// several models or readings: data to draw.
type LayerShares struct {
	Title  string        `json:"title"`
	Layers []string      `json:"layers"`
	Series []LayerSeries `json:"series"`
}

// LayerSeries has a value for each layer. Paper is what the paper found; nil
// where it gives no numbers.
type LayerSeries struct {
	Norm   string     `json:"norm"` // how the series is drawn, as Variant has it
	Label  string     `json:"label"`
	Second bool       `json:"second,omitempty"` // of two series with this norm: it is drawn hollow
	Over   int        `json:"over"`             // how many values the intervals are over: seeds, or the texts of one seed
	Values []Interval `json:"values"`
	Spread []Interval `json:"spread,omitempty"` // of two seeds: their mean, the lower and the higher
	Paper  []float64  `json:"paper,omitempty"`  // fractions too
}

// leastOver is from how many values on an interval says something: that of two is
// 13 times as wide as they differ by.
const leastOver = 3

// Shown are the values with their intervals; those of two seeds with both.
func (s LayerSeries) Shown() []Interval {
	switch {
	case s.Over >= leastOver:
		return s.Values
	case len(s.Spread) == len(s.Values):
		return s.Spread
	}
	list := make([]Interval, len(s.Values))
	for i, v := range s.Values {
		list[i] = Interval{v.Value, v.Value, v.Value}
	}
	return list
}

// add adds a layer's value, and where it is that of two seeds both.
func (s *LayerSeries) add(v Interval, seeds []float64) {
	s.Values = append(s.Values, v)
	if len(seeds) == 2 {
		s.Spread = append(s.Spread, Interval{v.Value, slices.Min(seeds), slices.Max(seeds)})
	}
}

// layerNames are those of GPT-2's layers.
func layerNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("layer %d", i+1))
	}
	return names
}

// percents are the paper's numbers as fractions.
func percents(list ...float64) []float64 {
	for i := range list {
		list[i] /= 100
	}
	return list
}

// Check returns an error if the shares cannot be drawn.
func (l *LayerShares) Check() error {
	if len(l.Layers) == 0 || len(l.Series) == 0 {
		return fmt.Errorf("%d layers, %d series", len(l.Layers), len(l.Series))
	}
	for _, s := range l.Series {
		if len(s.Values) != len(l.Layers) || s.Paper != nil && len(s.Paper) != len(l.Layers) {
			return fmt.Errorf("%s: %d values and %d of the paper for %d layers", s.Label, len(s.Values), len(s.Paper), len(l.Layers))
		}
		for i, v := range s.Values {
			if slices.ContainsFunc([]float64{v.Low, v.Value, v.High}, func(x float64) bool { return !(math.Abs(x) <= 1) }) {
				return fmt.Errorf("%s, %s: %v is no share", s.Label, l.Layers[i], v)
			}
		}
	}
	return nil
}

// Table has a row for each value.
func (l *LayerShares) Table() Table {
	t := Table{Header: []string{"series", "layer", "unselectable_fraction", "low95", "high95", "paper"}}
	for _, s := range l.Series {
		for i, v := range s.Values {
			paper := any("")
			if s.Paper != nil {
				paper = s.Paper[i]
			}
			t.add(s.Label, l.Layers[i], v.Value, v.Low, v.High, paper)
		}
	}
	return t
}

// Grid is a table for people: a row for each series, and one for the paper's
// numbers where there are some.
type Grid struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// Grid has the shares in percent, with their intervals.
func (l *LayerShares) Grid() Grid {
	g := Grid{Columns: append([]string{"unselectable keys (%)"}, l.Layers...)}
	for _, s := range l.Series {
		row := []string{s.Label}
		for _, v := range s.Shown() {
			row = append(row, v.cell())
		}
		g.Rows = append(g.Rows, row)
		if s.Paper != nil {
			row := []string{"    the paper's"}
			for _, p := range s.Paper {
				row = append(row, hundredths(p))
			}
			g.Rows = append(g.Rows, row)
		}
	}
	return g
}

// cell writes an interval of fractions in percent without the sign; one without
// width as its value alone.
func (v Interval) cell() string {
	return hundredths(v.Value) + v.interval("%s to %s", hundredths)
}
