package experiment

import (
	"math"
	"strings"
	"testing"
)

func curvesOf(seeds ...SeedCurve) Curves {
	return Curves{Quantity: "training loss", Variants: []Variant{{Norm: "layernorm", Seeds: seeds}}}
}

func TestMeanNeedsAllSeeds(t *testing.T) {
	c := curvesOf(SeedCurve{1, []int{0, 10, 20}, []float64{3, 1, 5}}, SeedCurve{2, []int{0, 20, 30}, []float64{5, 9, 1}})
	got := c.Variants[0].Mean()
	want := []MeanPoint{{0, average([]float64{3, 5})}, {20, average([]float64{5, 9})}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReached(t *testing.T) {
	c := Control{Threshold: 2, Loss: curvesOf(SeedCurve{1, []int{0, 10, 20}, []float64{3, 2, 1}}, SeedCurve{2, []int{0, 20}, []float64{3, 1}})}
	r := c.Reached()[0]
	if r.Never != 0 || r.Mean == nil || *r.Mean != average([]float64{10, 20}) {
		t.Errorf("%+v", r)
	}
	c.Threshold = 1.5
	c.Loss.Variants[0].Seeds[1].Values[1] = 1.6
	if r := c.Reached()[0]; r.Never != 1 || r.Mean != nil || r.Last != 20 || len(r.Steps) != 1 || r.Steps[0] != 20 {
		t.Errorf("%+v: a mean of what is not known", r)
	}
}

func TestCheckRefuses(t *testing.T) {
	fine := SeedCurve{1, []int{0, 10}, []float64{3, 2}}
	log := curvesOf(SeedCurve{1, []int{0, 10}, []float64{3, 0}})
	log.Log = true
	turned := curvesOf(fine)
	turned.Range = [2]float64{1, 0}
	marked := curvesOf(fine)
	marked.Paper = []Mark{{"layernorm", 5, math.Inf(1)}}
	curves := map[string]Curves{
		"no values":       {Quantity: "loss"},
		"NaN":             curvesOf(SeedCurve{7, []int{3}, []float64{math.NaN()}}),
		"out of order":    curvesOf(SeedCurve{1, []int{5, 5}, []float64{1, 2}}),
		"with 1 values":   curvesOf(SeedCurve{1, []int{0, 5}, []float64{1}}),
		"no place":        log,
		"no axis":         turned,
		"+Inf cannot":     marked,
		"seed 7: step 3:": curvesOf(fine, SeedCurve{7, []int{3}, []float64{math.NaN()}}),
	}
	for want, c := range curves {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	for want, err := range map[string]error{
		"1 keys with 0":  (&Scatter{Keys: make([][3]float64, 1)}).Check(),
		"class 0":        (&Scatter{Keys: [][3]float64{{math.NaN()}}, Queries: make([][3]float64, 1)}).Check(),
		"threshold":      (&Control{Threshold: math.NaN(), Loss: curvesOf(fine)}).Check(),
		"no model":       (&Mechanism{}).Check(),
		"2 weights":      (&Mechanism{Models: []Attention{{Weights: [][]float64{{1, 0}}, Degrees: []float64{0}, Learned: []float64{0}, Parallel: []float64{0}}}}).Check(),
		"NaN is no":      (&Mechanism{Models: []Attention{{Weights: [][]float64{{math.NaN()}}, Degrees: []float64{0}, Learned: []float64{0}, Parallel: []float64{0}}}}).Check(),
		"0 and 1 distan": (&Mechanism{Models: []Attention{{Weights: [][]float64{{1}}, Degrees: []float64{0}, Parallel: []float64{0}}}}).Check(),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	good := curvesOf(fine)
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

func TestAttentionOfParallelQueries(t *testing.T) {
	projected := [][]float64{{2, -1, -1}, {0, 3, -3}, {-1, -1, 2}}
	a := NewAttention("layernorm", "", projected, [][]float64{{5, 5, 5}, {99, 0, 0}, {0, 0, 0}})
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %g, want %g", name, got, want)
		}
	}
	for q := range projected {
		near("turned parallel to 1", a.Parallel[q], 0)
	}
	near("parallel as learned", a.Learned[0], 0)
	near("all on key 0", a.Learned[1], 2./3)
	near("zero", a.Learned[2], 0)
	near("angle", a.Degrees[0], 0)
	near("angle of an axis", a.Degrees[1], math.Acos(1/math.Sqrt(3))*180/math.Pi)
	raw := NewAttention("scale", "", [][]float64{{3, 0, 0}, {-3, 0, 0}}, [][]float64{{0, 2, -.1}})
	s := math.Exp(2 * 3 * math.Hypot(2, .1) / math.Sqrt(3)) // ratio of the two weights
	near("without projection", raw.Parallel[0], s/(1+s)-.5)
	near("as learned", raw.Learned[0], 0)
	m := Mechanism{Models: []Attention{a}}
	if err := m.Check(); err != nil || len(m.Table().Rows) != 9 {
		t.Error(err, len(m.Table().Rows))
	}
}
