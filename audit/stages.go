package audit

import (
	"context"
	"slices"

	"keyhull"
	"keyhull/nn"
	"keyhull/norm"
)

// The stages of a layer's keys on their way to its heads.
const (
	BeforeNorm = "before norm"         // what the norm gets
	Projected  = "projected"           // its mean taken off: LayerNorm's first half, exact
	Scaled     = "scaled"              // divided by its length, eps included, exact
	AfterNorm  = "after gain and bias" // what W_K gets, in float32
)

// Stages are all of them, in order.
var Stages = []string{BeforeNorm, Projected, Scaled, AfterNorm}

// StageResult says how many of a layer's keys are selectable at one stage, by
// queries of all its coordinates.
type StageResult struct {
	Stage  string         `json:"stage"`
	Rank   int            `json:"rank"`
	Counts keyhull.Counts `json:"counts"`
}

// stages decides the keys of a layer at each of the wanted stages that the model
// has. A post-LN model has the last alone.
func stages(ctx context.Context, a nn.Arch, s *nn.Stage, wanted []string, workers int) (all []StageResult, err error) {
	decide := func(name string, keys keyhull.Keys) {
		if err != nil || !slices.Contains(wanted, name) {
			return
		}
		var r *keyhull.Result
		if r, err = keyhull.Decide(ctx, keys, keyhull.Options{Workers: workers, Margins: keyhull.MarginBound}); err == nil {
			all = append(all, StageResult{name, r.Rank, r.Counts()})
		}
	}
	if s.BeforeNorm != nil {
		keys, kind := keyhull.Float32(s.BeforeNorm, s.Dim), norm.RMSNorm
		decide(BeforeNorm, keys)
		if a.Norm == "LayerNorm" {
			keys, kind = keys.Projected(), norm.LayerNorm
			decide(Projected, keys)
		}
		factors, undefined := norm.Factors(s.BeforeNorm, s.Dim, kind, a.Eps)
		if undefined != nil {
			return all, undefined
		}
		decide(Scaled, keys.Scaled(factors))
	}
	decide(AfterNorm, keyhull.Float32(s.AfterNorm, s.Dim))
	return all, err
}
