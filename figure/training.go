package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// training draws curves over training: a thin line for each seed, a thick one
// with a band for their mean, and the paper's numbers.
func training(r *experiment.Curves) Figure {
	return Figure{width: 420, height: 330, draw: func(c draw.Canvas) {
		c = draw.Crop(c, 8, -14, 8, -8)
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
	if len(r.Paper) > 0 {
		list = append(list, entry{"the paper's", func(c draw.Canvas, x, y vg.Length) {
			paperMark(c, vg.Point{X: x + sampleWidth/2, Y: y})
		}})
	}
	return list
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
	for _, m := range r.Paper {
		see(m.Step, m.Value)
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
	x, y := p.Transforms(&c)
	at := func(step int, value float64) vg.Point {
		if r.Log { // a band may go below 0
			value = max(value, p.Y.Min/10)
		}
		return vg.Point{X: x(float64(step)), Y: y(value)}
	}
	for _, v := range r.Variants {
		band(c, v, at)
	}
	for _, v := range r.Variants {
		for i := 0; r.seeds && len(v.Seeds) > 1 && i < len(v.Seeds); i++ {
			var points []vg.Point
			for k, step := range v.Seeds[i].Steps {
				points = append(points, at(step, v.Seeds[i].Values[k]))
			}
			l := lookOf(v.Norm)
			l.colour.A = 0x70
			stroke(c, draw.LineStyle{Color: l.colour, Width: 0.4}, points)
		}
	}
	for _, v := range r.Variants {
		var points []vg.Point
		for _, m := range v.Mean() {
			points = append(points, at(m.Step, m.Mean.Value))
		}
		l := lookOf(v.Norm)
		stroke(c, l.line(1.8), points)
		if len(points) == 1 {
			l.glyph(c, points[0], 3)
		}
	}
	for _, m := range r.Paper {
		r.mark(c, m, at(m.Step, m.Value))
	}
}

// mark draws a number of the paper with its value, on the side where there is
// room.
func (r curvePlotter) mark(c draw.Canvas, m experiment.Mark, at vg.Point) {
	paperMark(c, at)
	style := textStyle(9)
	style.XAlign, style.YAlign = draw.XLeft, draw.YBottom
	to := vg.Point{X: at.X + 6, Y: at.Y + 3}
	text := "paper " + number(m.Value)
	if r.Unit == "degrees" {
		text += "°"
	}
	if to.X+style.Width(text) > c.Max.X {
		style.XAlign, to.X = draw.XRight, at.X-6
	}
	if to.Y+10 > c.Max.Y {
		style.YAlign, to.Y = draw.YTop, at.Y-3
	}
	label(c, style, to, text)
}

func paperMark(c draw.Canvas, at vg.Point) {
	const size = 4.5
	c.FillPolygon(ink, diamond(at, size))
	c.FillPolygon(color.White, diamond(at, size-1.6))
}
