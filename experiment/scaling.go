package experiment

import (
	"fmt"
	"strings"
)

// scaling is what scaling gains: how much lower the loss is with it than
// without, seed by seed, and than with each control, which keeps the size of
// the keys without scaling each by its own norm.
type scaling struct {
	step     int
	paper    int // the step of the paper's losses
	seeds    int
	losses   []Interval // of each variant
	gains    []Interval // of the first variant over each other one
	variants []Variant
}

// newScaling compares variants that have the same seeds, the one with scaling
// first, where the shortest run ends.
func newScaling(variants []Variant) scaling {
	e := scaling{step: lastStep(variants), paper: fig4a.Step, variants: variants}
	with := variants[0].at(e.step)
	e.seeds = len(with)
	for i, v := range variants {
		values := v.at(e.step)
		e.losses = append(e.losses, average(values))
		if i > 0 {
			e.gains = append(e.gains, average(differences(with, values)))
		}
	}
	return e
}

// verdict: the claim fails if scaling does not lower the loss for sure; it has
// another cause if against a control that keeps the size of the keys it gains
// less than half as much, or not for sure.
func (e scaling) verdict() string {
	if e.gains[0].Low <= 0 {
		return NotReproduced
	}
	for _, fair := range e.gains[1:] {
		if fair.Low <= 0 || fair.Value < e.gains[0].Value/2 {
			return OtherCause
		}
	}
	return Reproduced
}

// open says that the claim may yet come out: the interval of what scaling gains
// holds 0, or training is shorter than the paper's.
func (e scaling) open() bool {
	return e.gains[0].Low <= 0 && (e.gains[0].High > 0 || e.step < e.paper)
}

func (e scaling) numbers(q quantity) object {
	ours := object{"step": e.step, "seeds": e.seeds}
	for i, v := range e.variants {
		ours["loss_"+v.Norm] = e.losses[i]
		if i > 0 {
			ours["gain_over_"+v.Norm] = e.gains[i-1]
		}
	}
	return ours
}

func (e scaling) headline(q quantity) string {
	text := fmt.Sprintf("%s at step %d: "+q.Format+" with, "+q.Format+" without, a gain of %s", q.Axis, e.step, e.losses[0].Value, e.losses[1].Value, q.gain(e.gains[0]))
	for i, v := range e.variants[paperLM:] {
		text += fmt.Sprintf("; over %s %s", v.Label, q.gain(e.gains[1+i]))
	}
	return text
}

func (e scaling) note(q quantity) string {
	over := "over one seed, which has no interval"
	if e.seeds > 1 {
		over = fmt.Sprintf("as a mean over %d seeds", e.seeds)
	}
	text := fmt.Sprintf("At step %d the %s is %s with scaling and %s without, a gain of %s %s", e.step, q.Axis,
		q.show(e.losses[0]), q.show(e.losses[1]), q.gain(e.gains[0]), over)
	var fair []string
	for i, v := range e.variants[paperLM:] {
		fair = append(fair, fmt.Sprintf("%s over %s", q.gain(e.gains[1+i]), v.Label))
	}
	if len(fair) > 0 {
		text += ". Where the size of the keys is kept, it gains " + strings.Join(fair, " and ")
	}
	switch {
	case e.verdict() == OtherCause:
		text += ": so the size of the keys, which leaving out the scaling changes as well, explains the difference (control-scaling)"
	case e.gains[0].Low <= 0 && e.step < e.paper:
		text += fmt.Sprintf(". The paper trains for %d steps: what comes later is open", e.paper)
	case e.open():
		text += fmt.Sprintf(". The interval of the difference holds 0: %d seeds do not tell, more may", e.seeds)
	}
	return text
}

// gain shows a difference of losses, which is small, with one more decimal.
func (q quantity) gain(v Interval) string {
	q.Format = "%.4f"
	return q.show(v)
}
