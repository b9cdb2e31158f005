package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg/draw"

	"keyhull/experiment"
)

// losses draws the curves of a language model twice: the whole training, and
// what differs at its end at a scale that shows it.
func losses(r *experiment.Curves) Figure {
	const width, height, names = 400, 330, 88
	return Figure{width: 2 * width, height: height, draw: func(c draw.Canvas) {
		left := draw.Crop(part(c, 0, 0, width, height), 8, -12, 8, -8)
		top := title(left, r.Title)
		top += legend(draw.Crop(left, 36, 0, 0, -top), curveEntries(r)) + 4
		p := curvePlot(r)
		p.Add(curvePlotter{r, true})
		p.Draw(draw.Crop(left, 0, 0, 0, -top))
		right := draw.Crop(part(c, width, 0, width, height), 8, -8, 8, -8)
		title(draw.Crop(right, 0, -names, 0, 0), fmt.Sprintf("the last %.0f %% of the steps", 100*(1-endPart)))
		lossEnd(draw.Crop(right, 0, -names, 0, -top), r)
	}}
}

// lossEnd draws the last part of the training, with the variants' names at the
// ends of their means. The paper's numbers are there if they fit in.
func lossEnd(c draw.Canvas, r *experiment.Curves) {
	end, from := lastOf(r)
	p := curvePlot(end)
	x, _ := spans(end)
	span{from, x.high}.set(&p.X, false)
	p.Y.Label.Text = ""
	end.Paper = r.Paper
	p.Add(curvePlotter{end, true})
	p.Draw(c)
	data := p.DataCanvas(c)
	endLabels(data, end.Variants, curvePlotter{Curves: end}.places(data, p))
}

// endPart is where in the training its last part begins.
const endPart = 0.6

// lastOf keeps the values of the last part, and the step at which it begins.
// The paper's numbers are left out: they would need room that the curves need.
func lastOf(r *experiment.Curves) (*experiment.Curves, float64) {
	x, _ := spans(r)
	from, end := math.Inf(1), *r
	end.Variants, end.Paper = nil, nil
	for _, v := range r.Variants {
		last := v
		last.Seeds = nil
		for _, s := range v.Seeds {
			i := 0
			for i < len(s.Steps)-1 && float64(s.Steps[i]) < endPart*x.high {
				i++
			}
			from = math.Min(from, float64(s.Steps[i]))
			last.Seeds = append(last.Seeds, experiment.SeedCurve{Seed: s.Seed, Steps: s.Steps[i:], Values: s.Values[i:]})
		}
		end.Variants = append(end.Variants, last)
	}
	if from == x.high {
		from--
	}
	return &end, from
}

// controlScaling draws the test loss and its end, and below the shares of
// unselectable keys, if they are known.
func controlScaling(r *experiment.ControlScalingResult) Figure {
	const below = 270
	f := losses(&r.Loss)
	if r.Shares == nil {
		return f
	}
	upper := f.height
	return Figure{width: f.width, height: upper + below, draw: func(c draw.Canvas) {
		f.draw(part(c, 0, below, f.width, upper))
		layersIn(draw.Crop(part(c, 0, 0, f.width, below), 8, -12, 8, -4), r.Shares)
	}}
}
