package report_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"keyhull/experiment"
	"keyhull/figure"
	"keyhull/report"
)

// curvesOf makes curves as noisy as losses are, which hardly pack.
func curvesOf(seeds, steps, every int, norms ...string) experiment.Curves {
	c := experiment.Curves{Title: "made up", Quantity: "training loss", Unit: "nats"}
	for n, norm := range norms {
		v := experiment.Variant{Norm: norm, Label: norm}
		for seed := range seeds {
			rng := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
			s := experiment.SeedCurve{Seed: uint64(seed)}
			for step := every; step <= steps; step += every {
				s.Steps = append(s.Steps, step)
				s.Values = append(s.Values, 7+3*math.Exp(-float64(step)/500)+.05*rng.NormFloat64())
			}
			v.Seeds = append(v.Seeds, s)
		}
		c.Variants = append(c.Variants, v)
	}
	return c
}

// fullSize is data as large as those of the full preset.
func fullSize() map[string]figure.Data {
	rng := rand.New(rand.NewPCG(1, 1))
	heat := &experiment.HeatmapResult{Config: experiment.Heatmap{Dims: [2]int{3, 15}, Keys: [2]int{3, 60}, Runs: 100, Norm: "none", Init: "normal"}}
	for n := 3; n <= 60; n++ {
		for d := 3; d <= 15; d++ {
			heat.Cells = append(heat.Cells, experiment.HeatmapCell{Dim: d, Keys: n, With: rng.IntN(101)})
		}
	}
	scatter := &experiment.Scatter{Title: "made up", Norm: "layernorm"}
	for range 10 {
		v := [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		scatter.Keys, scatter.Queries = append(scatter.Keys, v), append(scatter.Queries, v)
	}
	table := &experiment.TableResult{Shares: experiment.LayerShares{Title: "made up", Layers: []string{"layer 1", "layer 2", "layer 3", "layer 4"}}}
	for _, norm := range []string{"project", "project-learned", "project-times", "layernorm"} {
		s := experiment.LayerSeries{Norm: norm, Label: norm, Over: 300, Paper: []float64{.5, .3, .2, .1}}
		for range table.Shares.Layers {
			v := .9 * rng.Float64()
			s.Values = append(s.Values, experiment.Interval{Value: v, Low: .9 * v, High: 1.1 * v})
		}
		table.Shares.Series = append(table.Shares.Series, s)
	}
	m := &experiment.Mechanism{Title: "made up"}
	for _, norm := range []string{"layernorm", "scale-published", "scale"} {
		var keys [][]float64
		for range 20 {
			keys = append(keys, []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()})
		}
		m.Models = append(m.Models, experiment.NewAttention(norm, norm, keys, keys))
	}
	pair, five, four := []string{"layernorm", "scale-published", "scale"}, []string{"layernorm", "scale", "layernorm-small", "scale-published", "none"}, []string{"layernorm", "project", "project-times", "project-learned"}
	fig2, fig4a, fig4b := curvesOf(10, 17000, 100, pair...), curvesOf(2, 50000, 10, four...), curvesOf(2, 50000, 250, four...)
	return map[string]figure.Data{"fig1a": scatter, "fig1b": scatter, "fig1c": heat, "fig1d": heat, "fig2a": &fig2, "fig2b": &fig2, "fig3": &fig2,
		"fig4a": &fig4a, "fig4b": &fig4b, "control-scaling": &fig4b, "control-projection": &experiment.Control{Loss: curvesOf(10, 17000, 100, five...), Threshold: .3},
		"mechanism": m, "heads": heat, "rounding": heat, "table1": table, "table2": table, "table3": table, "table4": table, "heads-trained": heat, "fig5": scatter}
}

// TestPageStaysSmall holds the page of a full reproduction under 3 MB, with
// its PDF figures.
func TestPageStaysSmall(t *testing.T) {
	r, files := report.Results{Keyhull: "v1", Artifacts: map[string]report.Entry{}}, map[string][]byte{}
	for name, data := range fullSize() {
		e := report.Entry{Status: report.Done, Verdict: experiment.Reproduced, Note: strings.Repeat("a sentence of some length ", 30)}
		file := func(name string, write func(*bytes.Buffer) error) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			e.Files, files[name] = append(e.Files, name), b.Bytes()
		}
		file("tables/"+name+".csv", func(b *bytes.Buffer) error { return data.Table().Write(b) })
		if p, ok := data.(*experiment.HeatmapResult); ok && strings.HasPrefix(name, "fig1") {
			parts, err := p.Parts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range parts {
				file("tables/"+name+"-"+part.Name+".csv", func(b *bytes.Buffer) error { return part.Table.Write(b) })
			}
		}
		for _, format := range []string{"svg", "pdf"} {
			file(fmt.Sprintf("figures/%s.%s", name, format), func(b *bytes.Buffer) error { return figure.Of(data).Write(b, format) })
		}
		r.Artifacts[name] = e
	}
	v, err := report.NewView(r, files)
	if err != nil {
		t.Fatal(err)
	}
	page := rendered(t, v)
	t.Logf("%d bytes", len(page))
	if len(page) > 3_000_000 || strings.Count(page, "data:application/pdf") < 5 {
		t.Errorf("%d bytes with %d of %d PDF figures", len(page), strings.Count(page, "data:application/pdf"), len(r.Artifacts))
	}
	if !strings.Contains(page, `steps; <a href="tables/fig4a.csv">all</a> beside this page`) {
		t.Error("the longest curves are whole, or without a link to all")
	}
}
