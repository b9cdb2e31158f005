package experiment

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"keyhull/run"
)

// ControlProjection trains {projection, none} × {norm √d, norm 1/√d}, and no norm
// at all: the control that tells projection from scale, which the paper's own
// comparison changes together.
type ControlProjection struct {
	Majority
	Threshold float64 `json:"threshold"` // of the training loss
}

// ControlResult holds the curves and what they say about causes.
type ControlResult struct {
	Config  ControlProjection `json:"config"`
	Control Control           `json:"control"`
	Effects []Effect          `json:"effects"`
	Seconds float64           `json:"seconds"`
}

// Effect is how many steps a change of the norm saves on the way to the
// threshold, as a mean over seeds with its bootstrap interval.
type Effect struct {
	Of     string   `json:"of"`    // projection or scale
	Given  string   `json:"given"` // what both have in common
	Slow   string   `json:"slow"`  // the norms compared
	Fast   string   `json:"fast"`
	Saved  Interval `json:"saved"`
	Capped [2]int   `json:"capped"` // slow and fast runs that never reached it: they count with their last step
}

// The four sides of the square of variants.
var sides = [4]Effect{
	{Of: "projection", Given: "at norm √d", Slow: "scale", Fast: "layernorm"},
	{Of: "projection", Given: "at norm 1/√d", Slow: "scale-published", Fast: "layernorm-small"},
	{Of: "scale", Given: "with projection", Slow: "layernorm-small", Fast: "layernorm"},
	{Of: "scale", Given: "without projection", Slow: "scale-published", Fast: "scale"},
}

// Run trains all variants.
func (c ControlProjection) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, seconds, err := c.train(ctx, pool, len(variants))
	if err != nil {
		return nil, err
	}
	r := &ControlResult{Config: c, Seconds: seconds, Control: Control{Threshold: c.Threshold, Loss: Curves{
		Title: "Projection and scale apart", Quantity: fig2a.Axis, Unit: fig2a.Unit, Log: true, Variants: c.curves(runs, fig2a.Name)}}}
	r.Effects = r.Control.effects(c.Training.Steps)
	return r, nil
}

// effects measures the sides of the square.
func (c *Control) effects(last int) []Effect {
	list := slices.Clone(sides[:])
	for i := range list {
		e := &list[i]
		slow, slowCapped := c.stepsOf(e.Slow, last)
		fast, fastCapped := c.stepsOf(e.Fast, last)
		e.Saved, e.Capped = bootstrap(differences(fast, slow)), [2]int{slowCapped, fastCapped}
	}
	return list
}

// stepsOf returns the steps to the threshold of a variant's seeds, and how many
// of them are only known to take longer than to the last step.
func (c *Control) stepsOf(norm string, last int) (steps []float64, capped int) {
	i := slices.IndexFunc(c.Loss.Variants, func(v Variant) bool { return v.Norm == norm })
	for _, s := range c.Loss.Variants[i].Seeds {
		step, ok := s.Reach(c.Threshold)
		if !ok {
			step, capped = last, capped+1
		}
		steps = append(steps, float64(step))
	}
	return steps, capped
}

// bootstrap estimates a mean with the percentile interval of 10,000 resamples
// (Efron 1979), which are the same every time.
func bootstrap(values []float64) Interval {
	const resamples = 10_000
	rng := rand.New(rand.NewPCG(1979, uint64(len(values))))
	means := make([]float64, resamples)
	for i := range means {
		for range values {
			means[i] += values[rng.IntN(len(values))] / float64(len(values))
		}
	}
	slices.Sort(means)
	return Interval{average(values).Value, means[resamples/40], means[resamples-resamples/40-1]}
}

// Table is the control's, with a row for each effect.
func (r *ControlResult) Table() Table {
	t := r.Control.Table()
	for _, e := range r.Effects {
		t.add(e.Fast, fmt.Sprintf("steps saved by %s %s, against %s", e.Of, e.Given, e.Slow), e.Saved.Value, r.Control.Threshold, e.Saved.Low, e.Saved.High)
	}
	return t
}

// Check returns an error if the control cannot be drawn.
func (r *ControlResult) Check() error { return r.Control.Check() }

// Finding asks whether projection saves steps where scale is held fixed, and
// how that compares with what scale saves where projection is.
func (r *ControlResult) Finding() Finding {
	e := r.Effects
	f := Finding{Seconds: r.Seconds, Verdict: NotReproduced, Ours: object{"effects": e, "seeds": len(r.Config.Seeds), "threshold": r.Control.Threshold}}
	switch {
	case e[0].Saved.Low > 0 && e[0].Saved.Value > e[3].Saved.Value/2:
		f.Verdict = Reproduced
	case e[3].Saved.Low > 0:
		f.Verdict = OtherCause
	default:
		f.Open = e[0].Saved.High > 0
	}
	f.Headline = fmt.Sprintf("steps to loss %g saved by projection at norm √d: %s; by scale without projection: %s", r.Control.Threshold, e[0].Saved.whole(), e[3].Saved.whole())
	f.Note = fmt.Sprintf("%s Steps are those to training loss %g, means over %d seeds with bootstrap intervals", r.Sentence(), r.Control.Threshold, len(r.Config.Seeds))
	return f
}

// Sentence says which cause the data support.
func (r *ControlResult) Sentence() string {
	e := r.Effects
	cause := "the data do not tell the cause of the faster learning"
	projection := e[0].Saved.Low > 0 && e[0].Saved.Value > e[3].Saved.Value/2
	switch scale := e[2].Saved.Low > 0 && e[3].Saved.Low > 0; {
	case scale && projection:
		cause = "the data support both scale and projection as causes of the faster learning"
	case scale:
		cause = "the data support scale, not projection, as the cause of the faster learning"
	case projection:
		cause = "the data support projection as the cause of the faster learning"
	}
	return fmt.Sprintf("Projection %s at norm √d and %s at norm 1/√d; the larger scale %s with projection and %s without: %s.",
		e[0].steps(), e[1].steps(), e[2].steps(), e[3].steps(), cause)
}

// steps writes what a change of the norm saves or costs: at least so much, if
// slow runs were too short to get there.
func (e Effect) steps() string {
	does, v, more := "saves", e.Saved, ""
	switch {
	case e.Capped[0] > 0 && e.Capped[1] > 0:
		return "saves a number of steps that is not known, for runs of both were too short,"
	case e.Capped[0] > 0:
		more = " or more"
	case v.Value < 0:
		does, v = "costs", Interval{-v.Value, -v.High, -v.Low}
	}
	return fmt.Sprintf("%s %s%s steps", does, v.whole(), more)
}

// whole writes an interval of whole numbers.
func (v Interval) whole() string {
	return fmt.Sprintf("%.0f", v.Value) + v.interval("%s to %s", decimals("%.0f"))
}
