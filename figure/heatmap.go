package figure

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// square is a cell of a heatmap: one unit wide and high around (x, y).
type square struct{ x, y, share float64 }

// squares is a plot.Plotter.
type squares []square

// Plot implements plot.Plotter. Each rectangle reaches a little under the next
// ones to the right and above, so that no viewer shows seams.
func (s squares) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	const under = 0.5
	for _, q := range s {
		x1, y1 := min(x(q.x+.5)+under, c.Max.X), min(y(q.y+.5)+under, c.Max.Y)
		rectangle(c, viridis(q.share), x(q.x-.5), y(q.y-.5), x1, y1)
	}
	border(c, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
	if !slices.ContainsFunc(s, func(q square) bool { return q.share > 0 }) {
		style := textStyle(11)
		style.Color, style.XAlign = color.White, draw.XCenter
		c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: (c.Min.Y + c.Max.Y) / 2}, "0 in every cell")
	}
}

// DataRange implements plot.DataRanger.
func (s squares) DataRange() (x0, x1, y0, y1 float64) {
	x0, y0 = s[0].x, s[0].y
	for _, q := range s {
		x0, x1, y0, y1 = min(x0, q.x), max(x1, q.x), min(y0, q.y), max(y1, q.y)
	}
	return x0 - .5, x1 + .5, y0 - .5, y1 + .5
}

func heatmap(r *experiment.HeatmapResult) Figure {
	var s squares
	for _, cell := range r.Cells {
		s = append(s, square{float64(cell.Dim), float64(cell.Keys), float64(cell.With) / float64(r.Config.Runs)})
	}
	p := newPlot(heatmapTitle(r.Config), "dimension d", "number of keys n")
	p.Add(s)
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(steps(r.Config.Dims, 16)), ticks(steps(r.Config.Keys, 16))
	return Figure{width: 400, height: 330, draw: func(c draw.Canvas) { withColourBar(c, p) }}
}

// withColourBar draws a heatmap and, to its right, what the colours mean.
func withColourBar(c draw.Canvas, p *plot.Plot) {
	left := draw.Crop(c, 6, -78, 6, -6)
	p.Draw(left)
	area := p.DataCanvas(left)
	colourBar(draw.Crop(c, area.Max.X-c.Min.X+14, 0, area.Min.Y-c.Min.Y, area.Max.Y-c.Max.Y))
}

func heatmapTitle(c experiment.Heatmap) string {
	keys := map[string]string{"normal": "N(0, 1)", "uniform": "uniform"}[c.Init]
	if keys == "" {
		keys = c.Init
	}
	norm := map[string]string{"none": "raw", "project": "projected", "scale": "scaled", "layernorm": "LayerNorm of", "rmsnorm": "RMSNorm of"}[c.Norm]
	return fmt.Sprintf("%s %s keys", norm, keys)
}

// steps returns at most about most whole numbers of a range: its first, then
// multiples of a round step.
func steps(span [2]int, most int) []int {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if step = s; (span[1]-span[0])/s < most {
			break
		}
	}
	list := []int{span[0]}
	for v := (span[0]/step + 1) * step; v <= span[1]; v += step {
		if v-span[0] > step/2 || step == 1 {
			list = append(list, v)
		}
	}
	return list
}

// colourBar draws the scale at the left edge of c, and what it means.
func colourBar(c draw.Canvas) {
	const width, grades = 13, 128
	height := c.Max.Y - c.Min.Y
	at := func(t float64) vg.Length { return c.Min.Y + vg.Length(t)*height }
	for i := range grades {
		top := min(at(float64(i+1)/grades)+0.5, c.Max.Y)
		rectangle(c, viridis(float64(i)/(grades-1)), c.Min.X, at(float64(i)/grades), c.Min.X+width, top)
	}
	border(c, c.Min.X, c.Min.Y, c.Min.X+width, c.Max.Y)
	style := textStyle(9)
	line := draw.LineStyle{Color: ink, Width: 0.5}
	for i := range 5 {
		y := at(float64(i) / 4)
		c.StrokeLine2(line, c.Min.X+width, y, c.Min.X+width+3, y)
		c.FillText(style, vg.Point{X: c.Min.X + width + 6, Y: y}, fmt.Sprintf("%d %%", 25*i))
	}
	style = textStyle(10)
	style.Rotation, style.XAlign, style.YAlign = halfPi, draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: c.Min.X + width + 37, Y: at(.5)}, "key sets with an unselectable key")
}
