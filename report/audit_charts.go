package report

import (
	"fmt"
	"math"
	"slices"

	"keyhull/audit"
)

// stageChart draws the stages by layer; nil if nothing is unselectable.
func (a Audit) stageChart() *chart {
	layers, rows := a.stageLayers(), a.stageRows()
	most := 0.0
	for _, r := range rows {
		most = max(most, r.Worst.Mean)
	}
	if most == 0 {
		return nil
	}
	first, last := float64(layers[0].Layer), float64(layers[len(layers)-1].Layer)
	xs := axis{first - 0.3, last + 0.3, false}
	c := newChart("Unselectable keys by layer", "layer", "share of keys", xs, shares(most))
	c.XTicks, c.YTicks = wholeTicks(xs), c.shareTicks(c.y)
	c.headRange(a.Summary.Heads)
	for i, r := range rows {
		var x, y []float64
		for _, l := range layers {
			if l.Shares[i] >= 0 {
				x, y = append(x, float64(l.Layer)), append(y, l.Shares[i])
			}
		}
		text := r.Name
		if r.Name == "heads" {
			text = "heads, mean of a layer"
		}
		c.line(stageClass(r.Name), text, x, y)
	}
	c.Says = fmt.Sprintf("Share of unselectable keys by layer, a curve for each stage; curves that coincide hide one another. Most: %s.", share(most))
	return c
}

func stageClass(name string) string {
	return map[string]string{audit.BeforeNorm: "c-grey", audit.Projected: "c-green", audit.Scaled: "c-purple", audit.AfterNorm: "c-blue", "heads": "c-red"}[name]
}

// headRange shades what lies between the least and the most head of a layer.
func (c *chart) headRange(heads []audit.HeadSummary) {
	var x, low, high []float64
	for _, h := range heads {
		n := len(x) - 1
		if n < 0 || x[n] != float64(h.Layer) {
			x, low, high = append(x, float64(h.Layer)), append(low, 1), append(high, 0)
			n++
		}
		low[n], high[n] = min(low[n], h.Unselectable.Mean), max(high[n], h.Unselectable.Mean)
	}
	if len(x) > 1 {
		c.area("c-red", "all heads of a layer", x, low, high)
	}
}

// fewPairs is how many keys a distance must have to be drawn.
const fewPairs = 16

// survivalChart draws which share of keys queries so much later can select; nil
// without a mask, or if no key dies.
func (t *AuditTexts) survivalChart() (*chart, [][]string) {
	distances, least := t.distances()
	if len(distances) < 2 || least == 1 {
		return nil, nil
	}
	var curves [5][]float64 // least, quartiles, most
	var rows [][]string
	next := 1.0
	for _, d := range distances {
		row := []string{fmt.Sprintf("%g", d)}
		for i, v := range t.quartiles(int(d)) {
			curves[i] = append(curves[i], v)
			row = append(row, share(v))
		}
		if d >= next || d == distances[len(distances)-1] {
			rows, next = append(rows, row), 2*d
		}
	}
	low := 0.0
	if least > 0.5 {
		step := roundStep((1 - least) / 4)
		low = max(0, step*math.Floor(least/step))
	}
	xs := axis{1, distances[len(distances)-1], true}
	c := newChart("Keys that can still be selected", "positions later (log scale)", "share of keys", xs, axis{low, 1, false})
	c.XTicks, c.YTicks = wholeTicks(xs), c.shareTicks(c.y)
	c.area("c-blue", "all heads", distances, curves[0], curves[4])
	c.area("c-blue half", "the middle half of heads", distances, curves[1], curves[3])
	c.line("c-blue", "median head", distances, curves[2])
	last := len(distances) - 1
	c.Says = fmt.Sprintf("Share of keys that a query later can still select: in the median head %s one position later, %s %g positions later.", share(curves[2][0]), share(curves[2][last]), distances[last])
	return c, rows
}

// distances are those drawn, 15 % apart, and the least survival among them.
func (t *AuditTexts) distances() (list []float64, least float64) {
	least = 1
	for d := 1; ; d = max(d+1, int(1.15*float64(d))) {
		for _, l := range t.lives {
			if d >= len(l.seen) || l.seen[d] < fewPairs {
				return list, least
			}
			least = min(least, float64(l.alive[d])/float64(l.seen[d]))
		}
		if len(t.lives) == 0 {
			return nil, 1
		}
		list = append(list, float64(d))
	}
}

func (t *AuditTexts) quartiles(d int) (q [5]float64) {
	var all []float64
	for _, l := range t.lives {
		all = append(all, float64(l.alive[d])/float64(l.seen[d]))
	}
	slices.Sort(all)
	for i := range q {
		q[i] = all[i*(len(all)-1)/4]
	}
	return q
}
