package experiment

import (
	"context"

	"keyhull/run"
)

// Fig4 draws a loss over the training of the language model, with and without
// scaling (Fig. 4a and 4b). It takes the controls as well, which keep the size
// of the keys while scaling is left out: to tell what causes the difference.
type Fig4 struct {
	Source   LMSource `json:"-"`
	Quantity quantity `json:"quantity"`
}

var (
	fig4a = quantity{Name: "train_loss", Title: "Language model: training loss", Axis: "training loss", Unit: "nats a token", Step: 50_000, Better: -1, Paper: [2]float64{7.28, 7.33}, Format: "%.3f"}
	fig4b = quantity{Name: "test_loss", Title: "Language model: test loss", Axis: "test loss", Unit: "nats a token", Step: 50_000, Better: -1, Paper: [2]float64{7.33, 7.38}, Format: "%.3f"}
)

// Fig4Result holds the curves with and without scaling, in this order, and
// those of the controls.
type Fig4Result struct {
	Config   Fig4      `json:"config"`
	Curves   Curves    `json:"curves"`
	Controls []Variant `json:"controls"`
	Corpus   string    `json:"corpus"`
	// Synthetic says that the corpus is no English: the paper's numbers do not
	// compare.
	Synthetic bool    `json:"synthetic,omitempty"`
	Seconds   float64 `json:"seconds"`
}

// Run takes the runs of all variants from the source.
func (c Fig4) Run(ctx context.Context, pool run.Pool) (Result, error) {
	runs, err := c.Source.runs(ctx, pool, len(lmVariants))
	if err != nil {
		return nil, err
	}
	q := c.Quantity
	all, ok := runs.curves(q.Name)
	if !ok {
		return nil, &Absence{"the runs of the language models have no " + q.Axis}
	}
	r := &Fig4Result{Config: c, Controls: all[paperLM:], Corpus: runs[0][0].Corpus, Synthetic: runs.synthetic(), Seconds: runs.seconds(), Curves: Curves{
		Title: q.Title + runs.remark(), Quantity: q.Axis, Unit: q.Unit, Variants: all[:paperLM]}}
	if !r.Synthetic {
		for i, v := range r.Curves.Variants {
			r.Curves.Paper = append(r.Curves.Paper, Mark{v.Norm, q.Step, q.Paper[i]})
		}
	}
	return r, nil
}

// all has the curves of the controls too.
func (r *Fig4Result) all() Curves {
	all := r.Curves
	all.Variants = append(all.Variants[:len(all.Variants):len(all.Variants)], r.Controls...)
	return all
}

// Table has the curves, and those of the controls.
func (r *Fig4Result) Table() Table {
	all := r.all()
	return all.Table()
}

// Check returns an error if the curves cannot be drawn.
func (r *Fig4Result) Check() error { return r.Curves.Check() }

// Finding compares the variants seed by seed where the shortest run ends.
func (r *Fig4Result) Finding() Finding {
	e := newScaling(r.all().Variants)
	f := Finding{Seconds: r.Seconds, Verdict: e.verdict(), Open: e.open(), Ours: e.numbers(r.Config.Quantity), Headline: e.headline(r.Config.Quantity)}
	f.Ours["corpus"] = r.Corpus
	f.Headline += remark(r.Synthetic)
	f.Note = e.note(r.Config.Quantity) + trainedOn(r.Corpus, r.Synthetic)
	return f
}

// remark marks what was not made from English.
func remark(synthetic bool) string {
	if synthetic {
		return ", on a synthetic language"
	}
	return ""
}

// trainedOn ends a note.
func trainedOn(corpus string, synthetic bool) string {
	text := ". Trained on " + corpus
	if synthetic {
		text += ", so that the paper's losses do not compare"
	}
	return text
}
