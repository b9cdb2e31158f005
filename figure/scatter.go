package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// classColours are Tol's muted scheme and a bluish grey, for marks that also carry
// their class's number.
var classColours = []color.NRGBA{
	{0x33, 0x22, 0x88, 0xff}, {0xcc, 0x66, 0x77, 0xff}, {0x11, 0x77, 0x33, 0xff}, {0xdd, 0xcc, 0x77, 0xff}, {0x88, 0xcc, 0xee, 0xff},
	{0x88, 0x22, 0x55, 0xff}, {0x44, 0xaa, 0x99, 0xff}, {0x99, 0x99, 0x33, 0xff}, {0xaa, 0x44, 0x99, 0xff}, {0x4e, 0x57, 0x60, 0xff},
}

// plane is the colour of what is orthogonal to 1.
var (
	plane     = color.NRGBA{0x56, 0xb4, 0xe9, 0x40}
	planeEdge = draw.LineStyle{Color: color.NRGBA{0x56, 0xb4, 0xe9, 0xff}, Width: .8}
)

func classColour(class int) color.NRGBA { return classColours[class%len(classColours)] }

// space is a look at keys and queries with 1 = [1, 1, 1] upright, from a
// little above the plane orthogonal to it.
type space struct {
	view
	towards [3]float64 // the eye
	reach   float64    // length of the longest key, 1 if all are zero
}

// newSpace makes room for keys of any length: only the scale depends on them.
func newSpace(keys [][3]float64, centre vg.Point, radius float64) space {
	const turn, tilt = -10, 20 // degrees
	reach := reach(keys)
	if reach == 0 {
		reach = 1
	}
	st, ct := math.Sincos(turn * math.Pi / 180)
	sh, ch := math.Sincos(tilt * math.Pi / 180)
	a := [3]float64{1 / math.Sqrt2, -1 / math.Sqrt2, 0}
	level := combine(ct, a, st, cross(one, a))
	s := space{towards: combine(ch, level, sh, one), reach: reach}
	s.up = combine(ch, one, -sh, level)
	s.right = cross(s.up, s.towards)
	s.centre, s.scale = centre, radius/reach
	return s
}

// item is something to draw, after all that is farther away.
type item struct {
	depth float64
	draw  func()
}

// scatter draws keys and query directions, and the queries' angles to 1 on a
// strip below.
func scatter(r *experiment.Scatter) Figure {
	const width, height, strip = 360, 410, 92
	return Figure{width: width, height: height, draw: func(c draw.Canvas) {
		inner := draw.Crop(c, 12, -12, 8, -8)
		top := title(inner, r.Title)
		legend(draw.Crop(inner, 12, 0, 0, -top), scatterEntries())
		s := newSpace(r.Keys, vg.Point{X: width / 2, Y: (height+strip)/2 - 20}, 96)
		items := append(s.keys(c, r), s.queries(c, r)...)
		items = append(items, item{0, func() { s.disc(c) }})
		slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.depth, b.depth) })
		s.ones(c)
		s.axes(c, 1.48*s.reach)
		for _, it := range items {
			it.draw()
		}
		s.tips(c, r)
		s.radius(c)
		angleStrip(draw.Crop(inner, 24, -24, 0, 0), r)
	}}
}

// depth orders by side of the plane first: what is below it is seen through it.
func (s space) depth(p [3]float64) float64 {
	side := inner(p, one)
	if math.Abs(side) < 1e-6*s.reach {
		side = 1e-9 * s.reach // in the plane: on it
	}
	return math.Copysign(10*s.reach, side) + inner(p, s.towards)
}

func (s space) keys(c draw.Canvas, r *experiment.Scatter) []item {
	var list []item
	for class, k := range r.Keys {
		list = append(list, item{s.depth(k), func() {
			s.stem(c, k)
			token(c, s.at(k), class, 5.5)
		}})
	}
	return list
}

// queries are arrows of one length, because directions are what matters.
func (s space) queries(c draw.Canvas, r *experiment.Scatter) []item {
	var list []item
	for class, q := range r.Queries {
		tip := s.tip(q, 1.25)
		list = append(list, item{s.depth(scaled(.5, tip)), func() {
			arrow(c, classColour(class), 1.8, 9, s.at([3]float64{}), s.at(tip))
		}})
	}
	return list
}

// tip is the end of a query's arrow; of none, if the query is zero.
func (s space) tip(q [3]float64, length float64) [3]float64 {
	size := math.Sqrt(inner(q, q))
	if size == 0 {
		return q
	}
	return scaled(length*s.reach/size, q)
}

// tips numbers the arrows that have room for it; the strip numbers all.
func (s space) tips(c draw.Canvas, r *experiment.Scatter) {
	style := textStyle(8)
	style.XAlign = draw.XCenter
	var places []vg.Point // of numbers, then of what they must not cover
	for _, q := range r.Queries {
		places = append(places, s.at(s.tip(q, 1.36)))
	}
	places = append(places, s.centre)
	for _, k := range r.Keys {
		places = append(places, s.at(k))
	}
	for class := range r.Queries {
		if lonely(places, class, 10) {
			c.FillText(style, places[class], fmt.Sprint(class))
		}
	}
}

// lonely reports whether no other point is within a distance of point i.
func lonely(points []vg.Point, i int, distance float64) bool {
	for k, p := range points {
		if d := p.Sub(points[i]); k != i && math.Hypot(float64(d.X), float64(d.Y)) < distance {
			return false
		}
	}
	return true
}

// stem leads from a point to the plane orthogonal to 1, right below or above.
func (s space) stem(c draw.Canvas, p [3]float64) {
	if side := inner(p, one); math.Abs(side) > 1e-3*s.reach {
		from, foot := s.at(p), s.at(combine(1, p, -side, one))
		c.StrokeLine2(draw.LineStyle{Color: grey, Width: .6, Dashes: []vg.Length{2, 2}}, from.X, from.Y, foot.X, foot.Y)
		dot(c, foot, grey, draw.CircleGlyph{}, 1.2)
	}
}

// token is a disc with the number of its class.
func token(c draw.Canvas, at vg.Point, class int, radius vg.Length) {
	colour := classColour(class)
	dot(c, at, color.White, draw.CircleGlyph{}, radius+.8)
	dot(c, at, colour, draw.CircleGlyph{}, radius)
	style := textStyle(1.35 * radius)
	style.XAlign, style.YAlign, style.Color = draw.XCenter, draw.YCenter, readable(colour)
	c.FillText(style, vg.Point{X: at.X, Y: at.Y + .1*radius}, fmt.Sprint(class))
}

// disc is the plane orthogonal to 1, where projected keys are.
func (s space) disc(c draw.Canvas) {
	edge := s.ring(s.reach)
	c.FillPolygon(plane, edge)
	c.StrokeLines(planeEdge, edge)
}

// radius writes the disc's radius to the right of it.
func (s space) radius(c draw.Canvas) {
	rim := s.at(scaled(s.reach, s.right))
	label(c, textStyle(9), vg.Point{X: rim.X + 8, Y: rim.Y + 1}, fmt.Sprintf("radius %.3g", s.reach))
}

// ones is the line of 1, broad and pale behind all, with its name.
func (s space) ones(c draw.Canvas) {
	pale := color.NRGBA{0xd0, 0xd0, 0xd0, 0xff}
	tip := 1.55 * s.reach
	to, from := s.at(combine(tip, one, 0, one)), s.at(combine(-tip*.92, one, 0, one))
	arrow(c, pale, 6, 16, from, to)
	style := textStyle(10)
	style.XAlign = draw.XRight
	c.FillText(style, vg.Point{X: to.X - 8, Y: to.Y - 5}, "1 = [1, 1, 1]")
	c.FillText(style, vg.Point{X: from.X - 8, Y: from.Y + 4}, "–1")
}
