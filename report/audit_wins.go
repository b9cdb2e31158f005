package report

import (
	"fmt"
	"math"
	"slices"

	"keyhull/audit"
)

// couldWin is the share of a head's keys that some query selects, under a mask
// at some position that sees them.
func (a Audit) couldWin(i int) float64 {
	if i < len(a.Texts.lives) && a.Texts.lives[i].keys > 0 {
		return float64(a.Texts.lives[i].ever) / float64(a.Texts.lives[i].keys)
	}
	return 1 - a.Summary.Heads[i].Unselectable.Mean
}

// winsChart draws, for each head, which share of its keys could win and which
// does: one against the other, or, where as many could in all heads, by layer.
func (a Audit) winsChart() *chart {
	heads := a.Summary.Heads
	if len(heads) == 0 {
		return nil
	}
	least, could, most := 1.0, 0.0, 0.0
	for i, h := range heads {
		c := a.couldWin(i)
		least, could, most = min(least, c), max(could, c), max(most, h.Winners.Mean)
	}
	c := a.winsAgainst(least, could, most)
	if could-least < 0.05 {
		c = a.winsByLayer(max(could, most))
	}
	shares := share(could)
	if least < could {
		shares = share(least) + " to " + shares
	}
	where := ""
	if a.Masked {
		where = " at some position that sees them"
	}
	c.Says = fmt.Sprintf("Of the keys of a head %s could win%s; in the head where most do, %s do.", shares, where, share(most))
	return c
}

func (a Audit) winsAgainst(least, could, most float64) *chart {
	heads := a.Summary.Heads
	first, last := heads[0].Layer, heads[len(heads)-1].Layer
	step := roundStep(max(could-least, 1e-3) / 5)
	low, high := max(0, step*math.Floor(least/step+1e-9)), min(1, step*math.Ceil(could/step-1e-9))
	xs := axis{low - step/4, high + step/4, false}
	c := newChart("Keys that could win, keys that do", "keys that could win", "keys that do win", xs, shares(most))
	c.YTicks = c.shareTicks(c.y)
	for _, t := range c.shareTicks(axis{low, high, false}) {
		c.XTicks = append(c.XTicks, tick{c.x.at(low + t.At*(high-low)), t.Label})
	}
	for i, h := range heads {
		c.dot("", grade(h.Layer, first, last), a.winsTitle(i), a.couldWin(i), h.Winners.Mean)
	}
	if last > first {
		c.Grades = fmt.Sprintf("layers %d to %d", first, last)
	}
	return c
}

func (a Audit) winsByLayer(most float64) *chart {
	heads := a.Summary.Heads
	xs := axis{float64(heads[0].Layer) - 0.5, float64(heads[len(heads)-1].Layer) + 0.5, false}
	c := newChart("Keys that could win, keys that do", "layer", "share of keys", xs, shares(most))
	c.XTicks, c.YTicks = wholeTicks(xs), c.shareTicks(c.y)
	for i, h := range heads {
		at := float64(h.Layer) + beside(heads, i)
		c.dot("could", "", a.winsTitle(i), at, a.couldWin(i))
		c.dot("do", "", a.winsTitle(i), at, h.Winners.Mean)
	}
	c.Legend = []legend{{"could dots", "could win"}, {"do dots", "do win"}}
	return c
}

func (a Audit) winsTitle(i int) string {
	h := a.Summary.Heads[i]
	return fmt.Sprintf("layer %d, head %d: %s could win, %s do", h.Layer, h.Head, share(a.couldWin(i)), share(h.Winners.Mean))
}

// beside spreads the heads of a layer around it.
func beside(heads []audit.HeadSummary, i int) float64 {
	from, to := i, i
	for from > 0 && heads[from-1].Layer == heads[i].Layer {
		from--
	}
	for to < len(heads) && heads[to].Layer == heads[i].Layer {
		to++
	}
	return 0.7 * (float64(i-from) + 0.5 - float64(to-from)/2) / float64(to-from)
}

// attentionChart draws the best attention of keys against the most that they
// got, the median key of each head; nil where the best was not looked for.
func (a Audit) attentionChart() *chart {
	heads := a.Summary.Heads
	if len(heads) == 0 || len(a.Texts.best) != len(heads) || len(a.Texts.best[0].best) == 0 {
		return nil
	}
	first, last := heads[0].Layer, heads[len(heads)-1].Layer
	var best, got []float64
	most := 0.0
	for i := range heads {
		b, _ := median(slices.Clone(a.Texts.best[i].best))
		g, _ := median(slices.Clone(a.Texts.best[i].attained))
		best, got, most = append(best, b), append(got, g), max(most, b, g)
	}
	whole := shares(most)
	room := whole.high / 30
	c := newChart("Most attention of the median key", "attainable, at the largest norm of a query", "attained", axis{-room, whole.high + room, false}, axis{0, whole.high + room, false})
	c.XTicks, c.YTicks = c.shareTicks(whole), c.shareTicks(whole)
	for i := range c.XTicks {
		v := c.XTicks[i].At * whole.high
		c.XTicks[i].At, c.YTicks[i].At = c.x.at(v), c.y.at(v)
	}
	c.Lines = append(c.Lines, curve{"c-grey", c.points([]float64{0, whole.high}, []float64{0, whole.high})})
	c.Legend = append(c.Legend, legend{"c-grey", "all that is attainable is attained"})
	below := 0
	for i, h := range heads {
		below += one(got[i] < best[i]/2)
		c.dot("", grade(h.Layer, first, last), fmt.Sprintf("layer %d, head %d: %s attainable, %s attained", h.Layer, h.Head, share(best[i]), share(got[i])), best[i], got[i])
	}
	c.Says = fmt.Sprintf("A dot for each head: the median key's best attention and the most it got. In %d of %s it got less than half of that.", below, count(len(heads), "head"))
	if last > first {
		c.Grades = fmt.Sprintf("layers %d to %d", first, last)
	}
	return c
}

// grade is the palette's colour of a layer, but for its faintest end.
func grade(layer, first, last int) string {
	at := 0.9 * float64(layer-first) / float64(max(1, last-first)) * float64(len(palette)-1)
	i := min(int(at), len(palette)-2)
	var mix [3]int
	for k := range mix {
		mix[k] = int(math.Round(palette[i][k] + (at-float64(i))*(palette[i+1][k]-palette[i][k])))
	}
	return fmt.Sprintf("#%02x%02x%02x", mix[0], mix[1], mix[2])
}

// palette is viridis, as package figure draws it.
var palette = [][3]float64{{0x44, 0x01, 0x54}, {0x48, 0x28, 0x78}, {0x3e, 0x4a, 0x89}, {0x31, 0x68, 0x8e}, {0x26, 0x82, 0x8e},
	{0x1f, 0x9e, 0x89}, {0x35, 0xb7, 0x79}, {0x6e, 0xce, 0x58}, {0xb5, 0xde, 0x2b}, {0xfd, 0xe7, 0x25}}
