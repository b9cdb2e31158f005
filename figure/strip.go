package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

func scatterEntries() []entry {
	return []entry{
		{"class's key", func(c draw.Canvas, x, y vg.Length) { token(c, vg.Point{X: x + sampleWidth/2, Y: y}, 0, 5.5) }},
		{"its query's direction", func(c draw.Canvas, x, y vg.Length) {
			arrow(c, classColour(0), 1.8, 9, vg.Point{X: x, Y: y}, vg.Point{X: x + sampleWidth, Y: y})
		}},
		{"plane orthogonal to 1", func(c draw.Canvas, x, y vg.Length) {
			ellipse := make([]vg.Point, 40)
			for i := range ellipse {
				s, t := math.Sincos(float64(i) * math.Pi / 20)
				ellipse[i] = vg.Point{X: x + sampleWidth/2 + vg.Length(11*t), Y: y + vg.Length(4*s)}
			}
			c.FillPolygon(plane, ellipse)
			c.StrokeLines(planeEdge, append(ellipse, ellipse[0]))
		}},
	}
}

// angleStrip puts each class at the angle of its query to the line of 1, one
// above the other where they would touch.
func angleStrip(c draw.Canvas, r *experiment.Scatter) {
	const base, room = 34, 96 // of the axis above the lower edge, of the stacks above it
	x := func(degrees float64) vg.Length {
		return c.Min.X + vg.Length(degrees/90)*(c.Max.X-c.Min.X)
	}
	y := c.Min.Y + base
	line := draw.LineStyle{Color: ink, Width: 0.5}
	c.StrokeLine2(line, c.Min.X, y, c.Max.X, y)
	style := textStyle(9)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	for d := 0; d <= 90; d += 15 {
		c.StrokeLine2(line, x(float64(d)), y, x(float64(d)), y-3)
		c.FillText(style, vg.Point{X: x(float64(d)), Y: y - 5}, fmt.Sprintf("%d°", d))
	}
	style.Font.Size = 10
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: y - 18}, "angle of the query to the line of 1")
	var placed []vg.Point
	gap := min(12.5, max(5, room/vg.Length(len(r.Queries))))
	for class := range r.Queries {
		at := stacked(placed, x(r.Degrees(class)), y+gap/2+2, gap)
		placed = append(placed, at)
		token(c, at, class, gap/2-.8)
	}
}

// stacked returns the lowest free place over x: at least gap from all others.
func stacked(placed []vg.Point, x, y, gap vg.Length) vg.Point {
	at := vg.Point{X: x, Y: y}
	for i := 0; i < len(placed); i++ {
		d := placed[i].Sub(at)
		if math.Hypot(float64(d.X), float64(d.Y)) < float64(gap)-1e-6 {
			at.Y = placed[i].Y + vg.Length(math.Sqrt(float64(gap*gap-d.X*d.X)))
			i = -1
		}
	}
	return at
}
