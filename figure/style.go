package figure

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	faint = color.NRGBA{0xdd, 0xdd, 0xdd, 0xff}
	// Okabe and Ito's blue and vermilion: told apart in every kind of colour
	// vision, and in grey.
	blue      = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	vermilion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
)

// anchors of the palette viridis (van der Walt and Smith 2015, public domain),
// evenly spaced: grows in lightness, safe for the colour-blind.
var anchors = []color.NRGBA{
	{0x44, 0x01, 0x54, 0xff}, {0x48, 0x28, 0x78, 0xff}, {0x3e, 0x4a, 0x89, 0xff}, {0x31, 0x68, 0x8e, 0xff},
	{0x26, 0x82, 0x8e, 0xff}, {0x1f, 0x9e, 0x89, 0xff}, {0x35, 0xb7, 0x79, 0xff}, {0x6e, 0xce, 0x58, 0xff},
	{0xb5, 0xde, 0x2b, 0xff}, {0xfd, 0xe7, 0x25, 0xff},
}

// viridis returns the colour at t in [0, 1].
func viridis(t float64) color.NRGBA {
	at := t * float64(len(anchors)-1)
	i := min(int(at), len(anchors)-2)
	part := at - float64(i)
	mix := func(a, b uint8) uint8 {
		return uint8(math.Round(float64(a)*(1-part) + float64(b)*part))
	}
	a, b := anchors[i], anchors[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

func light(c color.NRGBA) color.NRGBA {
	c.A = 0x38
	return c
}

// newPlot returns an empty plot in the style of all figures.
func newPlot(title, x, y string) *plot.Plot {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size = 11
	p.Title.Padding = 6
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size = 10
		a.Tick.Label.Font.Size = 9
		a.Padding = 0
	}
	p.Legend.TextStyle.Font.Size = 9
	p.Legend.Padding = 2
	return p
}

// textStyle is the style of text outside of plots.
func textStyle(size vg.Length) draw.TextStyle {
	t := newPlot("", "", "").X.Tick.Label
	t.Font.Size = size
	t.Color = ink
	t.Rotation = 0
	t.XAlign, t.YAlign = draw.XLeft, draw.YCenter
	return t
}

// ticks labels exactly these values.
func ticks(values []int) plot.ConstantTicks {
	var t plot.ConstantTicks
	for _, v := range values {
		t = append(t, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
	}
	return t
}

// rectangle fills the rectangle between two corners.
func rectangle(c draw.Canvas, fill color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(fill, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// border draws a thin line around the rectangle between two corners.
func border(c draw.Canvas, x0, y0, x1, y1 vg.Length) {
	c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.5},
		[]vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}, {X: x0, Y: y0}})
}
