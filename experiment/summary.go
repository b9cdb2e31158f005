package experiment

import (
	"fmt"

	"keyhull/norm"
)

// testLoss is no figure of the paper's.
var testLoss = quantity{Name: "test_loss", Axis: "test loss", Unit: "nats"}

// MajorityRuns are the seeds of one configuration, as `keyhull majority` trains
// them.
type MajorityRuns struct {
	Training Training  `json:"training"`
	Seeds    []SeedRun `json:"seeds"`
}

// Measured is a quantity at a step: its mean over seeds, and what the paper
// read off its own figure there, if it shows such a model.
type Measured struct {
	Name  string   `json:"name"`
	Text  string   `json:"-"`
	Step  int      `json:"step"`
	Ours  Interval `json:"ours"`
	Paper *float64 `json:"paper,omitempty"`
}

// Summary returns what the paper's figures show, at the steps where its numbers
// are read, as far as training got there, and at the last one.
func (r MajorityRuns) Summary() (list []Measured) {
	for _, q := range []quantity{fig2a, testLoss, fig3, fig2b} {
		v := r.Curves(q.Name).Variants[0]
		text := q.Axis
		if q.Unit != "" {
			text += " in " + q.Unit
		}
		last := Measured{Name: q.Name, Text: text, Step: r.Training.Steps, Ours: average(v.at(r.Training.Steps))}
		if q.Step > 0 && q.Step < r.Training.Steps {
			list = append(list, Measured{q.Name, text, q.Step, average(v.at(q.Step)), r.paper(q)})
		} else if q.Step == r.Training.Steps {
			last.Paper = r.paper(q)
		}
		list = append(list, last)
	}
	return list
}

// paper is the paper's number for a model of this shape, nil if it has none.
func (r MajorityRuns) paper(q quantity) *float64 {
	like := PaperTraining(r.Training.Norm)
	like.Steps, like.Every = r.Training.Steps, r.Training.Every
	for i, v := range variants[:paperVariants] {
		if v.norm == r.Training.Norm && like == r.Training {
			return &q.Paper[i]
		}
	}
	return nil
}

// Curves returns a quantity of all seeds to draw. Names are train_loss,
// test_loss, train_accuracy, test_accuracy and angle_mean.
func (r MajorityRuns) Curves(name string) *Curves {
	c := &Curves{Title: fmt.Sprintf("Majority with norm %s", r.Training.Norm), Quantity: name}
	for _, q := range []quantity{fig2a, testLoss, fig2b, fig3} {
		if q.Name == name {
			c.Quantity, c.Unit, c.Range, c.Log = q.Axis, q.Unit, q.Range, q.Unit == "nats"
		}
	}
	v := Variant{Norm: string(r.Training.Norm), Label: label(r.Training.Norm)}
	for _, s := range r.Seeds {
		v.Seeds = append(v.Seeds, s.curve(name))
	}
	c.Variants = []Variant{v}
	return c
}

// label names a norm for people.
func label(kind norm.Kind) string {
	for _, v := range variants {
		if v.norm == kind {
			return v.label
		}
	}
	return string(kind)
}
