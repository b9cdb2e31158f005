package figure

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// layerShares draws a dot with its interval for each series in each layer, and
// what the paper found beside it.
func layerShares(r *experiment.LayerShares) Figure {
	return Figure{width: 560, height: 316, draw: func(c draw.Canvas) { layersIn(draw.Crop(c, 8, -12, 8, -8), r) }}
}

// layersIn draws the shares on a canvas.
func layersIn(c draw.Canvas, r *experiment.LayerShares) {
	top := title(c, r.Title)
	top += legend(draw.Crop(c, 36, 0, 0, -top), shareEntries(r))
	layersPlot(r).Draw(draw.Crop(c, 0, 0, 0, -top-4))
}

func shareEntries(r *experiment.LayerShares) (list []entry) {
	paper := false
	for _, s := range r.Series {
		list = append(list, entry{s.Label, func(c draw.Canvas, x, y vg.Length) {
			interval(c, seriesLook(s), x+sampleWidth/2, y-5, y, y+5)
		}})
		paper = paper || s.Paper != nil
	}
	if paper {
		list = append(list, entry{"the paper's", func(c draw.Canvas, x, y vg.Length) { paperMark(c, ink, vg.Point{X: x + sampleWidth/2, Y: y}) }})
	}
	return list
}

// seriesLook is that of the variant; the second series of one is hollow.
func seriesLook(s experiment.LayerSeries) look {
	l := lookOf(s.Norm)
	if s.Second {
		l.shape = draw.SquareGlyph{}
	}
	return l
}

// interval draws a dot and its interval, which does not show through.
func interval(c draw.Canvas, l look, x, low, mid, high vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: l.colour, Width: 1.4}, x, low, x, high)
	if l.shape == (draw.SquareGlyph{}) {
		rectangle(c, color.White, x-3, mid-3, x+3, mid+3)
	}
	l.glyph(c, vg.Point{X: x, Y: mid}, 3.2)
}

func layersPlot(r *experiment.LayerShares) *plot.Plot {
	p := newPlot("", "", "unselectable keys (%)")
	grid := plotter.NewGrid()
	grid.Vertical.Width, grid.Horizontal.Color, grid.Horizontal.Width = 0, faint, .5
	p.Add(grid)
	y := span{0, 1}
	for _, s := range r.Series {
		for i, v := range s.Shown() {
			y.include(100 * v.High)
			if s.Paper != nil {
				y.include(100 * s.Paper[i])
			}
		}
	}
	span{-0.05 * y.high, 1.12 * y.high}.set(&p.Y, false)
	var names plot.ConstantTicks
	for i, name := range r.Layers {
		names = append(names, plot.Tick{Value: float64(i), Label: name})
	}
	p.X.Tick.Marker, p.X.Tick.Length = names, 0
	p.Add(sharePlotter{r})
	p.X.Min, p.X.Max = -.5, float64(len(r.Layers))-.5
	return p
}

// sharePlotter draws the dots; it is a plot.Plotter.
type sharePlotter struct{ *experiment.LayerShares }

// Plot implements plot.Plotter.
func (r sharePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	room := (x(1) - x(0)) * .84
	for i := range r.Layers {
		if edge := x(float64(i) - .5); i > 0 {
			c.StrokeLine2(draw.LineStyle{Color: faint, Width: 1}, edge, c.Min.Y, edge, c.Max.Y)
		}
		for k, s := range r.Series {
			at := vg.Point{X: x(float64(i)) + room*vg.Length((float64(k)+.5)/float64(len(r.Series))-.5)}
			if s.Paper != nil {
				at.X -= min(4, room/12)
			}
			v := s.Shown()[i]
			at.Y = y(100 * v.Value)
			low, high := y(100*v.Low), y(100*v.High)
			interval(c, seriesLook(s), at.X, low, at.Y, high)
			text := max(at.Y+12, high+8)
			if s.Paper != nil {
				paper := vg.Point{X: at.X + min(10, room/5), Y: y(100 * s.Paper[i])}
				paperMark(c, seriesLook(s).colour, paper)
				if paper.Y > at.Y && paper.Y < text+9 { // where the text would be
					text = min(at.Y-12, low-8)
				}
			}
			style := textStyle(8)
			style.XAlign = draw.XCenter
			label(c, style, vg.Point{X: at.X, Y: text}, shareText(v.Value))
		}
	}
}

// shareText writes a fraction in percent, as in tables.
func shareText(share float64) string {
	x := 100 * share
	switch {
	case x == 0 || x == 100:
		return number(x)
	case x < .1:
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(math.Min(x, 99.9), 'f', 1, 64)
}
