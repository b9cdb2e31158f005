package figure

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

const halfPi = math.Pi / 2

// curve is a line with a band: estimates over numbers of keys.
type curve struct {
	name   string
	colour color.NRGBA
	dashes []vg.Length
	x      []float64
	y      []experiment.Interval // fractions
}

func (c *curve) add(n int, y experiment.Interval) {
	c.x, c.y = append(c.x, float64(n)), append(c.y, y)
}

// draw adds the curve to p, in percent, and to its legend.
func (c *curve) draw(p *plot.Plot) {
	mid, band := make(plotter.XYs, len(c.x)), make(plotter.XYs, 2*len(c.x))
	for i, x := range c.x {
		mid[i] = plotter.XY{X: x, Y: 100 * c.y[i].Value}
		band[i] = plotter.XY{X: x, Y: 100 * max(0, c.y[i].Low)}
		band[len(band)-1-i] = plotter.XY{X: x, Y: 100 * min(1, c.y[i].High)}
	}
	area := must(plotter.NewPolygon(band))
	area.Color, area.LineStyle.Width = light(c.colour), 0
	line, dots, err := plotter.NewLinePoints(mid)
	check(err)
	line.Color, line.Width, line.Dashes = c.colour, 1.5, c.dashes
	dots.Color, dots.Shape, dots.Radius = c.colour, draw.CircleGlyph{}, 1.8
	p.Add(area, line, dots)
	p.Legend.Add(c.name, line, dots)
}

// must and check turn errors that only NaN or empty data give into panics:
// results hold neither.
func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic("internal error: figure: " + err.Error())
	}
}

// sharePlot is a plot of percentages over a logarithmic number of keys.
func sharePlot(title string, keys []int) *plot.Plot {
	p := newPlot(title, "number of keys n", "unselectable keys (%)")
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = doublings(keys)
	p.Y.Tick.Marker = ticks([]int{0, 20, 40, 60, 80, 100})
	addGrid(p)
	return p
}

// doublings labels the first value and those at least twice the last labelled.
func doublings(values []int) plot.ConstantTicks {
	list := values[:1:1]
	for _, v := range values {
		if v >= 2*list[len(list)-1] {
			list = append(list, v)
		}
	}
	return ticks(list)
}

// frame sets the ranges, which adding curves has changed.
func frame(p *plot.Plot, keys []int) {
	p.X.Min, p.X.Max = float64(keys[0])*.93, float64(keys[len(keys)-1])*1.07
	p.Y.Min, p.Y.Max = -2, 102
}

// rounding has a panel for each d with the two readings.
func rounding(r *experiment.RoundingResult) Figure {
	var panels []*plot.Plot
	for _, d := range r.Config.Dims {
		p := sharePlot(fmt.Sprintf("projected keys, d = %d", d), r.Config.Keys)
		affine := &curve{name: "exact (affine)", colour: blue}
		ambient := &curve{name: "float32 (ambient)", colour: vermilion, dashes: []vg.Length{5, 3}}
		for _, point := range r.Points {
			if point.Dim == d {
				affine.add(point.Keys, point.AffineMean)
				ambient.add(point.Keys, point.AmbientMean)
			}
		}
		affine.draw(p)
		ambient.draw(p)
		frame(p, r.Config.Keys)
		panels = append(panels, p)
	}
	return tiled(panels, min(3, len(panels)))
}

// tiled draws panels in rows.
func tiled(panels []*plot.Plot, columns int) Figure {
	const width, height = 300, 260
	rows := (len(panels) + columns - 1) / columns
	return Figure{width: vg.Length(columns) * width, height: vg.Length(rows) * height, draw: func(c draw.Canvas) {
		for i, p := range panels {
			cell := part(c, vg.Length(i%columns)*width, vg.Length(rows-1-i/columns)*height, width, height)
			panel(draw.Crop(cell, 6, -8, 6, -6), p, 0)
		}
	}}
}

// panel draws a plot with its legend in a strip to its right, or inside at the
// top left if the strip's width is 0.
func panel(c draw.Canvas, p *plot.Plot, strip vg.Length) {
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.YOffs, p.Legend.XOffs = -6, 8
	if strip == 0 {
		p.Draw(c)
		return
	}
	legend := p.Legend
	p.Legend = plot.NewLegend()
	left := draw.Crop(c, 0, -strip, 0, 0)
	p.Draw(left)
	area := p.DataCanvas(left)
	legend.Draw(draw.Crop(c, area.Max.X-c.Min.X, 0, 0, area.Max.Y-c.Max.Y))
	p.Legend = legend
}
