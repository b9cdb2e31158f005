package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// whole writes a number rounded to a whole one.
func whole(x float64) string { return number(math.Round(x)) }

// controlLegend lays the variants out as what they are: two by two, and one
// without a norm. Variants that are not in this scheme follow below. It
// returns the height that it took.
func controlLegend(c draw.Canvas, variants []experiment.Variant) vg.Length {
	const first, column = 62, 140
	scheme := [][]string{{"layernorm", "scale"}, {"layernorm-small", "scale-published"}}
	style := textStyle(9)
	for k, head := range []string{"with projection", "without projection"} {
		c.FillText(style, vg.Point{X: c.Min.X + first + vg.Length(k)*column, Y: c.Max.Y - legendRow/2}, head)
	}
	y := c.Max.Y - 1.5*legendRow
	rest := slices.Clone(variants)
	for i, names := range scheme {
		c.FillText(style, vg.Point{X: c.Min.X, Y: y}, []string{"norm √d", "norm 1/√d"}[i])
		for k, name := range names {
			if at := indexOf(rest, name); at >= 0 {
				x := c.Min.X + first + vg.Length(k)*column
				lineEntry(lookOf(name), "").sample(c, x, y)
				c.FillText(style, vg.Point{X: x + sampleWidth + 5, Y: y}, name)
				rest = slices.Delete(rest, at, at+1)
			}
		}
		y -= legendRow
	}
	if slices.ContainsFunc(variants, func(v experiment.Variant) bool { return len(v.Seeds) >= leastBand }) && len(rest) > 0 {
		x := c.Min.X + first + column
		rectangle(c, light(grey), x, y-4, x+sampleWidth, y+4)
		c.StrokeLine2(draw.LineStyle{Color: grey, Width: 1.8}, x, y, x+sampleWidth, y)
		c.FillText(style, vg.Point{X: x + sampleWidth + 5, Y: y}, "mean, 95 % interval")
	}
	for _, v := range rest {
		c.FillText(style, vg.Point{X: c.Min.X, Y: y}, v.Label)
		lineEntry(lookOf(v.Norm), "").sample(c, c.Min.X+first, y)
		c.FillText(style, vg.Point{X: c.Min.X + first + sampleWidth + 5, Y: y}, v.Norm)
		y -= legendRow
	}
	return c.Max.Y - y - legendRow/2
}

func indexOf(variants []experiment.Variant, norm string) int {
	return slices.IndexFunc(variants, func(v experiment.Variant) bool { return v.Norm == norm })
}
