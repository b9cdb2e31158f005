package figure

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// cells draws one rectangle a cell; it is a plot.Plotter.
type cells struct{ *experiment.HeatmapResult }

// Plot implements plot.Plotter. Each rectangle reaches a little under the next
// ones to the right and above, so that no viewer shows seams.
func (r cells) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	const under = 0.5
	for _, cell := range r.Cells {
		d, n := float64(cell.Dim), float64(cell.Keys)
		x1, y1 := min(x(d+.5)+under, c.Max.X), min(y(n+.5)+under, c.Max.Y)
		rectangle(c, viridis(float64(cell.With)/float64(r.Config.Runs)), x(d-.5), y(n-.5), x1, y1)
	}
	border(c, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
}

func heatmap(r *experiment.HeatmapResult) Figure {
	p := newPlot(heatmapTitle(r.Config), "dimension d", "number of keys n")
	p.Add(cells{r})
	p.X.Min, p.X.Max = float64(r.Config.Dims[0])-.5, float64(r.Config.Dims[1])+.5
	p.Y.Min, p.Y.Max = float64(r.Config.Keys[0])-.5, float64(r.Config.Keys[1])+.5
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(steps(r.Config.Dims, 16)), ticks(steps(r.Config.Keys, 16))
	return Figure{400, 330, func(c draw.Canvas) {
		left := draw.Crop(c, 6, -78, 6, -6)
		p.Draw(left)
		area := p.DataCanvas(left)
		colourBar(draw.Crop(c, area.Max.X-c.Min.X+14, 0, area.Min.Y-c.Min.Y, area.Max.Y-c.Max.Y))
	}}
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
	c.FillText(style, vg.Point{X: c.Min.X + width + 37, Y: at(.5)}, "runs with an unselectable key")
}
