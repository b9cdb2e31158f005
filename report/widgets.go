package report

import (
	"maps"
	"math"

	"keyhull/experiment"
)

// widget makes a figure interactive: page/report.js hands its options to the
// script that has registered under its kind, with the artifact's tables. The
// figure as it was drawn stays, for print and where no script runs.
type widget struct {
	Kind    string         `json:"kind"`    // the name under which a script registers
	First   bool           `json:"first"`   // shown before the figure as it was drawn, not only on demand
	Options map[string]any `json:"options"` // for the script
}

// widgets of each artifact by name.
var widgets = map[string][]widget{
	"fig1a":              {{"space", true, nil}},
	"fig1b":              {{"space", true, nil}},
	"fig1c":              {cells(true, "d", "dimension d", "fraction", "low95", "high95", "none")},
	"fig1d":              {cells(true, "d", "dimension d", "fraction", "low95", "high95", "layernorm")},
	"heads":              {cells(false, "width", "width w of the head", "runs_fraction", "runs_low95", "runs_high95", "")},
	"fig2a":              {curvesOver(true, true)},
	"fig2b":              {{"curves", true, map[string]any{"range": [2]int{0, 90}, "limits": [2]int{0, 90}}}},
	"fig3":               {{"curves", true, map[string]any{"limits": [2]int{0, 1}}}},
	"fig4a":              {curvesOver(false, false)},
	"fig4b":              {curvesOver(false, false)},
	"control-projection": {curvesOver(false, true)},
	"control-scaling":    {curvesOver(false, false)},
}

// cells is a heatmap of the column share over the column x and the numbers of
// keys. norm is that of the command that makes single cells, "" for none.
func cells(first bool, x, label, share, low, high, norm string) widget {
	return widget{"heatmap", first, map[string]any{"x": x, "label": label, "share": share, "low": low, "high": high, "norm": norm, "palette": palette}}
}

// curvesOver are curves of a loss over steps, one a seed.
func curvesOver(first, log bool) widget {
	return widget{"curves", first, map[string]any{"log": log, "limits": [2]float64{0, math.MaxFloat64}}}
}

// look is how the page's curves show a variant: one of the colours of
// page/curves.js, and dashes as package figure has them.
type look struct {
	Name  string `json:"name"`
	Color int    `json:"color"`
	Dash  string `json:"dash,omitempty"`
}

var looks = map[string]look{
	"layernorm": {Color: 0}, "scale": {Color: 0, Dash: "5 3"}, "layernorm-small": {Color: 1}, "scale-published": {Color: 1, Dash: "5 3"},
	"project": {Color: 2, Dash: "6 5"}, "project-times": {Color: 1, Dash: "3 5"}, "project-learned": {Color: 3, Dash: "8 3 2 3"},
	"none": {Color: 4, Dash: "1.5 2.5"},
}

// widgets of an artifact, with the seed of the results and the names of the
// variants that curves can have.
func (r Results) widgets(of experiment.Artifact) []widget {
	named := map[string]look{}
	for norm, name := range of.Variants() {
		l := looks[norm]
		l.Name = name
		named[norm] = l
	}
	var list []widget
	for _, w := range widgets[of.Name] {
		options := map[string]any{"seed": r.Seed, "looks": named}
		maps.Copy(options, w.Options)
		list = append(list, widget{w.Kind, w.First, options})
	}
	return list
}
