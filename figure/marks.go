package figure

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// paperEntry explains the paper's marks. Numbers for steps that were not
// reached are written out.
func paperEntry(r *experiment.Curves) entry {
	x, _ := spans(r)
	text := "the paper's value"
	var later []string
	for _, m := range r.Paper {
		if float64(m.Step) > x.high {
			later = append(later, number(m.Value))
			text = fmt.Sprintf("the paper's at step %s: %s", number(float64(m.Step)), strings.Join(later, ", "))
		}
	}
	return entry{text, func(c draw.Canvas, x, y vg.Length) { paperMark(c, ink, vg.Point{X: x + sampleWidth/2, Y: y}) }}
}

// mark draws a number of the paper in its variant's colour and writes it where
// it hides least of the lines. It returns a line through what it wrote, for
// those that follow.
func (r curvePlotter) mark(c draw.Canvas, m experiment.Mark, at vg.Point, lines [][]vg.Point) []vg.Point {
	text := "paper " + number(m.Value)
	if r.Unit == "degrees" {
		text += "°"
	}
	style := textStyle(9)
	best, least := vg.Point{}, math.MaxInt
	width, height := style.Width(text), vg.Length(10)
	for _, to := range []vg.Point{
		{X: at.X + 7, Y: at.Y}, {X: at.X + 4, Y: at.Y + 11}, {X: at.X + 4, Y: at.Y - 11},
		{X: at.X - 7 - width, Y: at.Y}, {X: at.X - 4 - width, Y: at.Y + 11}, {X: at.X - 4 - width, Y: at.Y - 11},
		{X: at.X - width, Y: at.Y + 22}, {X: at.X - width, Y: at.Y - 22},
	} {
		box := vg.Rectangle{Min: vg.Point{X: to.X, Y: to.Y - height/2}, Max: vg.Point{X: to.X + width, Y: to.Y + height/2}}
		hidden := 0
		if box.Min.X < c.Min.X || box.Max.X > c.Max.X || box.Min.Y < c.Min.Y || box.Max.Y > c.Max.Y {
			hidden = 1 << 30
		}
		for _, line := range lines {
			hidden += crossed(line, box)
		}
		if hidden < least {
			best, least = to, hidden
		}
	}
	label(c, style, vg.Point{X: best.X, Y: best.Y + 1}, text)
	paperMark(c, lookOf(m.Norm).colour, at)
	return []vg.Point{best, {X: best.X + width, Y: best.Y}}
}

// crossed counts how often a line, looked at every two points of length, is
// in the box.
func crossed(line []vg.Point, box vg.Rectangle) int {
	count := 0
	for i := 1; i < len(line); i++ {
		a, d := line[i-1], line[i].Sub(line[i-1])
		if max(a.X, line[i].X) < box.Min.X || min(a.X, line[i].X) > box.Max.X {
			continue
		}
		n := 1 + int(math.Hypot(float64(d.X), float64(d.Y))/2)
		for k := range n {
			p := a.Add(d.Scale(vg.Length(k) / vg.Length(n)))
			if p.X >= box.Min.X && p.X <= box.Max.X && p.Y >= box.Min.Y && p.Y <= box.Max.Y {
				count++
			}
		}
	}
	return count
}

func paperMark(c draw.Canvas, colour color.Color, at vg.Point) {
	const size = 5
	c.FillPolygon(color.White, diamond(at, size+1.2))
	c.FillPolygon(colour, diamond(at, size))
	c.FillPolygon(color.White, diamond(at, size-2))
}

// endLabels writes each variant's name at the end of its mean, to the right of
// the plot and far enough apart, with a line to where the mean ends.
func endLabels(c draw.Canvas, variants []experiment.Variant, at place) {
	const gap = 11
	var tops []vg.Point
	for _, v := range variants {
		line := meanLine(v, at)
		if len(line) == 0 {
			tops = append(tops, vg.Point{X: c.Max.X, Y: c.Min.Y})
			continue
		}
		end := line[len(line)-1]
		end.Y = min(max(end.Y, c.Min.Y), c.Max.Y)
		tops = append(tops, end)
	}
	for i, y := range apart(tops, gap, c.Min.Y+4) {
		l := lookOf(variants[i].Norm)
		if tops[i].X == c.Max.X && len(variants[i].Mean()) > 0 {
			c.StrokeLine2(draw.LineStyle{Color: l.colour, Width: 0.6}, c.Max.X+1, tops[i].Y, c.Max.X+10, y)
		}
		style := textStyle(9)
		c.FillText(style, vg.Point{X: c.Max.X + 12, Y: y + 1}, variants[i].Norm)
	}
}
