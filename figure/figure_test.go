package figure_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"testing"

	"keyhull/experiment"
	"keyhull/figure"
	"keyhull/run"
)

var small = map[string]experiment.Experiment{
	"heatmap":   experiment.Heatmap{Dims: [2]int{3, 5}, Keys: [2]int{3, 14}, Runs: 4, Norm: "none", Init: "normal", Seed: 3},
	"one cell":  experiment.Heatmap{Dims: [2]int{3, 3}, Keys: [2]int{9, 9}, Runs: 4, Norm: "project", Init: "xavier-normal", Seed: 3},
	"planes":    experiment.Fig5{Planes: 1, Points: 12, Seed: 3},
	"heads":     experiment.Heads{Dims: []int{5, 16}, Keys: []int{8, 40}, Runs: 5, Seeds: 2, Seed: 3},
	"rounding":  experiment.Rounding{Dims: []int{4, 5, 6, 7}, Keys: []int{8, 40}, Seeds: 2, Seed: 3},
	"one point": experiment.Rounding{Dims: []int{4}, Keys: []int{8}, Seeds: 1, Seed: 3},
}

func drawn(t *testing.T, r figure.Data, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := figure.Of(r).Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFigures(t *testing.T) {
	for name, e := range small {
		r, err := e.Run(t.Context(), run.Pool{})
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range figure.Formats {
			first := drawn(t, r, format)
			if !bytes.Equal(first, drawn(t, r, format)) {
				t.Errorf("%s: two %s files of the same result differ", name, format)
			}
			check[format](t, name, first)
		}
	}
}

var check = map[string]func(*testing.T, string, []byte){"svg": checkSVG, "png": checkPNG, "pdf": checkPDF}

func checkSVG(t *testing.T, name string, file []byte) {
	dec := xml.NewDecoder(bytes.NewReader(file))
	var err error
	for err == nil {
		_, err = dec.Token()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("%s: not XML: %v", name, err)
	}
	if bad := regexp.MustCompile(`NaN|Inf|<image|<script|href`).Find(file); bad != nil {
		t.Errorf("%s: %s in SVG", name, bad)
	}
}

// checkPNG finds the four edges white, so that nothing is cut off, and more
// than white inside.
func checkPNG(t *testing.T, name string, file []byte) {
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(name, err)
	}
	b := img.Bounds()
	for x := b.Min.X; x < b.Max.X; x++ {
		if !white(img, x, b.Min.Y) || !white(img, x, b.Max.Y-1) {
			t.Fatalf("%s: ink on the upper or lower edge, at %d", name, x)
		}
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if !white(img, b.Min.X, y) || !white(img, b.Max.X-1, y) {
			t.Fatalf("%s: ink on the left or right edge, at %d", name, y)
		}
	}
}

func white(img image.Image, x, y int) bool {
	return color.NRGBAModel.Convert(img.At(x, y)) == color.NRGBA{0xff, 0xff, 0xff, 0xff}
}

func checkPDF(t *testing.T, name string, file []byte) {
	if !bytes.HasPrefix(file, []byte("%PDF-")) || !bytes.Contains(file, []byte("(D:19700101000000)")) {
		t.Errorf("%s: not a PDF, or one with a date", name)
	}
}
