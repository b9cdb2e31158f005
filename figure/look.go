package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// look is how a variant is drawn in every figure: colour and shape say what
// size its norm gives the keys, whole lines and filled shapes that they are
// projected.
type look struct {
	colour color.NRGBA
	dashes []vg.Length
	shape  draw.GlyphDrawer
}

// Okabe and Ito's colours again, and a grey.
var (
	green  = color.NRGBA{0x00, 0x9e, 0x73, 0xff}
	purple = color.NRGBA{0xcc, 0x79, 0xa7, 0xff}
	grey   = color.NRGBA{0x66, 0x66, 0x66, 0xff}
)

var dashed = []vg.Length{5, 3}

// lookOf takes a norm by its name in package norm.
func lookOf(norm string) look {
	switch norm {
	case "layernorm":
		return look{blue, nil, draw.CircleGlyph{}}
	case "scale":
		return look{blue, dashed, draw.RingGlyph{}}
	case "layernorm-small":
		return look{vermilion, nil, draw.BoxGlyph{}}
	case "scale-published":
		return look{vermilion, dashed, draw.SquareGlyph{}}
	case "project": // dashed, since its curves can lie on those of LayerNorm
		return look{green, []vg.Length{6, 5}, draw.PyramidGlyph{}}
	case "project-times":
		return look{vermilion, []vg.Length{3, 5}, draw.BoxGlyph{}}
	case "project-learned":
		return look{purple, []vg.Length{8, 3, 2, 3}, draw.CircleGlyph{}}
	case "rmsnorm":
		return look{purple, dashed, draw.RingGlyph{}}
	case "dyt":
		return look{purple, []vg.Length{8, 3, 2, 3}, draw.SquareGlyph{}}
	}
	return look{grey, []vg.Length{1.5, 2.5}, draw.TriangleGlyph{}}
}

func (l look) line(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.colour, Width: width, Dashes: l.dashes}
}

// glyph draws the variant's shape. Outlines are half a point thick, which is
// faint: two make one that is not.
func (l look) glyph(c draw.Canvas, at vg.Point, radius vg.Length) {
	for _, r := range []vg.Length{radius, radius - 0.4} {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: l.colour, Radius: r, Shape: l.shape}, at)
	}
}

// entry is a line of a legend: a sample and what it is.
type entry struct {
	text   string
	sample func(c draw.Canvas, x, y vg.Length) // in sampleWidth to the right of x
}

const (
	sampleWidth = 24
	legendRow   = 13 // height
)

// lineEntry shows a variant's line.
func lineEntry(l look, text string) entry {
	return entry{text, func(c draw.Canvas, x, y vg.Length) {
		c.StrokeLine2(l.line(1.8), x, y, x+sampleWidth, y)
	}}
}

// legend draws entries from the top left corner of c, as many a row as fit,
// and returns the height that it took.
func legend(c draw.Canvas, entries []entry) vg.Length {
	style := textStyle(9)
	x, y := c.Min.X, c.Max.Y-legendRow/2
	for _, e := range entries {
		width := sampleWidth + 5 + style.Width(e.text)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-legendRow
		}
		e.sample(c, x, y)
		c.FillText(style, vg.Point{X: x + sampleWidth + 5, Y: y + 1}, e.text)
		x += width + 16
	}
	return c.Max.Y - y + legendRow/2
}

// title writes a figure's title at its top and returns the height it took.
func title(c draw.Canvas, text string) vg.Length {
	style := textStyle(11)
	style.XAlign, style.YAlign = draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y}, text)
	return 20
}

// label writes text on a white ground, so that lines do not cross it.
func label(c draw.Canvas, style draw.TextStyle, at vg.Point, text string) {
	box := style.Rectangle(text)
	const rim = 1
	rectangle(c, color.NRGBA{0xff, 0xff, 0xff, 0xd8}, at.X+box.Min.X-rim, at.Y+box.Min.Y-rim, at.X+box.Max.X+rim, at.Y+box.Max.Y+rim)
	c.FillText(style, at, text)
}
