// Package figure draws results as SVG, PNG and PDF. It knows the results'
// data, not how they came about. The same result gives the same bytes.
package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"keyhull/experiment"
)

// Formats are the file formats of Write, which are file endings too.
var Formats = []string{"svg", "png", "pdf"}

// pixels is the resolution of PNG files, dots an inch.
const pixels = 200

// Figure is something that can be drawn.
type Figure struct {
	width, height vg.Length
	draw          func(draw.Canvas)
	refused       error // why the result cannot be drawn
}

// Data is what can be drawn: results, and the parts of results that are drawn
// alone. Data that may be impossible to draw have a method Check() error.
type Data interface{ Table() experiment.Table }

// Of returns the figure that shows a result or a part of one. It panics on a
// type for which there is none. What Check refuses is an error of Write.
func Of(r Data) Figure {
	if c, ok := r.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return Figure{refused: fmt.Errorf("no figure: %w", err)}
		}
	}
	switch r := r.(type) {
	case *experiment.Fig1Result:
		return scatter(&r.Scatter)
	case *experiment.MajorityFigureResult:
		return training(&r.Curves)
	case *experiment.ControlResult:
		return control(&r.Control)
	case *experiment.MechanismResult:
		return mechanism(&r.Mechanism)
	case *experiment.Curves:
		return training(r)
	case *experiment.Scatter:
		return scatter(r)
	case *experiment.Control:
		return control(r)
	case *experiment.Mechanism:
		return mechanism(r)
	case *experiment.HeatmapResult:
		return heatmap(r)
	case *experiment.Fig5Result:
		return planes(r)
	case *experiment.HeadsResult:
		return heads(r)
	case *experiment.RoundingResult:
		return rounding(r)
	case *experiment.Fig4Result:
		return losses(&r.Curves)
	case *experiment.ControlScalingResult:
		return controlScaling(r)
	case *experiment.TableResult:
		return layerShares(&r.Shares)
	case *experiment.LayerShares:
		return layerShares(r)
	case *experiment.HeadsTrainedResult:
		return trainedHeads(r)
	}
	panic(fmt.Sprintf("figure: no figure of a %T", r))
}

func init() {
	// What a PDF says about the moment of its making would differ each time.
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
}

// Write writes the figure in one of the Formats.
func (f Figure) Write(w io.Writer, format string) error {
	if f.refused != nil {
		return f.refused
	}
	switch format {
	case "svg":
		return f.writeSVG(w)
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(pixels))
		f.onWhite(draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
		return err
	case "pdf":
		c := pdfCanvas{vgpdf.New(f.width, f.height)}
		f.onWhite(draw.New(c))
		_, err := c.WriteTo(w)
		return err
	}
	panic("figure: unknown format " + format)
}

// onWhite draws on a white ground, so that a dark page does not shine through.
func (f Figure) onWhite(c draw.Canvas) {
	rectangle(c, color.White, 0, 0, f.width, f.height)
	f.draw(c)
}

// writeSVG names fonts to fall back on, where Liberation is not installed.
func (f Figure) writeSVG(w io.Writer) error {
	c := vgsvg.New(f.width, f.height)
	f.onWhite(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
	return err
}
