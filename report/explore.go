package report

import (
	"encoding/json"
	"html/template"
	"io"
)

// exploreScripts are the explorable hull, in the order in which they need each other.
var exploreScripts = []string{"make.js", "svg.js", "hull.js", "hull_decide.js", "hull_measure.js", "explore_words.js", "explore_draw.js", "explore.js"}

// spaceScripts define, behind make.js and svg.js, keyhullSpace(element, csv), which fills an element with Fig. 1a or 1b in
// three dimensions; csv is the text of the figure's table. Its style is page/space.css.
var spaceScripts = []string{"space.js"}

var explorePage = template.Must(template.ParseFS(files, "page/explore_page.html", "page/explore.html"))

// Preset is a set of keys of two or three numbers that the explorable hull
// offers beside its own.
type Preset struct {
	Name string
	Keys [][]float64
}

// WriteExplore writes the explorable hull as a page of its own: keys that one
// moves, with verdicts decided in the page. It needs no other file and no
// network; its policy forbids both. It panics on a preset of no keys, or of keys
// of other than two or three numbers each.
func WriteExplore(w io.Writer, presets ...Preset) error {
	style, err := joined("style.css", "explore.css")
	if err != nil {
		return err
	}
	script, err := enclosed(exploreScripts...)
	if err != nil {
		return err
	}
	return explorePage.Execute(w, map[string]any{"Style": template.CSS(style), "Script": script,
		"Hash": hash(script), "Presets": presetData(presets)})
}

// enclosed joins scripts so that nothing else on a page sees their names.
func enclosed(names ...string) (template.JS, error) {
	script, err := joined(names...)
	return template.JS("(() => {\n" + string(script) + "})();\n"), err
}

// presetData is what the template "explore" takes: JSON, or "" for no presets.
func presetData(presets []Preset) string {
	if len(presets) == 0 {
		return ""
	}
	keys := map[string][][]float64{}
	for _, p := range presets {
		if len(p.Keys) == 0 {
			panic("report: a preset of no keys")
		}
		for _, k := range p.Keys {
			if d := len(p.Keys[0]); len(k) != d || d < 2 || d > 3 {
				panic("report: keys of a preset have two or three numbers, all as many")
			}
		}
		keys[p.Name] = p.Keys
	}
	data, err := json.Marshal(keys)
	if err != nil {
		panic(err) // NaN or Inf
	}
	return string(data)
}
