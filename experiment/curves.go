package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Curves is a quantity over the steps of training: for each variant of a model
// a curve a seed. It is data to draw; Check says whether it can be.
type Curves struct {
	Title    string `json:"title"`
	Quantity string `json:"quantity"`       // what the values are: the y axis' name
	Unit     string `json:"unit,omitempty"` // of the values; empty for a pure number
	Log      bool   `json:"log,omitempty"`  // whether the y axis is logarithmic
	// Range is what the y axis shows; two zeros stand for all values.
	Range    [2]float64 `json:"range"`
	Variants []Variant  `json:"variants"`
	Paper    []Mark     `json:"paper,omitempty"`
}

// Variant is one kind of model.
type Variant struct {
	Norm  string      `json:"norm"`  // the norm before attention, as package norm calls it
	Label string      `json:"label"` // for people
	Seeds []SeedCurve `json:"seeds"`
}

// SeedCurve is one run. What was not measured is absent: seeds may differ in
// their steps.
type SeedCurve struct {
	Seed   uint64    `json:"seed"`
	Steps  []int     `json:"steps"` // ascending
	Values []float64 `json:"values"`
}

// Mark is a number that the paper gives.
type Mark struct {
	Norm  string  `json:"norm"` // of the variant that it belongs to
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

// MeanPoint is the mean over all seeds at one step, with Student's 95 %
// interval. With one seed the interval has no width.
type MeanPoint struct {
	Step int      `json:"step"`
	Mean Interval `json:"mean"`
}

// Mean returns the means at the steps where every seed has a value: a mean
// over fewer would jump where a seed is missing.
func (v Variant) Mean() []MeanPoint {
	if len(v.Seeds) == 0 {
		return nil
	}
	at := map[int][]float64{}
	for _, s := range v.Seeds {
		for i, step := range s.Steps {
			at[step] = append(at[step], s.Values[i])
		}
	}
	var points []MeanPoint
	for _, step := range v.Seeds[0].Steps {
		if values := at[step]; len(values) == len(v.Seeds) {
			points = append(points, MeanPoint{step, average(values)})
		}
	}
	return points
}

// Reach returns the first step of a curve at which its value is at most the
// threshold; false if that was never measured.
func (s SeedCurve) Reach(threshold float64) (step int, ok bool) {
	i := slices.IndexFunc(s.Values, func(v float64) bool { return v <= threshold })
	if i < 0 {
		return 0, false
	}
	return s.Steps[i], true
}

// Table has a row for each value of each seed, then for each mean, then for
// the paper's numbers.
func (c *Curves) Table() Table {
	t := Table{Header: []string{"norm", "series", "step", strings.ReplaceAll(c.Quantity, " ", "_"), "low95", "high95"}}
	for _, v := range c.Variants {
		for _, s := range v.Seeds {
			for i, step := range s.Steps {
				t.add(v.Norm, fmt.Sprintf("seed %d", s.Seed), step, s.Values[i], "", "")
			}
		}
		for _, p := range v.Mean() {
			t.add(v.Norm, "mean", p.Step, p.Mean.Value, p.Mean.Low, p.Mean.High)
		}
	}
	for _, m := range c.Paper {
		t.add(m.Norm, "paper", m.Step, m.Value, "", "")
	}
	return t
}

// Check returns an error if the curves cannot be drawn: there is none, a
// number is not finite, steps do not ascend, or a logarithm does not exist.
func (c *Curves) Check() error {
	any := false
	for _, v := range c.Variants {
		for _, s := range v.Seeds {
			if err := s.check(c.Log); err != nil {
				return fmt.Errorf("%s of %s, seed %d: %w", c.Quantity, v.Norm, s.Seed, err)
			}
			any = any || len(s.Steps) > 0
		}
	}
	for _, m := range c.Paper {
		if err := drawable(m.Value, c.Log); err != nil || m.Step < 0 {
			return fmt.Errorf("%s of the paper at step %d: %g cannot be drawn", c.Quantity, m.Step, m.Value)
		}
	}
	if err := drawable(c.Range[1]-c.Range[0], false); err != nil || c.Range[0] > c.Range[1] || c.Log && c.Range[0] < 0 {
		return fmt.Errorf("%s: no axis from %g to %g", c.Quantity, c.Range[0], c.Range[1])
	}
	if !any {
		return fmt.Errorf("%s: no values", c.Quantity)
	}
	return nil
}

func (s SeedCurve) check(log bool) error {
	if len(s.Steps) != len(s.Values) {
		return fmt.Errorf("%d steps with %d values", len(s.Steps), len(s.Values))
	}
	for i, step := range s.Steps {
		if i > 0 && step <= s.Steps[i-1] || step < 0 {
			return fmt.Errorf("step %d is out of order", step)
		}
		if err := drawable(s.Values[i], log); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
	}
	return nil
}

// drawable refuses what has no place on an axis. Its limits leave room for the
// arithmetic of axes.
func drawable(x float64, log bool) error {
	const most, least = 1e100, 1e-100
	if !(math.Abs(x) <= most) || log && x < least {
		return fmt.Errorf("%g has no place on the axis", x)
	}
	return nil
}
