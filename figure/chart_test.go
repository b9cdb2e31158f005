package figure_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"keyhull/experiment"
	"keyhull/figure"
)

// TestChart compares with testdata/chart_*.txt; -update writes them.
func TestChart(t *testing.T) {
	loss := samples(3, 17000, 500, 2)["fig2a"].(*experiment.Curves)
	angle := samples(1, 5000, 100, 2)["fig2b"].(*experiment.Curves)
	for name, c := range map[string]struct {
		curves  *experiment.Curves
		unicode bool
	}{"unicode": {loss, true}, "ascii": {loss, false}, "linear": {angle, true}} {
		got, err := figure.Chart(c.curves, c.unicode)
		if err != nil {
			t.Fatal(err)
		}
		file := "testdata/chart_" + name + ".txt"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v, got\n%s", file, err, got)
		}
	}
}

func TestChartsFit(t *testing.T) {
	for name, data := range extremes() {
		c, ok := data.(*experiment.Curves)
		if !ok || name == "no mean" || name == "an empty seed" {
			continue
		}
		for _, unicode := range []bool{true, false} {
			chart, err := figure.Chart(c, unicode)
			if err != nil || strings.Count(chart, "\n") != 12 {
				t.Errorf("%s: %v, not 12 lines:\n%s", name, err, chart)
			}
			for line := range strings.Lines(chart) {
				if utf8.RuneCountInString(line) > 81 || !unicode && len(line) != utf8.RuneCountInString(line) {
					t.Errorf("%s: does not fit: %s", name, line)
				}
			}
		}
	}
	if _, err := figure.Chart(extremes()["no mean"].(*experiment.Curves), true); err == nil {
		t.Error("a chart of seeds that share no step")
	}
}
