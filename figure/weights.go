package figure

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// weightMap draws the weights as colours, a row for each class that attends.
func weightMap(c draw.Canvas, box vg.Rectangle, a experiment.Attention, most float64) {
	n := len(a.Weights)
	side := (box.Max.X - box.Min.X) / vg.Length(n)
	const under = 0.4 // each square reaches under the next ones: no seams
	for q, row := range a.Weights {
		for k, w := range row {
			x, y := box.Min.X+vg.Length(k)*side, box.Max.Y-vg.Length(q+1)*side
			rectangle(c, viridis(w/most), x, max(y-under, box.Min.Y), min(x+side+under, box.Max.X), y+side)
		}
	}
	border(c, box.Min.X, box.Min.Y, box.Max.X, box.Max.Y)
	style := textStyle(9)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for _, k := range steps([2]int{0, n - 1}, 5) {
		at := (vg.Length(k) + .5) * side
		c.FillText(style, vg.Point{X: box.Min.X + at, Y: box.Min.Y - 4}, fmt.Sprint(k))
		left := style
		left.XAlign, left.YAlign = draw.XRight, draw.YCenter
		c.FillText(left, vg.Point{X: box.Min.X - 4, Y: box.Max.Y - at}, fmt.Sprint(k))
	}
	middle := vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}
	c.FillText(style, vg.Point{X: middle.X, Y: box.Min.Y - 16}, "key's class")
	style.Rotation, style.YAlign = halfPi, draw.YBottom
	c.FillText(style, vg.Point{X: box.Min.X - 18, Y: middle.Y}, "query's class")
}

// weightBar is the scale of weightMap, on which uniform attention is marked.
func weightBar(c draw.Canvas, box vg.Rectangle, uniform, most float64) {
	const grades = 96
	at := func(t float64) vg.Length { return box.Min.Y + vg.Length(t)*(box.Max.Y-box.Min.Y) }
	for i := range grades {
		rectangle(c, viridis(float64(i)/(grades-1)), box.Min.X, at(float64(i)/grades), box.Max.X, min(at(float64(i+1)/grades)+.5, box.Max.Y))
	}
	border(c, box.Min.X, box.Min.Y, box.Max.X, box.Max.Y)
	style := textStyle(9)
	for _, v := range (span{0, most}).round(4) {
		if v > 0 && v-uniform < most/12 && uniform-v < most/12 {
			continue // uniform's own label stands there
		}
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: .5}, box.Max.X, at(v/most), box.Max.X+3, at(v/most))
		c.FillText(style, vg.Point{X: box.Max.X + 5, Y: at(v / most)}, number(v))
	}
	y := at(uniform / most)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1.4}, box.Min.X-2, y, box.Max.X+3, y)
	c.FillText(style, vg.Point{X: box.Max.X + 5, Y: y}, fmt.Sprintf("%.2g uniform", uniform))
}
