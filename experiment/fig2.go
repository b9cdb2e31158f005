package experiment

import (
	"context"
	"fmt"

	"keyhull/run"
)

// MajorityFigure draws a quantity over the training of the majority task, with
// and without projection (Fig. 2a, 2b, 3). "Without" is as published: norm
// 1/√d, where LayerNorm's is √d. So it also trains the control that the paper
// lacks, no projection at norm √d, to tell what causes the difference.
type MajorityFigure struct {
	Majority
	Quantity quantity `json:"quantity"`
}

// quantity is what a figure shows, and how it is read.
type quantity struct {
	Name   string     `json:"name"` // in a run's metrics
	Title  string     `json:"title"`
	Axis   string     `json:"axis"`
	Unit   string     `json:"unit,omitempty"`
	Range  [2]float64 `json:"range"`
	Step   int        `json:"step"`   // where the paper's numbers are read
	Better float64    `json:"better"` // +1 if projection should make it larger, −1 if smaller
	Paper  [2]float64 `json:"paper"`  // with, without
	Format string     `json:"format"`
}

var (
	fig2a = quantity{"train_loss", "Majority: training loss", "training loss", "nats", [2]float64{}, 5000, -1, [2]float64{0.2, 0.42}, "%.3f"}
	fig2b = quantity{"angle_mean", "Majority: angle of the queries to 1", "mean angle of queries to 1", "degrees", [2]float64{0, 90}, 17000, -1, [2]float64{11, 83}, "%.1f°"}
	fig3  = quantity{"test_accuracy", "Majority: test accuracy", "test accuracy", "", [2]float64{0, 1}, 5000, +1, [2]float64{0.93, 0.85}, "%.3f"}
)

// MajorityFigureResult holds the curves with and without projection. Control
// are those without it at LayerNorm's scale.
type MajorityFigureResult struct {
	Config  MajorityFigure `json:"config"`
	Curves  Curves         `json:"curves"`
	Control Variant        `json:"control"`
	Seconds float64        `json:"seconds"`
}

// Run trains the square of variants; runs that another figure of the same
// configuration left in the pool's folder are taken from there.
func (c MajorityFigure) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, seconds, err := c.train(ctx, pool, squareVariants)
	if err != nil {
		return nil, err
	}
	all, q := c.curves(runs, c.Quantity.Name), c.Quantity
	r := &MajorityFigureResult{Config: c, Control: all[paperVariants], Seconds: seconds, Curves: Curves{
		Title: q.Title, Quantity: q.Axis, Unit: q.Unit, Range: q.Range, Log: q.Name == fig2a.Name, Variants: all[:paperVariants]}}
	if q.Step <= c.Training.Steps {
		for i, v := range r.Curves.Variants {
			r.Curves.Paper = append(r.Curves.Paper, Mark{v.Norm, q.Step, q.Paper[i]})
		}
	}
	return r, nil
}

// Table has the curves, and those of the control.
func (r *MajorityFigureResult) Table() Table {
	all := r.Curves
	all.Variants = append(all.Variants[:len(all.Variants):len(all.Variants)], r.Control)
	return all.Table()
}

// step is where the variants are compared.
func (r *MajorityFigureResult) step() int {
	return min(r.Config.Quantity.Step, r.Config.Training.Steps)
}

// Finding compares the variants seed by seed. The claim fails if projection
// does not help as published; it has another cause if at equal scale it helps
// less than half as much, or not for sure.
func (r *MajorityFigureResult) Finding() Finding {
	q, step := r.Config.Quantity, r.step()
	with, without, same := r.Curves.Variants[0].at(step), r.Curves.Variants[1].at(step), r.Control.at(step)
	better := func(control []float64) Interval {
		d := differences(control, with)
		for i := range d {
			d[i] *= q.Better
		}
		return average(d)
	}
	published, fair := better(without), better(same)
	f := Finding{Seconds: r.Seconds, Verdict: Reproduced, Ours: object{
		"step": step, "with": average(with), "without": average(without), "without_at_same_scale": average(same),
		"gain_as_published": published, "gain_at_same_scale": fair, "seeds": len(with)}}
	switch {
	case published.Low <= 0:
		f.Verdict, f.Open = NotReproduced, published.High > 0
	case fair.Low <= 0 || fair.Value < published.Value/2:
		f.Verdict = OtherCause
	}
	f.Headline = fmt.Sprintf("%s at step %d: %s with, %s without; %s without at the same scale",
		q.Axis, step, q.show(average(with)), q.show(average(without)), q.show(average(same)))
	f.Note = fmt.Sprintf("Over %d seeds the %s at step %d is %s with projection and %s without it as published, where keys and queries are d times shorter too. "+
		"Without projection but at LayerNorm's scale it is %s", len(with), q.Axis, step, q.long(average(with)), q.long(average(without)), q.long(average(same)))
	if f.Open {
		f.Note += fmt.Sprintf(". The interval of the difference, %s, holds 0: %d seeds do not tell, more may", q.show(published), len(with))
	}
	if f.Verdict == OtherCause {
		f.Note += ". So the scale of the norm, which the published control changes as well, explains the difference (control-projection)"
	}
	return f
}

// show writes a mean with its interval for a table, long for a sentence.
func (q quantity) show(v Interval) string {
	return fmt.Sprintf(q.Format, v.Value) + v.interval("%s to %s", decimals(q.Format))
}

func (q quantity) long(v Interval) string {
	return fmt.Sprintf(q.Format, v.Value) + v.interval("95 %% interval %s to %s", decimals(q.Format))
}
