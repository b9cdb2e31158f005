package experiment

import (
	"slices"
	"testing"

	"keyhull/norm"
)

// runsOf makes runs whose every quantity is flat: 1 for the first seed, 3 for
// the other.
func runsOf(c Training) MajorityRuns {
	r := MajorityRuns{Training: c}
	for i, x := range []float64{1, 3} {
		values := map[string][]float64{}
		for _, name := range []string{"train_loss", "test_loss", "test_accuracy", "angle_mean"} {
			values[name] = []float64{x, x}
		}
		r.Seeds = append(r.Seeds, SeedRun{Trained{Seed: uint64(i)}, []int{100, c.Steps}, values})
	}
	return r
}

// The paper's numbers stand beside models of its shape, at their steps, only.
func TestSummary(t *testing.T) {
	other := PaperTraining(norm.LayerNorm)
	other.Classes = 10
	short := PaperTraining(norm.ScalePublished)
	short.Steps = 5000
	for name, c := range map[string]struct {
		config Training
		steps  []int
		paper  map[int]float64 // by place
	}{
		"layernorm":     {PaperTraining(norm.LayerNorm), []int{5000, 17000, 17000, 5000, 17000, 17000}, map[int]float64{0: 0.2, 3: 0.93, 5: 11}},
		"other norm":    {PaperTraining(norm.Scale), []int{5000, 17000, 17000, 5000, 17000, 17000}, nil},
		"other classes": {other, []int{5000, 17000, 17000, 5000, 17000, 17000}, nil},
		"short":         {short, []int{5000, 5000, 5000, 5000}, map[int]float64{0: 0.42, 2: 0.85}},
	} {
		var steps []int
		for i, m := range runsOf(c.config).Summary() {
			steps = append(steps, m.Step)
			want, has := c.paper[i]
			if has != (m.Paper != nil) || has && *m.Paper != want || m.Ours.Value != 2 || !(m.Ours.Low < 1 && m.Ours.High > 3) {
				t.Errorf("%s: %d: %+v", name, i, m)
			}
		}
		if !slices.Equal(steps, c.steps) {
			t.Errorf("%s: at steps %v", name, steps)
		}
	}
}

func TestSummaryCurves(t *testing.T) {
	for _, c := range []struct {
		kind              norm.Kind
		name, label, axis string
		log               bool
	}{
		{norm.ScalePublished, "train_loss", "no projection, norm 1/√d", "training loss", true},
		{norm.DyT, "angle_mean", "dyt", "mean angle of queries to 1", false},
	} {
		v := runsOf(PaperTraining(c.kind)).Curves(c.name)
		if err := v.Check(); err != nil || v.Variants[0].Label != c.label || v.Quantity != c.axis || v.Log != c.log || len(v.Variants[0].Seeds) != 2 {
			t.Errorf("%v: %+v", err, v)
		}
	}
}
