package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"keyhull"
)

// Part is a table beside a result's own, for what a figure can tell on demand.
type Part struct {
	Name  string // of the part: its file is tables/ARTIFACT-NAME.csv
	Table Table
}

// pictured is in how many dimensions key sets are shown.
const pictured = 3

// Parts shows one key set of each cell: the first that holds an unselectable
// key, or the first of all where none does. "sets" says which of its keys are
// unselectable, and "keys" has their coordinates after the norm, rounded for a
// picture: decisions are exact. More than three are projected onto the keys' first
// three principal axes, where a key is hidden; "sets" has the share of their variance
// along those.
func (r *HeatmapResult) Parts(ctx context.Context) ([]Part, error) {
	sets := Table{Header: []string{"d", "n", "run", "unselectable", "variance_shown"}}
	keys := Table{Header: []string{"d", "n", "run", "key", "x1", "x2", "x3"}}
	for _, cell := range r.Cells {
		d, run := cell.Dim, max(0, cell.Run)
		x := draw(stream(r.Config.Seed, d, cell.Keys, run), r.Config.Init, cell.Keys, d)
		res, err := keyhull.Decide(ctx, normed(x, d, r.Config.Norm), keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
		if err != nil {
			return nil, fmt.Errorf("d %d, n %d, run %d: %w", d, cell.Keys, run, err)
		}
		lost := hidden(res)
		at, unit, shown := []float64(nil), 1e4, any("")
		switch {
		case d == pictured:
			at, shown = images(x, d, r.Config.Norm), 1
		case d > pictured && lost != "":
			var part float64
			at, part = principal(images(x, d, r.Config.Norm), d)
			unit, shown = 20, math.Round(1e3*part)/1e3
		}
		sets.add(d, cell.Keys, run, lost, shown)
		for i := 0; i < len(at); i += pictured {
			rounded := func(c int) float64 { return math.Round(unit*at[i+c]) / unit }
			keys.add(d, cell.Keys, run, i/pictured, rounded(0), rounded(1), rounded(2))
		}
	}
	return []Part{{"sets", sets}, {"keys", keys}}, nil
}

// hidden lists the keys that no query selects, with spaces between.
func hidden(r *keyhull.Result) string {
	var list []string
	for i, k := range r.Keys {
		if k.Verdict.Unselectable() {
			list = append(list, fmt.Sprint(i))
		}
	}
	return strings.Join(list, " ")
}

// images are the rows of x, of d numbers each, after a norm.
func images(x []float32, d int, kind string) []float64 {
	list := make([]float64, len(x))
	for i, v := range x {
		list[i] = float64(v)
	}
	centred := kind == "layernorm" || kind == "project"
	for i := 0; centred && i < len(list); i += d {
		floats.AddConst(-stat.Mean(list[i:i+d], nil), list[i:i+d])
	}
	if kind != "none" && kind != "project" {
		for i, f := range factors(x, d, centred) {
			floats.Scale(f, list[i*d:(i+1)*d])
		}
	}
	return list
}

// principal returns keys of d > 3 numbers on their first three principal axes, and
// the share of their variance along those. An axis points to where its largest
// number is above 0, since it has no direction of its own. Fewer than three
// keys are not taken.
func principal(at []float64, d int) (list []float64, shown float64) {
	var pc stat.PC
	var axes, on mat.Dense
	keys := mat.NewDense(len(at)/d, d, at)
	if !pc.PrincipalComponents(keys, nil) {
		panic("internal error: no principal axes")
	}
	pc.VectorsTo(&axes)
	on.Mul(keys, axes.Slice(0, d, 0, pictured))
	for c := range pictured {
		axis := mat.Col(nil, c, &axes)
		if -floats.Min(axis) > floats.Max(axis) {
			scores := on.ColView(c).(*mat.VecDense)
			scores.ScaleVec(-1, scores)
		}
	}
	variances := pc.VarsTo(nil)
	return on.RawMatrix().Data, floats.Sum(variances[:pictured]) / floats.Sum(variances)
}
