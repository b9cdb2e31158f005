package experiment

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyhull/run"
)

// TestHeatmapParts holds the sets of the parts against the cells, and their
// pictures against what each norm promises.
func TestHeatmapParts(t *testing.T) {
	for _, norm := range Norms {
		c := Heatmap{Dims: [2]int{3, 5}, Keys: [2]int{4, 14}, Runs: 6, Norm: norm, Init: "normal", Seed: 5}
		res, err := c.Run(t.Context(), run.Pool{})
		if err != nil {
			t.Fatal(err)
		}
		r := res.(*HeatmapResult)
		parts, err := r.Parts(t.Context())
		if err != nil || len(parts) != 2 || parts[0].Name != "sets" || parts[1].Name != "keys" {
			t.Fatalf("%v, %d parts", err, len(parts))
		}
		found := 0
		for i, cell := range r.Cells {
			row := parts[0].Table.Rows[i]
			hidden := strings.Fields(row[3])
			if len(hidden) > 0 != (cell.With > 0) || cell.With > 0 && (row[2] != strconv.Itoa(cell.Run) || !slices.Contains(hidden, strconv.Itoa(cell.Key))) {
				t.Errorf("%s: %+v, but %v", norm, cell, row)
			}
			found += len(hidden)
		}
		if (found > 0) != (norm == "none" || norm == "project") {
			t.Errorf("%s: %d unselectable keys", norm, found)
		}
		checkPictured(t, norm, parts[1].Table)
		checkProjected(t, r, parts)
	}
}

func checkPictured(t *testing.T, norm string, keys Table) {
	t.Helper()
	keys.Rows = slices.DeleteFunc(slices.Clone(keys.Rows), func(row []string) bool { return row[0] != strconv.Itoa(pictured) })
	if want := 11 * (4 + 14) / 2; len(keys.Rows) != want {
		t.Errorf("%s: %d keys, want %d", norm, len(keys.Rows), want)
	}
	for _, row := range keys.Rows {
		sum, squares := 0.0, 0.0
		for _, text := range row[4:] {
			v, _ := strconv.ParseFloat(text, 64)
			sum += v
			squares += v * v
		}
		projected, long := math.Abs(sum) < 3e-4, math.Abs(squares-3) < 1e-3
		if projected != (norm == "project" || norm == "layernorm") || long != (norm != "none" && norm != "project") {
			t.Fatalf("%s: sum %g, squares %g of %v", norm, sum, squares, row)
		}
	}
}

// checkProjected holds the pictures of sets with more dimensions against the
// keys: the share of the squared distances from the mean that they show.
func checkProjected(t *testing.T, r *HeatmapResult, parts []Part) {
	t.Helper()
	row := 0
	for i, cell := range r.Cells {
		var drawn [][]float64
		for ; row < len(parts[1].Table.Rows) && parts[1].Table.Rows[row][0] == strconv.Itoa(cell.Dim) && parts[1].Table.Rows[row][1] == strconv.Itoa(cell.Keys); row++ {
			var at []float64
			for _, text := range parts[1].Table.Rows[row][4:] {
				v, _ := strconv.ParseFloat(text, 64)
				at = append(at, v)
			}
			drawn = append(drawn, at)
		}
		if len(drawn) == 0 && cell.Dim > pictured && cell.With == 0 {
			continue
		}
		x := images(draw(stream(r.Config.Seed, cell.Dim, cell.Keys, max(0, cell.Run)), r.Config.Init, cell.Keys, cell.Dim), cell.Dim, r.Config.Norm)
		all := scatterOf(slices.Collect(slices.Chunk(x, cell.Dim)))
		shown, _ := strconv.ParseFloat(parts[0].Table.Rows[i][4], 64)
		if got := scatterOf(drawn) / all; len(drawn) != cell.Keys || math.Abs(got-shown) > 0.03 || shown > 1 || shown < 3/float64(cell.Dim) {
			t.Errorf("%s, d %d, n %d: %d keys, share %g, not %g", r.Config.Norm, cell.Dim, cell.Keys, len(drawn), got, shown)
		}
	}
}

// scatterOf is the sum of squared distances from the mean.
func scatterOf(rows [][]float64) (sum float64) {
	for c := range rows[0] {
		mean := 0.0
		for _, row := range rows {
			mean += row[c] / float64(len(rows))
		}
		for _, row := range rows {
			sum += (row[c] - mean) * (row[c] - mean)
		}
	}
	return sum
}
