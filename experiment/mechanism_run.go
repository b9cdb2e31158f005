package experiment

import (
	"context"
	"fmt"

	"keyhull/run"
)

// MechanismView looks into trained models: how they attend, and how they would
// with every query turned parallel to 1.
type MechanismView struct{ Majority }

// MechanismResult shows the first seed of each variant; distances are means
// over classes, one for each seed.
type MechanismResult struct {
	Config    MechanismView `json:"config"`
	Mechanism Mechanism     `json:"mechanism"`
	Learned   [][]float64   `json:"learned"`  // for each model and seed
	Parallel  [][]float64   `json:"parallel"` // the same for queries parallel to 1
	Seconds   float64       `json:"seconds"`
}

// Run takes the runs of Fig. 2a.
func (c MechanismView) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, seconds, err := c.train(ctx, pool, squareVariants)
	if err != nil {
		return nil, err
	}
	r := &MechanismResult{Config: c, Seconds: seconds, Mechanism: Mechanism{Title: "Why projection makes uniform attention easy"}}
	for i := range paperVariants + 1 {
		v := variants[i]
		var learned, parallel []float64
		for s, one := range runs[i*len(c.Seeds) : (i+1)*len(c.Seeds)] {
			a := NewAttention(string(v.norm), v.label, one.Trained.Keys, one.Trained.Queries)
			learned, parallel = append(learned, average(a.Learned).Value), append(parallel, average(a.Parallel).Value)
			if s == 0 {
				r.Mechanism.Models = append(r.Mechanism.Models, a)
			}
		}
		r.Learned, r.Parallel = append(r.Learned, learned), append(r.Parallel, parallel)
	}
	return r, nil
}

// Table is the mechanism's.
func (r *MechanismResult) Table() Table { return r.Mechanism.Table() }

// Check returns an error if the mechanism cannot be drawn.
func (r *MechanismResult) Check() error { return r.Mechanism.Check() }

// Finding holds what the claim says against what a query parallel to 1 does:
// with projection it must attend uniformly, but for rounding, and the learned
// queries more nearly so than without.
func (r *MechanismResult) Finding() Finding {
	with, without := average(r.Parallel[0]), average(r.Parallel[1])
	learned := [3]Interval{average(r.Learned[0]), average(r.Learned[1]), average(r.Learned[2])}
	f := Finding{Seconds: r.Seconds, Verdict: NotReproduced, Ours: object{
		"parallel_with": with, "parallel_without": without, "parallel_without_at_same_scale": average(r.Parallel[2]),
		"learned_with": learned[0], "learned_without": learned[1], "learned_without_at_same_scale": learned[2], "seeds": len(r.Config.Seeds)}}
	if with.High < 1e-5 && without.Low > 1e-3 {
		f.Verdict = Reproduced
	}
	f.Headline = fmt.Sprintf("distance to uniform attention with queries parallel to 1: %.2g with projection, %.2g without", with.Value, without.Value)
	f.Note = fmt.Sprintf("A query parallel to 1 is %.2g from uniform attention with projection, %.2g without as published and %.2g without at the same scale (total variation, means over %d seeds). "+
		"The learned queries are %.3f, %.3f and %.3f from it", with.Value, without.Value, average(r.Parallel[2]).Value, len(r.Config.Seeds), learned[0].Value, learned[1].Value, learned[2].Value)
	return f
}
