package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// The columns of a mechanism figure, in points.
const (
	mechanismRow = 214 // height of a model with its heading
	mapSize      = 150
	stripWidth   = 108
	stripGap     = 24
)

// mechanism draws a row for each model. A class has one height in all of its
// three panels: how it attends, the angle of its query to 1, and how far from
// uniform it attends, as learned and with its query turned parallel to 1.
func mechanism(r *experiment.Mechanism) Figure {
	const width = 540
	height := vg.Length(len(r.Models))*mechanismRow + 46
	return Figure{width: width, height: height, draw: func(c draw.Canvas) {
		c = draw.Crop(c, 10, -10, 6, -8)
		top := title(c, r.Title)
		legend(draw.Crop(c, 28, 0, 0, -top), mechanismEntries(r))
		most, farthest := largestWeight(r), largestDistance(r)
		for i, a := range r.Models {
			top := c.Max.Y - 38 - vg.Length(i)*mechanismRow
			drawAttention(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: c.Min.X, Y: top - mechanismRow}, Max: vg.Point{X: c.Max.X, Y: top}}}, a, most, farthest)
		}
	}}
}

func mechanismEntries(r *experiment.Mechanism) []entry {
	return []entry{
		{"query as learned", func(c draw.Canvas, x, y vg.Length) {
			for i, a := range r.Models {
				lookOf(a.Norm).glyph(c, vg.Point{X: x + vg.Length(i+1)*sampleWidth/vg.Length(len(r.Models)+1), Y: y}, 2.6)
			}
		}},
		{"the same query turned parallel to 1", func(c draw.Canvas, x, y vg.Length) {
			tick(c, vg.Point{X: x + sampleWidth/2, Y: y})
		}},
	}
}

// largestWeight is the end of the colour scale, common to all models.
func largestWeight(r *experiment.Mechanism) float64 {
	most := 0.0
	for _, a := range r.Models {
		for _, row := range a.Weights {
			for _, w := range row {
				most = max(most, w)
			}
		}
	}
	return most
}

// largestDistance is the end of the scale of distances: the largest, rounded up
// to one digit that can be halved.
func largestDistance(r *experiment.Mechanism) float64 {
	most := 1e-6
	for _, a := range r.Models {
		most = max(most, slices.Max(a.Learned), slices.Max(a.Parallel))
	}
	unit := math.Pow(10, math.Floor(math.Log10(most)))
	return min(1, 2*unit*math.Ceil(most/unit/2))
}

func drawAttention(c draw.Canvas, a experiment.Attention, most, farthest float64) {
	style := textStyle(10)
	style.YAlign = draw.YTop
	c.FillText(style, vg.Point{X: c.Min.X + 28, Y: c.Max.Y - 2}, a.Label)
	box := vg.Rectangle{Min: vg.Point{X: c.Min.X + 28, Y: c.Max.Y - 20 - mapSize}, Max: vg.Point{X: c.Min.X + 28 + mapSize, Y: c.Max.Y - 20}}
	weightMap(c, box, a, most)
	weightBar(c, vg.Rectangle{Min: vg.Point{X: box.Max.X + 8, Y: box.Min.Y}, Max: vg.Point{X: box.Max.X + 16, Y: box.Max.Y}}, 1/float64(len(a.Weights)), most)
	box.Min.X = box.Max.X + 16 + 66
	box.Max.X = box.Min.X + stripWidth
	degrees := panelAxis{box, 90, []float64{0, 30, 60, 90}, "°", "angle of query to 1"}
	degrees.draw(c, len(a.Degrees))
	l := lookOf(a.Norm)
	for q, d := range a.Degrees {
		l.glyph(c, degrees.at(d, q, len(a.Degrees)), 2.6)
	}
	box.Min.X = box.Max.X + stripGap
	box.Max.X = box.Min.X + stripWidth
	distances(c, panelAxis{box, farthest, []float64{0, farthest / 2, farthest}, "", "distance to uniform"}, a)
}

// distances joins for each class what was learned to what a query parallel to
// 1 would do.
func distances(c draw.Canvas, p panelAxis, a experiment.Attention) {
	n := len(a.Learned)
	p.draw(c, n)
	l := lookOf(a.Norm)
	for q := range n {
		learned, turned := p.at(a.Learned[q], q, n), p.at(a.Parallel[q], q, n)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: 1.5}, learned.X, learned.Y, turned.X, turned.Y)
		tick(c, turned)
		l.glyph(c, learned, 2.6)
	}
}

// tick is the mark of a turned query.
func tick(c draw.Canvas, at vg.Point) {
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.6}, at.X, at.Y-3, at.X, at.Y+3)
}

// panelAxis is a panel with a row for each class and a scale from 0.
type panelAxis struct {
	box   vg.Rectangle
	end   float64
	ticks []float64
	unit  string
	name  string
}

// at returns the place of a value in row q of n, the first at the top.
func (p panelAxis) at(value float64, q, n int) vg.Point {
	return vg.Point{
		X: p.box.Min.X + vg.Length(value/p.end)*(p.box.Max.X-p.box.Min.X),
		Y: p.box.Max.Y - (vg.Length(q)+.5)/vg.Length(n)*(p.box.Max.Y-p.box.Min.Y),
	}
}

func (p panelAxis) draw(c draw.Canvas, n int) {
	for q := range n {
		from, to := p.at(0, q, n), p.at(p.end, q, n)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: .4}, from.X, from.Y, to.X, to.Y)
	}
	border(c, p.box.Min.X, p.box.Min.Y, p.box.Max.X, p.box.Max.Y)
	style := textStyle(9)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for _, v := range p.ticks {
		x := p.at(v, 0, 1).X
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: .5}, x, p.box.Min.Y, x, p.box.Min.Y-3)
		c.FillText(style, vg.Point{X: x, Y: p.box.Min.Y - 4}, fmt.Sprintf("%.3g", v)+p.unit)
	}
	c.FillText(style, vg.Point{X: (p.box.Min.X + p.box.Max.X) / 2, Y: p.box.Min.Y - 16}, p.name)
}
