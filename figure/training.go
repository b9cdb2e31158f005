package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// training draws curves over training: a thin line for each seed, a thick one
// with a band for their mean, and the paper's numbers.
func training(r *experiment.Curves) Figure {
	return Figure{width: 380, height: 316, draw: func(c draw.Canvas) {
		c = draw.Crop(c, 8, -12, 8, -8)
		top := title(c, r.Title)
		top += legend(draw.Crop(c, 36, 0, 0, -top), curveEntries(r))
		p := curvePlot(r)
		p.Add(curvePlotter{r, true})
		p.Draw(draw.Crop(c, 0, 0, 0, -top-4))
	}}
}

func curveEntries(r *experiment.Curves) []entry {
	var list []entry
	for _, v := range r.Variants {
		list = append(list, lineEntry(lookOf(v.Norm), v.Label))
	}
	if n := mostSeeds(r); n > 1 {
		text := fmt.Sprintf("%d seeds, mean, 95 %% interval", n)
		if n < leastBand {
			text = fmt.Sprintf("%d seeds, mean", n)
		}
		list = append(list, entry{text, func(c draw.Canvas, x, y vg.Length) {
			if n >= leastBand {
				rectangle(c, light(grey), x, y-4, x+sampleWidth, y+4)
			}
			c.StrokeLine2(draw.LineStyle{Color: grey, Width: 1.8}, x, y, x+sampleWidth, y)
			for _, dy := range []vg.Length{-5.5, 2.5} {
				c.StrokeLine2(draw.LineStyle{Color: grey, Width: 0.4}, x, y+dy, x+sampleWidth, y+dy+2)
			}
		}})
	}
	if len(r.Paper) > 0 {
		list = append(list, paperEntry(r))
	}
	return list
}

func mostSeeds(r *experiment.Curves) int {
	most := 0
	for _, v := range r.Variants {
		most = max(most, len(v.Seeds))
	}
	return most
}

// curvePlot has the axes and the grid.
func curvePlot(r *experiment.Curves) *plot.Plot {
	name := r.Quantity
	if r.Unit != "" {
		name += " (" + r.Unit + ")"
	}
	p := newPlot("", "training steps", name)
	x, y := spans(r)
	x.set(&p.X, false)
	y.set(&p.Y, r.Log)
	if r.Unit == "degrees" && y.high-y.low > 45 {
		p.Y.Tick.Marker = ticks([]int{0, 15, 30, 45, 60, 75, 90})
	}
	addGrid(p)
	return p
}

// spans are the axes' ranges: bands that go farther than any seed are cut.
func spans(r *experiment.Curves) (x, y span) {
	x, y = span{0, 1}, span{math.Inf(1), math.Inf(-1)}
	see := func(step int, value float64) {
		x.include(float64(step))
		y.include(value)
	}
	for _, v := range r.Variants {
		for _, s := range v.Seeds {
			for i, step := range s.Steps {
				see(step, s.Values[i])
			}
		}
	}
	reached := 1.05 * x.high // a mark much later would leave the plot empty
	for _, m := range r.Paper {
		if float64(m.Step) <= reached {
			see(m.Step, m.Value)
		}
	}
	if y = y.padded(r.Log); r.Range[1] > r.Range[0] {
		y = span{r.Range[0], r.Range[1]}
	}
	return x, y
}

// curvePlotter draws the curves; it is a plot.Plotter.
type curvePlotter struct {
	*experiment.Curves
	seeds bool // whether single seeds are drawn too
}

// Plot implements plot.Plotter: bands, seeds, means, then the paper's marks.
func (r curvePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	at := r.places(c, p)
	var lines [][]vg.Point
	for _, v := range r.Variants {
		band(c, v, at)
	}
	for _, v := range r.Variants {
		for i := 0; r.seeds && len(v.Seeds) > 1 && i < len(v.Seeds); i++ {
			points, l := seedLine(v.Seeds[i], at), lookOf(v.Norm)
			l.colour.A = 0x70
			stroke(c, draw.LineStyle{Color: l.colour, Width: thin(v)}, points)
			if len(points) == 1 && c.Contains(points[0]) {
				l.glyph(c, points[0], 1.8)
			}
			lines = append(lines, points)
		}
	}
	for _, v := range r.Variants {
		points, l := meanLine(v, at), lookOf(v.Norm)
		stroke(c, l.line(1.8), points)
		if len(points) == 1 && c.Contains(points[0]) {
			l.glyph(c, points[0], 3)
		}
		lines = append(lines, points)
	}
	for _, m := range r.Paper {
		if to := at(m.Step, m.Value); c.Contains(to) {
			lines = append(lines, r.mark(c, m, to, lines))
		}
	}
}

// thin is the width of a seed's line, which is all there is without a mean.
func thin(v experiment.Variant) vg.Length {
	if len(v.Mean()) == 0 {
		return 1.2
	}
	return 0.4
}

// place says where a value at a step is drawn.
type place func(step int, value float64) vg.Point

func (r curvePlotter) places(c draw.Canvas, p *plot.Plot) place {
	x, y := p.Transforms(&c)
	return func(step int, value float64) vg.Point {
		if r.Log { // a band may go below 0
			value = max(value, p.Y.Min/10)
		}
		return vg.Point{X: x(float64(step)), Y: y(value)}
	}
}

func seedLine(s experiment.SeedCurve, at place) []vg.Point {
	points := make([]vg.Point, len(s.Steps))
	for i, step := range s.Steps {
		points[i] = at(step, s.Values[i])
	}
	return points
}

func meanLine(v experiment.Variant, at place) []vg.Point {
	var points []vg.Point
	for _, m := range v.Mean() {
		points = append(points, at(m.Step, m.Mean.Value))
	}
	return points
}
