package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"keyhull/audit"
)

// share shows a share of 1 as percent; never some as none, nor nearly all as all.
func share(x float64) string {
	switch p := 100 * x; {
	case x > 0 && p < 0.05:
		return "<0.1\u00a0%"
	case x < 1 && p >= 99.95:
		return ">99.9\u00a0%"
	default:
		return fmt.Sprintf("%.1f\u00a0%%", p)
	}
}

// interval shows a mean and, over several texts, its interval within 0 and 1.
func interval(v audit.Interval) string {
	if !(v.Low < v.High) {
		return share(v.Mean)
	}
	return fmt.Sprintf("%s (%.1f to %.1f)", share(v.Mean), 100*max(0, v.Low), 100*min(1, v.High))
}

// short writes a number with three digits that mean something.
func short(x float64) string { return fmt.Sprintf("%.3g", x) }

// count returns "1 text" or "2 texts".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + noun
}

// visible shows white space, as strip.js does.
func visible(token string) string {
	if token == "" {
		return "∅"
	}
	token = strings.NewReplacer("\n", "⏎", "\t", "⇥").Replace(token)
	if strings.TrimSpace(token) == "" {
		return strings.Repeat("␣", utf8.RuneCountInString(token))
	}
	return token
}

// stageRow is a line of the table of stages.
type stageRow struct {
	Name  string
	Mean  float64
	Worst audit.Interval
	Layer int
}

// stageRows sums up the stages that were looked at, over layers, and the heads.
func (a Audit) stageRows() (rows []stageRow) {
	for _, name := range audit.Stages {
		r, n := stageRow{Name: name}, 0
		for _, s := range a.Summary.Stages {
			if s.Stage == name {
				r.take(s.Layer, s.Unselectable)
				n++
			}
		}
		if n > 0 {
			r.Mean /= float64(n)
			rows = append(rows, r)
		}
	}
	r := stageRow{Name: "heads"}
	for _, h := range a.Summary.Heads {
		r.take(h.Layer, h.Unselectable)
	}
	if n := len(a.Summary.Heads); n > 0 {
		r.Mean /= float64(n)
		rows = append(rows, r)
	}
	return rows
}

func (r *stageRow) take(layer int, v audit.Interval) {
	if r.Mean += v.Mean; v.Mean > r.Worst.Mean {
		r.Worst, r.Layer = v, layer
	}
}

// stageLayer is a layer with a share for each row of stageRows; −1: none.
type stageLayer struct {
	Layer  int
	Shares []float64
}

// stageLayers lays the same out by layer.
func (a Audit) stageLayers() (layers []stageLayer) {
	for _, row := range a.stageRows() {
		for _, s := range a.Summary.Stages {
			if s.Stage == row.Name {
				layers = place(layers, s.Layer)
			}
		}
	}
	for _, h := range a.Summary.Heads {
		layers = place(layers, h.Layer)
	}
	for i := range layers {
		for _, row := range a.stageRows() {
			layers[i].Shares = append(layers[i].Shares, a.stageShare(row.Name, layers[i].Layer))
		}
	}
	return layers
}

func place(layers []stageLayer, layer int) []stageLayer {
	at, found := slices.BinarySearchFunc(layers, layer, func(l stageLayer, want int) int { return l.Layer - want })
	if found {
		return layers
	}
	return slices.Insert(layers, at, stageLayer{Layer: layer})
}

// stageShare is the share at a stage of a layer, or the mean over its heads.
func (a Audit) stageShare(name string, layer int) float64 {
	for _, s := range a.Summary.Stages {
		if s.Layer == layer && s.Stage == name {
			return s.Unselectable.Mean
		}
	}
	sum, n := 0.0, 0
	for _, h := range a.Summary.Heads {
		if name == "heads" && h.Layer == layer {
			sum += h.Unselectable.Mean
			n++
		}
	}
	if n == 0 {
		return -1
	}
	return sum / float64(n)
}
