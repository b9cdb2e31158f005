package experiment

import "fmt"

// Control tells the effect of projection on learning from that of scale: the
// training loss of {projection, none} × {norm √d, norm 1/√d} and of no norm.
type Control struct {
	Loss      Curves  `json:"loss"`
	Threshold float64 `json:"threshold"` // the loss whose first step is compared
}

// Reached is how soon the seeds of a variant came down to the threshold.
type Reached struct {
	Norm  string `json:"norm"`
	Steps []int  `json:"steps"` // of the seeds that did, in their order
	Never int    `json:"never"` // seeds that did not within their training
	Last  int    `json:"last"`  // the last step of any seed
	// Mean is over seeds; absent if one never did, because then only a lower
	// bound is known.
	Mean *Interval `json:"mean,omitempty"`
}

// Reached returns the steps to the threshold of every variant.
func (c *Control) Reached() []Reached {
	var list []Reached
	for _, v := range c.Loss.Variants {
		r := Reached{Norm: v.Norm}
		var values []float64
		for _, s := range v.Seeds {
			if step, ok := s.Reach(c.Threshold); ok {
				r.Steps, values = append(r.Steps, step), append(values, float64(step))
			} else {
				r.Never++
			}
			if n := len(s.Steps); n > 0 {
				r.Last = max(r.Last, s.Steps[n-1])
			}
		}
		if r.Never == 0 && len(values) > 0 {
			m := average(values)
			r.Mean = &m
		}
		list = append(list, r)
	}
	return list
}

// Table is that of the loss, with rows for the steps to the threshold: of each
// seed, the number that never reached it, and the mean.
func (c *Control) Table() Table {
	t := c.Loss.Table()
	series := fmt.Sprintf("steps to %g", c.Threshold)
	for _, r := range c.Reached() {
		for _, step := range r.Steps {
			t.add(r.Norm, series, step, c.Threshold, "", "")
		}
		if r.Mean != nil {
			t.add(r.Norm, "mean "+series, r.Mean.Value, c.Threshold, r.Mean.Low, r.Mean.High)
		} else {
			t.add(r.Norm, fmt.Sprintf("%d seeds never", r.Never), r.Last, c.Threshold, "", "")
		}
	}
	return t
}

// Check returns an error if the control cannot be drawn.
func (c *Control) Check() error {
	if err := drawable(c.Threshold, c.Loss.Log); err != nil {
		return fmt.Errorf("threshold: %w", err)
	}
	return c.Loss.Check()
}
