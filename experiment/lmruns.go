package experiment

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// lmVariants are the norms before attention that the figures of the language
// model compare: the paper's two, then the controls that project as the second
// does, but keep the keys as large as the first.
var lmVariants = []struct {
	norm  norm.Kind
	label string
}{
	{norm.LayerNorm, "with scaling (LayerNorm)"},
	{norm.Project, "without scaling (projection alone)"},
	{nn.ProjectTimes, "projection × a constant"},
	{nn.ProjectLearned, "projection × a learned scalar"},
}

// The paper's own figures and tables show the first two.
const paperLM = 2

// LMRun is a finished training of a language model with one seed.
type LMRun struct {
	Seed   uint64
	Curves map[string]SeedCurve // what was measured, by its name in a run's metrics
	// Corpus names what it was trained on; Synthetic says that this is not
	// English, so that the paper's numbers do not compare.
	Corpus    string
	Synthetic bool
	Seconds   float64 // of training, summed over cores
	Model     *nn.GPT2Params[float32]
}

// LMCurves arranges what a run has logged; what was not measured at a step is
// absent there.
func LMCurves(seed uint64, rows []run.Row) map[string]SeedCurve {
	curves := map[string]SeedCurve{}
	for _, row := range rows {
		for name, v := range row.Values {
			c := curves[name]
			curves[name] = SeedCurve{Seed: seed, Steps: append(c.Steps, row.Step), Values: append(c.Values, v)}
		}
	}
	return curves
}

// LMSource gives the finished runs of the language model with a norm before
// attention, one for each seed; it trains those that are not there. Its error
// is an [*Absence] where there can be none.
type LMSource func(ctx context.Context, pool run.Pool, before norm.Kind) ([]LMRun, error)

// Absence is the error of an experiment that cannot be made with what was
// given: its result is absent, and this is why.
type Absence struct{ Reason string }

func (a *Absence) Error() string { return a.Reason }

// lmRuns are the runs of the first variants, each with the same seeds in the
// same order.
type lmRuns [][]LMRun

// runs takes the first variants from the source, as far as their seeds agree.
// Controls that the source has not, and those behind them, are left out.
func (source LMSource) runs(ctx context.Context, pool run.Pool, count int) (all lmRuns, err error) {
	if source == nil {
		return nil, &Absence{"no language models are at hand"}
	}
	trained := map[uint64]int{} // by how many variants
	var later error
	for i, v := range lmVariants[:count] {
		runs, err := source(ctx, pool, v.norm)
		if absence := (*Absence)(nil); i >= paperLM && errors.As(err, &absence) {
			break
		}
		if errors.Is(err, run.ErrIncomplete) {
			later = err // the other norms' can be trained at the same time
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			trained[r.Seed]++
		}
		all = append(all, runs)
	}
	if later != nil {
		return nil, later
	}
	for i, runs := range all {
		all[i] = slices.DeleteFunc(slices.Clone(runs), func(r LMRun) bool { return trained[r.Seed] < len(all) })
		slices.SortFunc(all[i], func(a, b LMRun) int { return cmp.Compare(a.Seed, b.Seed) })
	}
	if len(all[0]) == 0 {
		return nil, &Absence{"no seed of the language model was trained with every norm that is compared"}
	}
	return all, nil
}

// curves arranges a quantity of the runs; false if one has not measured it.
func (r lmRuns) curves(name string) (list []Variant, ok bool) {
	for i, runs := range r {
		v := Variant{Norm: string(lmVariants[i].norm), Label: lmVariants[i].label}
		for _, one := range runs {
			c := one.Curves[name]
			if len(c.Steps) == 0 {
				return nil, false
			}
			v.Seeds = append(v.Seeds, c)
		}
		list = append(list, v)
	}
	return list, true
}

func (r lmRuns) seconds() (sum float64) {
	for _, runs := range r {
		for _, one := range runs {
			sum += one.Seconds
		}
	}
	return sum
}

// synthetic reports whether any run was not trained on English.
func (r lmRuns) synthetic() bool {
	return slices.ContainsFunc(slices.Concat(r...), func(one LMRun) bool { return one.Synthetic })
}

func (r lmRuns) remark() string { return remark(r.synthetic()) }

// lastStep is the last step that all seeds of all variants reached.
func lastStep(variants []Variant) int {
	last := math.MaxInt
	for _, v := range variants {
		for _, s := range v.Seeds {
			last = min(last, s.Steps[len(s.Steps)-1])
		}
	}
	return last
}
