package experiment

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"keyhull/nn"
	"keyhull/run"
)

// Fig1 trains the majority task in three dimensions, to show keys and queries
// without (Fig. 1a) or with projection (Fig. 1b).
type Fig1 struct {
	Majority
	Projection bool `json:"projection"`
}

// fig1Training is the paper's small majority task: 10,000 epochs of one batch.
func fig1Training() Training {
	return Training{Samples: 6000, Length: 30, Classes: 10, MinDelta: 6, Dim: 3,
		Batch: 6000, Steps: 10_000, Rate: 1e-3, Epochs: 10_000, Every: 500}
}

// Fig1Result shows one seed; angles are those of all. Frames show that seed over
// its training; the last is Scatter.
type Fig1Result struct {
	Config  Fig1        `json:"config"`
	Scatter Scatter     `json:"scatter"`
	Frames  []Frame     `json:"frames"`
	Degrees [][]float64 `json:"degrees"` // of the query of each class to 1, for each seed
	Seconds float64     `json:"seconds"`
}

// Run trains all seeds with and without projection: the other figure takes
// them from the pool's folder.
func (c Fig1) Run(ctx context.Context, pool run.Pool) (Result, error) {
	n := len(c.Seeds)
	runs, took, err := run.Map(ctx, pool, "fig1", c.Majority, paperVariants*n, func(ctx context.Context, i int) (filmedRun, error) {
		training := c.Training
		training.Norm = variants[i/n].norm
		return training.film(ctx, c.Seeds[i%n], i%n == 0)
	})
	if err != nil {
		return nil, err
	}
	if c.Projection {
		return c.result(runs[:n], string(variants[0].norm), "Majority with projection", took.Seconds()), nil
	}
	return c.result(runs[n:], string(variants[1].norm), "Majority without projection", took.Seconds()), nil
}

func (c Fig1) result(runs []filmedRun, norm, title string, seconds float64) *Fig1Result {
	r := &Fig1Result{Config: c, Scatter: Scatter{Title: title, Norm: norm}, Frames: runs[0].Frames, Seconds: seconds}
	for i, one := range runs {
		var angles []float64
		for _, q := range one.Trained.Queries {
			angles = append(angles, nn.AngleToOnes(q))
		}
		if i == 0 {
			last := newFrame(c.Training.Steps, one.Trained.Keys, one.Trained.Queries)
			r.Scatter.Keys, r.Scatter.Queries = last.Keys, last.Queries
		}
		r.Degrees = append(r.Degrees, angles)
	}
	return r
}

// Table has the keys and queries of all frames; the last are those that are drawn.
func (r *Fig1Result) Table() Table {
	t := Table{Header: append([]string{"step"}, r.Scatter.Table().Header...)}
	for _, f := range r.Frames {
		of := Scatter{Keys: f.Keys, Queries: f.Queries}
		for _, row := range of.Table().Rows {
			t.Rows = append(t.Rows, append([]string{strconv.Itoa(f.Step)}, row...))
		}
	}
	return t
}

// Check returns an error if the result cannot be drawn.
func (r *Fig1Result) Check() error { return r.Scatter.Check() }

// randomDegrees is the mean angle between a line and a random direction in
// three dimensions: 1 radian.
const randomDegrees = 180 / math.Pi

// Finding compares the mean angle of the queries to 1 with that of random
// directions.
func (r *Fig1Result) Finding() Finding {
	var means []float64
	for _, angles := range r.Degrees {
		means = append(means, average(angles).Value)
	}
	a := average(means)
	f := Finding{Seconds: r.Seconds, Verdict: NotReproduced, Ours: object{"degrees": a, "random_degrees": randomDegrees, "seeds": len(means)}}
	if lined := a.High < randomDegrees; lined == r.Config.Projection {
		f.Verdict = Reproduced
	} else {
		f.Open = r.Config.Projection && a.Low < randomDegrees
	}
	f.Headline = fmt.Sprintf("mean angle of the queries to 1: %.1f°%s; random directions %.1f°", a.Value, a.interval("%s to %s", decimals("%.1f")), randomDegrees)
	f.Note = fmt.Sprintf("Over %d seeds the queries of the %d classes make a mean angle of %.1f°%s with the line of 1 = [1, 1, 1]; that of random directions is %.1f°",
		len(means), r.Config.Training.Classes, a.Value, a.interval("95 %% interval %s to %s", decimals("%.1f°")), randomDegrees)
	return f
}
