package experiment

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"keyhull/run"
)

func littleMajority() Majority {
	c := little("")
	return Majority{c, []uint64{1, 2, 3}}
}

// TestMajorityArtifacts runs each on a small task, from one folder: all share
// their runs.
func TestMajorityArtifacts(t *testing.T) {
	m, q := littleMajority(), fig2a
	q.Step = 50
	small := fig1Training()
	small.Samples, small.Length, small.MinDelta, small.Steps, small.Batch = 200, 16, 2, 20, 200
	pool := run.Pool{Dir: t.TempDir()}
	for name, c := range map[string]Experiment{
		"fig1a": Fig1{Majority{small, m.Seeds}, false}, "fig1b": Fig1{Majority{small, m.Seeds}, true},
		"fig2a": MajorityFigure{m, q}, "control": ControlProjection{m, 1.2}, "mechanism": MechanismView{m},
	} {
		r, err := c.Run(context.Background(), pool)
		if err != nil {
			t.Fatal(name, err)
		}
		f := r.Finding()
		if len(r.Table().Rows) == 0 || f.Verdict == "" || f.Headline == "" || strings.Contains(f.Note+f.Headline, "NaN") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// figureOf makes a result whose variants have these values at step 5,000.
func figureOf(q quantity, with, without, same []float64) *MajorityFigureResult {
	curve := func(values []float64) (v Variant) {
		for i, x := range values {
			v.Seeds = append(v.Seeds, SeedCurve{uint64(i), []int{0, 5000}, []float64{math.Pi, x}})
		}
		return v
	}
	c := PaperTraining("")
	c.Steps = 5000
	return &MajorityFigureResult{Config: MajorityFigure{Majority{Training: c}, q}, Control: curve(same),
		Curves: Curves{Variants: []Variant{curve(with), curve(without)}}}
}

func TestMajorityFindings(t *testing.T) {
	low, high, same := []float64{0.19, 0.18, 0.2}, []float64{0.43, 0.4, 0.5}, []float64{0.2, 0.18, 0.19}
	for _, c := range []struct {
		q                   quantity
		with, without, same []float64
		verdict             string
		open                bool
	}{
		{fig2a, low, high, high, Reproduced, false},
		{fig2a, low, high, same, OtherCause, false},
		{fig2a, low, same, high, NotReproduced, true},
		{fig2a, high, low, high, NotReproduced, false},
		{fig3, high, low, low, Reproduced, false},
		{fig3, high, low, high, OtherCause, false},
		{fig3, low, high, low, NotReproduced, false},
	} {
		if f := figureOf(c.q, c.with, c.without, c.same).Finding(); f.Verdict != c.verdict || f.Open != c.open || strings.Contains(f.Note, "do not tell") != c.open {
			t.Errorf("%s %v %v %v: %s, open %t, want %s", c.q.Name, c.with, c.without, c.same, f.Verdict, f.Open, c.verdict)
		}
	}
}

// controlOf makes a control whose variants reach the threshold at these steps,
// or never if 0.
func controlOf(steps map[string][]int) *ControlResult {
	r := &ControlResult{Control: Control{Threshold: 0.3}}
	for _, v := range variants {
		curves := Variant{Norm: string(v.norm)}
		for i, step := range steps[string(v.norm)] {
			s := SeedCurve{Seed: uint64(i), Steps: []int{1, 5000}, Values: []float64{1, 0.9}}
			if step > 0 {
				s = SeedCurve{Seed: uint64(i), Steps: []int{1, step}, Values: []float64{1, 0.3}}
			}
			curves.Seeds = append(curves.Seeds, s)
		}
		r.Control.Loss.Variants = append(r.Control.Loss.Variants, curves)
	}
	r.Effects = r.Control.effects(5000)
	return r
}

func TestControlFindings(t *testing.T) {
	fast, slow := []int{2000, 2100, 1900}, []int{4000, 4100, 4300}
	for _, c := range []struct {
		name, verdict, says string
		steps               map[string][]int
	}{
		{"scale", OtherCause, "support scale, not projection", map[string][]int{
			"layernorm": fast, "scale": fast, "layernorm-small": slow, "scale-published": slow, "none": fast}},
		{"projection", Reproduced, "support projection as", map[string][]int{
			"layernorm": fast, "scale": slow, "layernorm-small": fast, "scale-published": slow, "none": slow}},
		{"neither", NotReproduced, "do not tell", map[string][]int{
			"layernorm": fast, "scale": fast, "layernorm-small": fast, "scale-published": fast, "none": fast}},
		{"never", OtherCause, "saves 3000 (2900 to 3100) or more steps", map[string][]int{
			"layernorm": fast, "scale": fast, "layernorm-small": slow, "scale-published": {0, 0, 0}, "none": fast}},
	} {
		r := controlOf(c.steps)
		if f := r.Finding(); f.Verdict != c.verdict || !strings.Contains(f.Note, c.says) {
			t.Errorf("%s: %s, %s", c.name, f.Verdict, f.Note)
		}
	}
}

func TestBootstrap(t *testing.T) {
	if b := bootstrap([]float64{5, 5, 5}); b != (Interval{5, 5, 5}) {
		t.Error(b)
	}
	values := make([]float64, 200)
	for i := range values {
		values[i] = float64(i % 2)
	}
	b, theory := bootstrap(values), 1.96*0.5/math.Sqrt(200)
	if math.Abs(b.High-0.5-theory) > 0.01 || math.Abs(0.5-b.Low-theory) > 0.01 {
		t.Errorf("%v, want 0.5 ± %.3f", b, theory)
	}
}

func TestMajoritySeeds(t *testing.T) {
	seeds := append(MajoritySeeds(30, 0), MajoritySeeds(30, 1)...)
	if !slices.Equal(seeds[:10], paperSeeds) {
		t.Error(seeds[:10])
	}
	slices.Sort(seeds)
	if len(slices.Compact(seeds)) != 60 {
		t.Error("seeds repeat")
	}
}
