package figure

import (
	"image/color"
	"math"
	"math/bits"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// trainedHeads has a row for each variant: the shares of each head without and
// under the mask, and how long keys can be selected.
func trainedHeads(r *experiment.HeadsTrainedResult) Figure {
	const cell, margin, head, foot, gap, lines = 42, 52, 52, 34, 10, 330
	layers, heads := vg.Length(len(r.Variants[0].All)), vg.Length(len(r.Variants[0].All[0]))
	width, height := margin+heads*cell+gap, max(head+layers*cell+foot, 230)
	top := mostAlive(r)
	return Figure{width: 2*width + lines, height: vg.Length(len(r.Variants)) * height, draw: func(c draw.Canvas) {
		for i, v := range r.Variants {
			row := part(c, 0, vg.Length(len(r.Variants)-1-i)*height, 2*width+lines, height)
			style := textStyle(11)
			style.YAlign = draw.YTop
			row.FillText(style, vg.Point{X: row.Min.X + 10, Y: row.Max.Y - 6}, v.Label)
			for k, shares := range [][][]experiment.Interval{v.All, v.Masked} {
				x := row.Min.X + vg.Length(k)*width + margin
				headCells(row, x, row.Max.Y-head, cell, shares, []string{"every key competes", "under the causal mask"}[k])
			}
			survival(draw.Crop(part(row, 2*width, 0, lines, height), 10, -8, 6, -20), v.Survival, top)
		}
	}}
}

// headCells draws a square for each layer and head with its share in it, in
// percent; (x, y) is the upper left corner.
func headCells(c draw.Canvas, x, y, size vg.Length, shares [][]experiment.Interval, name string) {
	style := textStyle(9)
	style.XAlign = draw.XCenter
	width := vg.Length(len(shares[0])) * size
	bold := textStyle(10)
	bold.XAlign, bold.YAlign = draw.XCenter, draw.YBottom
	c.FillText(bold, vg.Point{X: x + width/2, Y: y + 7}, name+" (%)")
	for i, row := range shares {
		top := y - vg.Length(i)*size
		left := style
		left.XAlign = draw.XRight
		c.FillText(left, vg.Point{X: x - 5, Y: top - size/2}, "layer "+strconv.Itoa(i+1))
		for h, v := range row {
			at := x + vg.Length(h)*size
			fill := viridis(math.Min(math.Max(v.Value, 0), 1))
			rectangle(c, fill, at, top-size, at+size+.5, top)
			text := style
			text.Color = readable(fill)
			c.FillText(text, vg.Point{X: at + size/2, Y: top - size/2 + 1}, shareText(v.Value))
		}
	}
	floor := y - vg.Length(len(shares))*size
	border(c, x, floor, x+width, y)
	style.YAlign = draw.YTop
	for h := range shares[0] {
		c.FillText(style, vg.Point{X: x + (vg.Length(h)+.5)*size, Y: floor - 5}, "head "+strconv.Itoa(h+1))
	}
}

// onMark is the dark ink on pale marks. It is not ink, so that a page that makes
// ink pale can leave it.
var onMark = color.NRGBA{0x11, 0x11, 0x11, 0xff}

// readable is the colour of text on a ground: white or dark.
func readable(ground color.NRGBA) color.Color {
	if .299*float64(ground.R)+.587*float64(ground.G)+.114*float64(ground.B) < 140 {
		return color.White
	}
	return onMark
}

// mostAlive is the largest share of survival, in percent, at least 1.
func mostAlive(r *experiment.HeadsTrainedResult) float64 {
	top := 1.0
	for _, v := range r.Variants {
		for _, s := range v.Survival {
			for _, share := range s.Shares {
				top = max(top, 100*share.High)
			}
		}
	}
	return top
}

// survival draws what share of keys can still be selected some positions later.
func survival(c draw.Canvas, curves []experiment.SurvivalCurve, top float64) {
	p := newPlot("", "positions from key to query", "keys still selectable (%)")
	addGrid(p)
	most := 0
	for i, s := range curves {
		line := &curve{name: s.Label, colour: viridis(.92 * float64(i) / float64(max(1, len(curves)-1)))}
		for k, d := range s.Distances {
			line.add(d+1, s.Shares[k]) // 0 has no logarithm
			most = max(most, d)
		}
		line.draw(p)
	}
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = shifted(most)
	span{-.02 * top, 1.04 * top}.set(&p.Y, false)
	p.X.Min, p.X.Max = .93, float64(most+1)*1.07
	panel(c, p, 50)
}

// shifted puts a tick at each distance 0, 1, 2, 4, … of a plot of one more than
// the distance, and labels every second.
func shifted(most int) (t plot.ConstantTicks) {
	t = plot.ConstantTicks{{Value: 1, Label: "0"}}
	for d := 1; d <= most; d *= 2 {
		name := ""
		if bits.TrailingZeros(uint(d))%2 == 0 {
			name = number(float64(d))
		}
		t = append(t, plot.Tick{Value: float64(d + 1), Label: name})
	}
	return t
}
