package experiment

import (
	"context"
	"fmt"
	"math"

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

// Fig1Result shows one seed; angles are those of all.
type Fig1Result struct {
	Config  Fig1        `json:"config"`
	Scatter Scatter     `json:"scatter"`
	Degrees [][]float64 `json:"degrees"` // of the query of each class to 1, for each seed
	Seconds float64     `json:"seconds"`
}

// Run trains all seeds with and without projection: the other figure takes
// them from the pool's folder.
func (c Fig1) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, seconds, err := c.train(ctx, pool, paperVariants)
	if err != nil {
		return nil, err
	}
	if n := len(c.Seeds); c.Projection {
		return c.result(runs[:n], string(variants[0].norm), "Majority with projection", seconds), nil
	} else {
		return c.result(runs[n:], string(variants[1].norm), "Majority without projection", seconds), nil
	}
}

func (c Fig1) result(runs []SeedRun, norm, title string, seconds float64) *Fig1Result {
	r := &Fig1Result{Config: c, Scatter: Scatter{Title: title, Norm: norm}, Seconds: seconds}
	for i, one := range runs {
		var angles []float64
		for class, q := range one.Trained.Queries {
			angles = append(angles, nn.AngleToOnes(q))
			if i == 0 {
				r.Scatter.Keys = append(r.Scatter.Keys, [3]float64(one.Trained.Keys[class]))
				r.Scatter.Queries = append(r.Scatter.Queries, [3]float64(q))
			}
		}
		r.Degrees = append(r.Degrees, angles)
	}
	return r
}

// Table has the keys and queries that are drawn.
func (r *Fig1Result) Table() Table { return r.Scatter.Table() }

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
	}
	f.Headline = fmt.Sprintf("mean angle of the queries to 1: %.1f°%s; random directions %.1f°", a.Value, a.interval("%s to %s", decimals("%.1f")), randomDegrees)
	f.Note = fmt.Sprintf("Over %d seeds the queries of the %d classes make a mean angle of %.1f°%s with the line of 1 = [1, 1, 1]; that of random directions is %.1f°",
		len(means), r.Config.Training.Classes, a.Value, a.interval("95 %% interval %s to %s", decimals("%.1f°")), randomDegrees)
	return f
}
