package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// detail is how far, in points, a drawn line may be from the points left out.
const detail = 0.12

// stroke draws a line through the points as far as they are in c.
func stroke(c draw.Canvas, style draw.LineStyle, points []vg.Point) {
	c.StrokeLines(style, c.ClipLinesXY(simplified(points))...)
}

// leastBand is from how many values on their interval is drawn: that of two is
// 13 times as wide as they differ by.
const leastBand = 3

// band fills the interval around a variant's mean, from 0 on: no quantity of a
// training is below.
func band(c draw.Canvas, v experiment.Variant, at place) {
	var low, high []vg.Point
	for _, m := range v.Mean() {
		low, high = append(low, at(m.Step, max(0, m.Mean.Low))), append(high, at(m.Step, m.Mean.High))
	}
	if len(low) < 2 || len(v.Seeds) < leastBand {
		return
	}
	low, high = simplified(low), simplified(high)
	slices.Reverse(high)
	if area := c.ClipPolygonXY(append(low, high...)); len(area) > 2 {
		c.FillPolygon(light(lookOf(v.Norm).colour), area)
	}
}

// simplified leaves out points that nobody would see (Ramer 1972, Douglas and
// Peucker 1973), since a line may have thousands.
func simplified(points []vg.Point) []vg.Point {
	if len(points) < 3 {
		return points
	}
	first, last := points[0], points[len(points)-1]
	far, worst := 0, 0.0
	for i, p := range points[1 : len(points)-1] {
		if d := offLine(p, first, last); d > worst {
			far, worst = i+1, d
		}
	}
	if worst <= detail {
		return []vg.Point{first, last}
	}
	left := simplified(points[:far+1])
	return slices.Concat(left[:len(left)-1], simplified(points[far:]))
}

// offLine is the distance of p to the line through a and b, or to a where
// these are one.
func offLine(p, a, b vg.Point) float64 {
	ab, ap := b.Sub(a), p.Sub(a)
	length := math.Hypot(float64(ab.X), float64(ab.Y))
	if length == 0 {
		return math.Hypot(float64(ap.X), float64(ap.Y))
	}
	return math.Abs(float64(ab.X*ap.Y-ab.Y*ap.X)) / length
}

// apart returns heights at least gap from each other in the order of the
// points' own, none below the floor: lowest first, each as low as it may be.
func apart(points []vg.Point, gap, floor vg.Length) []vg.Length {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(points[a].Y, points[b].Y) })
	y := make([]vg.Length, len(points))
	for _, i := range order {
		y[i] = max(points[i].Y, floor)
		floor = y[i] + gap
	}
	return y
}

func diamond(at vg.Point, size vg.Length) []vg.Point {
	return []vg.Point{{X: at.X - size, Y: at.Y}, {X: at.X, Y: at.Y + size}, {X: at.X + size, Y: at.Y}, {X: at.X, Y: at.Y - size}}
}

// arrow draws a line with a head, which ends at the second point. Short ones
// are all head.
func arrow(c draw.Canvas, colour color.Color, width, head vg.Length, from, to vg.Point) {
	d := to.Sub(from)
	length := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
	if length == 0 {
		return
	}
	head = min(head, length)
	along := d.Scale(1 / length)
	across := vg.Point{X: -along.Y, Y: along.X}.Scale(head * .4)
	neck := to.Sub(along.Scale(head))
	end := to.Sub(along.Scale(head * .8))
	c.StrokeLine2(draw.LineStyle{Color: colour, Width: width}, from.X, from.Y, end.X, end.Y)
	c.FillPolygon(colour, []vg.Point{to, neck.Add(across), neck.Sub(across)})
}
