package figure

import (
	"compress/zlib"
	"reflect"
	"testing"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
)

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// TestSmallFont compares outlines, widths and numbers of glyphs with those of
// the whole font.
func TestSmallFont(t *testing.T) {
	whole := font.DefaultCache.Lookup(textStyle(9).Font, 9).Face
	part := smallFont(whole)
	if part != smallFont(whole) {
		t.Error("a second font of the same")
	}
	seen := 0
	for r := rune(' '); r <= '™'; r++ {
		if codePage(string(r)) == "?" && r != '?' {
			continue
		}
		g, err := whole.GlyphIndex(nil, r)
		h, err2 := part.GlyphIndex(nil, r)
		if err != nil || err2 != nil || g != h {
			t.Fatalf("%q: %d %d %v %v", r, g, h, err, err2)
		}
		const ppem = 1000
		a, err := whole.LoadGlyph(nil, g, fixed.I(ppem), nil)
		b, err2 := part.LoadGlyph(nil, g, fixed.I(ppem), nil)
		w, err3 := whole.GlyphAdvance(nil, g, fixed.I(ppem), 0)
		v, err4 := part.GlyphAdvance(nil, g, fixed.I(ppem), 0)
		if !reflect.DeepEqual(a, b) || w != v || err != nil || err2 != nil || err3 != nil || err4 != nil {
			t.Fatalf("%q has another outline or width: %v %v %v %v", r, err, err2, err3, err4)
		}
		seen++
	}
	var all, some counter
	for f, n := range map[*opentype.Font]*counter{whole: &all, part: &some} {
		z := zlib.NewWriter(n)
		f.WriteSourceTo(nil, z)
		z.Close()
	}
	if seen < 200 || some > 45_000 || some > all/4 {
		t.Errorf("%d characters, %d bytes of %d", seen, some, all)
	}
}
