package experiment

import (
	"context"
	"fmt"
	"strings"

	"keyhull/run"
)

// Table2 counts unselectable keys before and after the norm of the model with
// scaling (Table 2).
type Table2 struct{ ModelTexts }

// Run measures the model on the texts.
func (c Table2) Run(ctx context.Context, pool run.Pool) (Result, error) {
	m, err := c.measure(ctx, pool, 1)
	if err != nil {
		return nil, err
	}
	with := string(lmVariants[0].norm)
	r := &TableResult{TextRates: m, finding: c.finding, Shares: LayerShares{Title: "With scaling: keys before and after the norm", Series: []LayerSeries{
		m.series(with, "before the norm", StageBefore, Ambient),
		m.series(with, "after it", StageAfter, Affine),
		m.series(with, "after it, without its eps", StageAfter, NoEps),
	}}}
	r.Shares.Series[0].Second, r.Shares.Series[2].Second = true, true
	r.Shares.Series[0].Paper, r.Shares.Series[1].Paper = percents(44.8, 28.5, 22.3, 26.1), percents(0, 0, 0, 0)
	r.Shares.Layers = layerNames(len(r.Shares.Series[0].Values))
	return r, nil
}

func (c Table2) finding(r *TableResult) Finding {
	before, after, sphere := r.Shares.Series[0], r.Shares.Series[1], r.Shares.Series[2]
	f := Finding{Verdict: NotReproduced, Ours: object{"before": before.Values, "after": after.Values, "after_no_eps": sphere.Values}}
	if before.hidesMany() && after.hidesNone() {
		f.Verdict = Reproduced
	}
	f.Headline = fmt.Sprintf("layers 1 to %d: %s %% before; %s %% after", len(before.Values), before.list(), after.list())
	f.Note = fmt.Sprintf("Of what a layer gets %s would be unselectable as keys; after the norm %s are, from the least to the most of the layers. %s", before.span(), after.span(), epsSentence(after, sphere))
	f.Note = strings.TrimRight(f.Note, ". ")
	return f
}
