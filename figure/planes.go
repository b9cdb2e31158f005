package figure

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// view is an orthographic look at three dimensions: right and up are its two
// unit directions.
type view struct {
	right, up [3]float64
	centre    vg.Point
	scale     float64 // points a unit
}

// newView looks from the direction given by two angles in degrees.
func newView(turn, tilt float64, centre vg.Point, scale float64) view {
	s, c := math.Sincos(turn * math.Pi / 180)
	ts, tc := math.Sincos(tilt * math.Pi / 180)
	return view{[3]float64{-s, c, 0}, [3]float64{-ts * c, -ts * s, tc}, centre, scale}
}

// bestTurn finds the angle from which neither the plane of 1 and e nor the
// hyperplane orthogonal to 1 is seen edge-on.
func bestTurn(e [3]float64, tilt float64) float64 {
	best, turn := -1.0, 0.0
	for t := 0.0; t < 360; t += 5 {
		v := newView(t, tilt, vg.Point{}, 1)
		from := cross(v.right, v.up)
		seen := math.Abs(inner(from, cross(one, e)))
		if across := math.Abs(inner(from, one)); min(seen, across) > best {
			best, turn = min(seen, across), t
		}
	}
	return turn
}

// one is 1 = [1, 1, 1] at unit length.
var one = [3]float64{1 / math.Sqrt(3), 1 / math.Sqrt(3), 1 / math.Sqrt(3)}

func inner(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// combine returns x·a + y·b.
func combine(x float64, a [3]float64, y float64, b [3]float64) [3]float64 {
	for k := range a {
		a[k] = x*a[k] + y*b[k]
	}
	return a
}

func scaled(x float64, a [3]float64) [3]float64 { return combine(x, a, 0, a) }

func (v view) at(p [3]float64) vg.Point {
	dot := func(a [3]float64) vg.Length {
		return vg.Length(v.scale * (a[0]*p[0] + a[1]*p[1] + a[2]*p[2]))
	}
	return vg.Point{X: v.centre.X + dot(v.right), Y: v.centre.Y + dot(v.up)}
}

// planes draws the first plane's points and their images, side by side.
func planes(r *experiment.Fig5Result) Figure {
	const width, height, tilt, radius = 560, 290, 24, 118
	e := combine(1/math.Sqrt(3), r.Images[0], 0, one)
	turn := bestTurn(e, tilt)
	return Figure{width: width, height: height, draw: func(c draw.Canvas) {
		far := reach(r.Points)
		left := newView(turn, tilt, vg.Point{X: width / 4, Y: height/2 - 12}, radius/far)
		right := newView(turn, tilt, vg.Point{X: 3 * width / 4, Y: height/2 - 12}, radius/2.1)
		heading(c, width/4, height, "points of a plane M that contains 1 = [1, 1, 1]")
		heading(c, 3*width/4, height, "the same points after LayerNorm")
		left.sheet(c, r.Points, e)
		left.axes(c, .8*far)
		right.circle(c)
		right.axes(c, .8*2.1)
		left.ones(c, .9*far)
		right.ones(c, .9*2.1)
		for i, p := range r.Points {
			colour, shape := side(r.Images[0], r.Images[i])
			dot(c, left.at(p), colour, shape, 2.2)
			dot(c, right.at(r.Images[i]), colour, shape, 4)
		}
		right.counts(c, r.Images)
	}}
}

// counts writes beside the two images how many points each stands for.
func (v view) counts(c draw.Canvas, images [][3]float64) {
	same := 0
	for _, image := range images {
		if inner(images[0], image) > 0 {
			same++
		}
	}
	for i, n := range []int{same, len(images) - same} {
		at, style := v.at(combine(float64(1-2*i), images[0], 0, one)), textStyle(10)
		out := vg.Length(1) // away from the circle
		if at.X < v.centre.X {
			out, style.XAlign = -1, draw.XRight
		}
		up := vg.Length(math.Copysign(6, float64(at.Y-v.centre.Y)))
		c.FillText(style, vg.Point{X: at.X + 9*out, Y: at.Y + up}, fmt.Sprintf("%d points", n))
	}
}

// sheet shades the part of the plane of 1 and e where the points are.
func (v view) sheet(c draw.Canvas, points [][3]float64, e [3]float64) {
	var a, b float64
	for _, p := range points {
		a, b = max(a, math.Abs(inner(p, one))), max(b, math.Abs(inner(p, e)))
	}
	c.FillPolygon(color.NRGBA{0xee, 0xee, 0xee, 0xff}, []vg.Point{
		v.at(combine(a, one, b, e)), v.at(combine(a, one, -b, e)), v.at(combine(-a, one, -b, e)), v.at(combine(-a, one, b, e))})
	style := textStyle(11)
	style.XAlign = draw.XCenter
	c.FillText(style, v.at(combine(-.88*a, one, .8*b, e)), "M")
}

// side tells apart the points on the two sides of the line of 1.
func side(a, b [3]float64) (color.NRGBA, draw.GlyphDrawer) {
	if inner(a, b) > 0 {
		return blue, draw.CircleGlyph{}
	}
	return vermilion, draw.BoxGlyph{}
}

func dot(c draw.Canvas, at vg.Point, colour color.Color, shape draw.GlyphDrawer, radius vg.Length) {
	c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: radius, Shape: shape}, at)
}

// reach is the largest distance of a point to the origin.
func reach(points [][3]float64) float64 {
	far := 0.0
	for _, p := range points {
		far = max(far, math.Sqrt(inner(p, p)))
	}
	return far
}

func heading(c draw.Canvas, x, top vg.Length, text string) {
	style := textStyle(11)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: x, Y: top - 8}, text)
}

// axes draws the three coordinate axes up to ±length.
func (v view) axes(c draw.Canvas, length float64) {
	line := draw.LineStyle{Color: color.NRGBA{0x99, 0x99, 0x99, 0xff}, Width: 0.7}
	style := textStyle(9)
	style.XAlign = draw.XCenter
	for k, name := range []string{"x1", "x2", "x3"} {
		var tip [3]float64
		tip[k] = length
		from, to := v.at(scaled(-1, tip)), v.at(tip)
		c.StrokeLine2(line, from.X, from.Y, to.X, to.Y)
		c.FillText(style, v.at(scaled(1.1, tip)), name)
	}
}

// ones draws the line of 1, which LayerNorm takes away.
func (v view) ones(c draw.Canvas, length float64) {
	from, to := v.at(combine(-length, one, 0, one)), v.at(combine(length, one, 0, one))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 1, Dashes: []vg.Length{4, 3}}, from.X, from.Y, to.X, to.Y)
	style := textStyle(11)
	style.XAlign = draw.XCenter
	c.FillText(style, v.at(combine(1.1*length, one, 0, one)), "1")
}

// circle draws where LayerNorm's images can be, at distance √3 from the
// origin, and shades the hyperplane orthogonal to 1 within.
func (v view) circle(c draw.Canvas) {
	points := v.ring(math.Sqrt(3))
	c.FillPolygon(color.NRGBA{0xee, 0xee, 0xee, 0xff}, points)
	c.StrokeLines(draw.LineStyle{Color: color.NRGBA{0x66, 0x66, 0x66, 0xff}, Width: 0.8}, points)
}

// ring is the circle about the origin in the hyperplane orthogonal to 1.
func (v view) ring(radius float64) []vg.Point {
	a := [3]float64{1 / math.Sqrt2, -1 / math.Sqrt2, 0}
	b := cross(one, a)
	var points []vg.Point
	for i := range 121 {
		s, t := math.Sincos(float64(i) * math.Pi / 60)
		points = append(points, v.at(combine(radius*s, a, radius*t, b)))
	}
	return points
}
