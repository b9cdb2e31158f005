package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"

	"keyhull"
)

// Part is a table beside a result's own, for what a figure can tell on demand.
type Part struct {
	Name  string // of the part: its file is tables/ARTIFACT-NAME.csv
	Table Table
}

// pictured is the dimension of which key sets can be shown.
const pictured = 3

// Parts shows one key set of each cell: the first that holds an unselectable
// key, or the first of all where none does. "sets" says which of its keys are
// unselectable, and "keys" has the coordinates of sets in three dimensions, after
// the norm and rounded to four decimals, for a picture: decisions are exact.
func (r *HeatmapResult) Parts(ctx context.Context) ([]Part, error) {
	sets := Table{Header: []string{"d", "n", "run", "unselectable"}}
	keys := Table{Header: []string{"d", "n", "run", "key", "x1", "x2", "x3"}}
	for _, cell := range r.Cells {
		run := max(0, cell.Run)
		x := draw(stream(r.Config.Seed, cell.Dim, cell.Keys, run), r.Config.Init, cell.Keys, cell.Dim)
		res, err := keyhull.Decide(ctx, normed(x, cell.Dim, r.Config.Norm), keyhull.Options{Workers: 1, Margins: keyhull.MarginNone})
		if err != nil {
			return nil, fmt.Errorf("d %d, n %d, run %d: %w", cell.Dim, cell.Keys, run, err)
		}
		sets.add(cell.Dim, cell.Keys, run, hidden(res))
		if cell.Dim != pictured {
			continue
		}
		for i, k := range images(x, r.Config.Norm) {
			keys.add(cell.Dim, cell.Keys, run, i, k[0], k[1], k[2])
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

// images are the rows of x, in three dimensions, after a norm.
func images(x []float32, kind string) [][pictured]float64 {
	list := make([][pictured]float64, len(x)/pictured)
	factor := make([]float64, len(list))
	for i := range factor {
		factor[i] = 1
	}
	centred := kind == "layernorm" || kind == "project"
	if kind != "none" && kind != "project" {
		factor = factors(x, pictured, centred)
	}
	for i := range list {
		mean := 0.0
		for c := range pictured {
			list[i][c] = float64(x[i*pictured+c])
			mean += list[i][c] / pictured
		}
		for c := range pictured {
			if centred {
				list[i][c] -= mean
			}
			list[i][c] = math.Round(1e4*float64(factor[i]*list[i][c])) / 1e4
		}
	}
	return list
}
