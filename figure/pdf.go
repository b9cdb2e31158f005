package figure

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas writes text that vgpdf alone would garble: it takes bytes of code
// page 1252, and hands UTF-8 on as it is. It also mends colours.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString implements vg.Canvas. The root sign is in no code page and is
// drawn, as wide as the font has it. Only the part of the font that is needed
// goes into the file.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	part := face
	part.Face = smallFont(face.Face)
	for i, piece := range strings.Split(text, "√") {
		if i > 0 {
			width := face.Width("√")
			c.root(at, width, face.Font.Size)
			at.X += width
		}
		c.Canvas.FillString(part, at, codePage(piece))
		at.X += face.Width(piece)
	}
}

// SetColor implements vg.Canvas; nil is black. vgpdf takes colours for not premultiplied by
// their alpha and would darken what is translucent.
func (c pdfCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(clr).(color.NRGBA)))
}

// straight is a colour that is not premultiplied.
type straight color.NRGBA

// RGBA implements color.Color but for the premultiplication.
func (s straight) RGBA() (r, g, b, a uint32) {
	return uint32(s.R) * 0x101, uint32(s.G) * 0x101, uint32(s.B) * 0x101, uint32(s.A) * 0x101
}

// root strokes a root sign in a box of the width given.
func (c pdfCanvas) root(at vg.Point, width, size vg.Length) {
	point := func(x, y vg.Length) vg.Point { return vg.Point{X: at.X + x*width, Y: at.Y + y*size} }
	var p vg.Path
	p.Move(point(.04, .38))
	p.Line(point(.2, .44))
	p.Line(point(.5, 0))
	p.Line(point(.97, .88))
	c.Push()
	c.SetLineWidth(size / 14)
	c.SetLineDash(nil, 0)
	c.Stroke(p)
	c.Pop()
}

// codePage encodes text in code page 1252, which is Latin-1 with a few signs
// more; what it lacks becomes a question mark.
func codePage(text string) string {
	more := map[rune]byte{'–': 0x96, '—': 0x97, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '…': 0x85, '•': 0x95, '−': '-'}
	var b []byte
	for _, r := range text {
		switch sign, ok := more[r]; {
		case ok:
			b = append(b, sign)
		case r < 0x80 || r >= 0xa0 && r <= 0xff:
			b = append(b, byte(r))
		default:
			b = append(b, '?')
		}
	}
	return string(b)
}
