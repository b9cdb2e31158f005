package experiment

import (
	"context"
	"fmt"
	"strings"

	"keyhull/run"
)

// ControlScaling holds the size of the keys fixed: scaling against projection
// alone, and against projections times a constant and times a learned scalar.
// The published comparison leaves out scaling where embeddings are N(0, 0.02²),
// so that its keys are tiny at first.
type ControlScaling struct {
	Source LMSource `json:"-"`
}

// ControlScalingResult holds the test loss of all variants, and what share of
// the keys is unselectable in each layer of the trained models; that is nil
// where the runs have not measured it.
type ControlScalingResult struct {
	Loss   Curves       `json:"loss"`
	Shares *LayerShares `json:"shares,omitempty"`
	Corpus string       `json:"corpus"`
	// Synthetic is as in Fig4Result.
	Synthetic bool    `json:"synthetic,omitempty"`
	Seconds   float64 `json:"seconds"`
}

// Run takes the runs of all variants from the source.
func (c ControlScaling) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, err := c.Source.runs(ctx, pool, len(lmVariants))
	if err != nil {
		return nil, err
	}
	if len(runs) == paperLM {
		return nil, &Absence{"no control of the language model was trained"}
	}
	loss, ok := runs.curves(fig4b.Name)
	if !ok {
		return nil, &Absence{"the runs of the language models have no " + fig4b.Axis}
	}
	return &ControlScalingResult{Shares: runs.shares(), Corpus: runs[0][0].Corpus, Synthetic: runs.synthetic(), Seconds: runs.seconds(),
		Loss: Curves{Title: "Scaling with magnitude held fixed" + runs.remark(), Quantity: fig4b.Axis, Unit: fig4b.Unit, Variants: loss}}, nil
}

// shares takes what the runs measured last, layer by layer; nil if nothing.
func (r lmRuns) shares() *LayerShares {
	l := &LayerShares{Title: "Unselectable keys after training"}
	for i := range r {
		l.Series = append(l.Series, LayerSeries{Norm: string(lmVariants[i].norm), Label: lmVariants[i].label, Over: len(r[i])})
	}
	for layer := 1; ; layer++ {
		variants, ok := r.curves(fmt.Sprintf("unselectable_layer_%d", layer))
		if !ok {
			break
		}
		for i, v := range variants {
			values := v.at(lastStep(variants))
			l.Series[i].add(within(average(values)), values)
		}
		l.Layers = append(l.Layers, fmt.Sprintf("layer %d", layer))
	}
	if len(l.Layers) == 0 {
		return nil
	}
	return l
}

// Table has the curves, then the shares.
func (r *ControlScalingResult) Table() Table {
	t := r.Loss.Table()
	if r.Shares != nil {
		step := lastStep(r.Loss.Variants)
		for _, s := range r.Shares.Series {
			for i, v := range s.Values {
				t.add(s.Norm, "unselectable fraction, "+r.Shares.Layers[i], step, v.Value, v.Low, v.High)
			}
		}
	}
	return t
}

// Check returns an error if it cannot be drawn.
func (r *ControlScalingResult) Check() error {
	if r.Shares != nil {
		if err := r.Shares.Check(); err != nil {
			return err
		}
	}
	return r.Loss.Check()
}

// Grid has the shares, if there are any.
func (r *ControlScalingResult) Grid() Grid {
	if r.Shares == nil {
		return Grid{}
	}
	return r.Shares.Grid()
}

// Finding asks whether scaling still lowers the loss where the size of the keys
// is kept, and says what the controls do to keys.
func (r *ControlScalingResult) Finding() Finding {
	e := newScaling(r.Loss.Variants)
	f := Finding{Seconds: r.Seconds, Verdict: e.verdict(), Open: e.open(), Ours: e.numbers(fig4b), Headline: e.headline(fig4b)}
	f.Ours["corpus"], f.Note = r.Corpus, e.note(fig4b)
	f.Headline += remark(r.Synthetic)
	if r.Shares != nil {
		f.Ours["unselectable"] = r.Shares.Series
		f.Note += ". " + r.Shares.sentence()
	}
	f.Note += trainedOn(r.Corpus, r.Synthetic)
	return f
}

// sentence says what share of the keys each series hides, over all layers.
func (l *LayerShares) sentence() string {
	var list []string
	for _, s := range l.Series {
		list = append(list, fmt.Sprintf("%s %s", s.span(), s.Label))
	}
	return "Unselectable keys, from the least to the most of the layers: " + strings.Join(list, "; ")
}

// span writes the least and the largest share of a series.
func (s LayerSeries) span() string {
	least, most := s.Values[0].Value, s.Values[0].Value
	for _, v := range s.Values {
		least, most = min(least, v.Value), max(most, v.Value)
	}
	if least == most {
		return hundredths(most) + " %"
	}
	return fmt.Sprintf("%s to %s %%", hundredths(least), hundredths(most))
}
