package figure

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// heads has a row for each d: the heatmap of key sets with an unselectable
// key, and the share of such keys as lines.
func heads(r *experiment.HeadsResult) Figure {
	const mapWidth, gap, linesWidth, height, legend = 400, 16, 380, 320, 58
	dims := r.Config.Dims
	return Figure{width: mapWidth + gap + linesWidth, height: vg.Length(len(dims)) * height, draw: func(c draw.Canvas) {
		for i, d := range dims {
			y := vg.Length(len(dims)-1-i) * height
			withColourBar(part(c, 0, y, mapWidth, height), headMap(r, d))
			panel(draw.Crop(part(c, mapWidth+gap, y, linesWidth, height), 6, -8, 6, -6), headLines(r, d), legend)
		}
	}}
}

// part is the rectangle of a canvas with its lower left corner at (x, y).
func part(c draw.Canvas, x, y, width, height vg.Length) draw.Canvas {
	corner := vg.Point{X: c.Min.X + x, Y: c.Min.Y + y}
	return draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: width, Y: height})}}
}

// headMap has a column for each width and a row for each number of keys.
func headMap(r *experiment.HeadsResult, d int) *plot.Plot {
	var s squares
	var widths []int
	for _, p := range r.Points {
		if p.Dim != d {
			continue
		}
		if !slices.Contains(widths, p.Width) {
			widths = append(widths, p.Width)
		}
		s = append(s, square{float64(len(widths) - 1), float64(slices.Index(r.Config.Keys, p.Keys)), p.Runs.Value})
	}
	p := newPlot(headTitle(d), "width w of the head", "number of keys n")
	p.Add(s)
	p.X.Tick.Marker, p.Y.Tick.Marker = categories(widths), categories(r.Config.Keys)
	return p
}

func headTitle(d int) string { return fmt.Sprintf("LayerNorm in d = %d, seen by a head", d) }

// categories labels 0, 1, … with these values.
func categories(values []int) plot.ConstantTicks {
	var t plot.ConstantTicks
	for i, v := range values {
		t = append(t, plot.Tick{Value: float64(i), Label: strconv.Itoa(v)})
	}
	return t
}

// headLines has a line for each width.
func headLines(r *experiment.HeadsResult, d int) *plot.Plot {
	p := sharePlot(headTitle(d), r.Config.Keys)
	list := headCurves(r.Points, d)
	for i, c := range list {
		c.colour = viridis(.92 * float64(i) / float64(max(1, len(list)-1)))
		c.draw(p)
	}
	frame(p, r.Config.Keys)
	return p
}

func headCurves(points []experiment.HeadPoint, d int) []*curve {
	var list []*curve
	width := 0
	for _, p := range points {
		if p.Dim != d {
			continue
		}
		if p.Width != width {
			width = p.Width
			list = append(list, &curve{name: fmt.Sprintf("w = %d", width)})
			if width >= d-1 { // the two lie on each other
				list[len(list)-1].dashes = []vg.Length{5, vg.Length(3 + 4*(d-width))}
			}
		}
		list[len(list)-1].add(p.Keys, p.Share)
	}
	return list
}
