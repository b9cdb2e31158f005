package figure

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// control draws the loss of all variants, and below on the same steps when
// each seed came down to the threshold.
func control(r *experiment.Control) Figure {
	const width, right, row = 480, 124, 24
	reached := r.Reached()
	below := vg.Length(len(reached))*row + 46
	return Figure{width: width, height: 344 + below, draw: func(c draw.Canvas) {
		c = draw.Crop(c, 8, -8, 8, -8)
		top := title(c, r.Loss.Title)
		top += controlLegend(draw.Crop(c, 46, 0, 0, -top), r.Loss.Variants)
		p := curvePlot(&r.Loss)
		p.X.Label.Text = ""
		p.Add(threshold(r.Threshold), curvePlotter{&r.Loss, false})
		upper := draw.Crop(c, 0, -right, below, -top-4)
		p.Draw(upper)
		data := p.DataCanvas(upper)
		endLabels(data, r.Loss.Variants, curvePlotter{Curves: &r.Loss}.places(data, p))
		lower := draw.Crop(c, data.Min.X-c.Min.X, data.Max.X-c.Max.X, 0, below-8-(c.Max.Y-c.Min.Y))
		reachRows{r, reached, p}.draw(lower)
	}}
}

// threshold is a line across a plot; it is a plot.Plotter.
type threshold float64

// Plot implements plot.Plotter.
func (t threshold) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	if t < threshold(p.Y.Min) || t > threshold(p.Y.Max) {
		return
	}
	at := y(float64(t))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 0.7}, c.Min.X, at, c.Max.X, at)
	style := textStyle(9)
	style.YAlign = draw.YBottom // where training starts, the loss is above
	c.FillText(style, vg.Point{X: c.Min.X + 4, Y: at + 1}, "loss "+number(float64(t)))
}

// reachRows are the rows below, on the steps of a plot.
type reachRows struct {
	*experiment.Control
	list []experiment.Reached
	plot *plot.Plot
}

func (r reachRows) draw(c draw.Canvas) {
	x, _ := r.plot.Transforms(&c)
	const base, row = 30, 24
	line := draw.LineStyle{Color: ink, Width: 0.5}
	floor := c.Min.Y + base
	for _, t := range r.plot.X.Tick.Marker.Ticks(r.plot.X.Min, r.plot.X.Max) {
		at := x(t.Value)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .5}, at, floor, at, floor+vg.Length(len(r.list))*row)
		c.StrokeLine2(line, at, floor, at, floor-3)
		style := textStyle(9)
		style.XAlign, style.YAlign = draw.XCenter, draw.YTop
		c.FillText(style, vg.Point{X: at, Y: floor - 5}, t.Label)
	}
	c.StrokeLine2(line, c.Min.X, floor, c.Max.X, floor)
	style := textStyle(10)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: floor - 17}, "training steps to loss "+number(r.Threshold))
	for i, v := range r.list {
		r.row(c, v, floor+(vg.Length(len(r.list)-i)-.5)*row, x)
	}
}

// row draws a variant: its seeds, their mean with its interval, and in words.
func (r reachRows) row(c draw.Canvas, v experiment.Reached, y vg.Length, x func(float64) vg.Length) {
	l := lookOf(v.Norm)
	pale := l
	pale.colour.A = 0x90
	for _, step := range v.Steps {
		pale.glyph(c, vg.Point{X: x(float64(step)), Y: y + 4}, 2.6)
	}
	if v.Never > 0 {
		arrow(c, l.colour, 1.2, 6, vg.Point{X: c.Max.X - 4, Y: y + 4}, vg.Point{X: c.Max.X + 9, Y: y + 4})
	}
	if m := v.Mean; m != nil {
		at := x(m.Value)
		c.StrokeLine2(draw.LineStyle{Color: l.colour, Width: 2.2}, max(x(m.Low), c.Min.X), y-5, min(x(m.High), c.Max.X), y-5)
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.6}, at, y-8.5, at, y-1.5)
	}
	style := textStyle(9)
	c.FillText(style, vg.Point{X: c.Max.X + 12, Y: y + 6}, v.Norm)
	style.Color = color.NRGBA{0x55, 0x55, 0x55, 0xff}
	c.FillText(style, vg.Point{X: c.Max.X + 12, Y: y - 4}, inWords(v))
}

func inWords(v experiment.Reached) string {
	switch {
	case v.Mean != nil && len(v.Steps) == 1:
		return number(v.Mean.Value) + ", one seed"
	case v.Mean != nil:
		return fmt.Sprintf("%s (%s to %s)", whole(v.Mean.Value), whole(v.Mean.Low), whole(v.Mean.High))
	case len(v.Steps) == 0:
		return "not by step " + number(float64(v.Last))
	}
	return fmt.Sprintf("%d of %d seeds not by %s", v.Never, v.Never+len(v.Steps), number(float64(v.Last)))
}
