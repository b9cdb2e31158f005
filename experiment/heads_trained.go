package experiment

import (
	"context"
	"fmt"

	"keyhull/run"
)

// HeadsTrained asks what the heads of trained models see: the keys after W_K,
// without and under the causal mask.
type HeadsTrained struct{ ModelTexts }

// HeadsTrainedResult has an entry for each variant.
type HeadsTrainedResult struct {
	TextRates
	Variants []TrainedHeads `json:"variants"`
}

// TrainedHeads are the shares of unselectable keys of one variant, for each
// layer and head in it: All without a mask, Masked under the causal one.
type TrainedHeads struct {
	Norm     string          `json:"norm"`
	Label    string          `json:"label"`
	All      [][]Interval    `json:"all"`
	Masked   [][]Interval    `json:"masked"`
	Survival []SurvivalCurve `json:"survival"` // of each layer
}

// SurvivalCurve says what share of the keys a query can still select so many
// positions after them: the mean over the heads of a layer, and as an interval
// their least and most.
type SurvivalCurve struct {
	Label     string     `json:"label"`
	Distances []int      `json:"distances"`
	Shares    []Interval `json:"shares"`
}

// Run measures the paper's two models on the texts.
func (c HeadsTrained) Run(ctx context.Context, pool run.Pool) (Result, error) {
	m, err := c.measure(ctx, pool, paperLM)
	if err != nil {
		return nil, err
	}
	r := &HeadsTrainedResult{TextRates: m}
	for _, v := range lmVariants[:paperLM] {
		r.Variants = append(r.Variants, trainedHeads(string(v.norm), v.label, ofNorm(m.Models, string(v.norm))))
	}
	return r, nil
}

func trainedHeads(norm, label string, models []ModelRates) TrainedHeads {
	t := TrainedHeads{Norm: norm, Label: label}
	for layer := 1; ; layer++ {
		all, masked := headRow(models, layer, false), headRow(models, layer, true)
		if len(all) == 0 {
			return t
		}
		t.All, t.Masked = append(t.All, all), append(t.Masked, masked)
		t.Survival = append(t.Survival, survivalOf(models, layer))
	}
}

// headRow are the shares of a layer's heads.
func headRow(models []ModelRates, layer int, masked bool) (row []Interval) {
	for head := 1; ; head++ {
		v, ok := rateAt(models, KeyPlace{Layer: layer, Head: head, Stage: StageHead, Reading: Ambient, Masked: masked})
		if !ok {
			return row
		}
		row = append(row, v)
	}
}

// survivalOf takes the mean over a layer's heads and the models.
func survivalOf(models []ModelRates, layer int) SurvivalCurve {
	c := SurvivalCurve{Label: fmt.Sprintf("layer %d", layer)}
	at := map[int][]float64{}
	for _, m := range models {
		for _, s := range m.Survival {
			if s.Layer == layer && s.Stage == StageHead {
				if at[s.Distance] == nil {
					c.Distances = append(c.Distances, s.Distance)
				}
				at[s.Distance] = append(at[s.Distance], s.Share.Value)
			}
		}
	}
	for _, d := range c.Distances {
		v := Interval{average(at[d]).Value, 1, 0}
		for _, x := range at[d] {
			v.Low, v.High = min(v.Low, x), max(v.High, x)
		}
		c.Shares = append(c.Shares, v)
	}
	return c
}

// Table has what is drawn, then every rate of every layer and head.
func (r *HeadsTrainedResult) Table() Table {
	t := newRatesTable()
	for _, v := range r.Variants {
		for i := range v.All {
			for h := range v.All[i] {
				t.addDrawn(v.Norm, "drawn", i+1, h+1, StageHead, "none", "", v.All[i][h])
				t.addDrawn(v.Norm, "drawn", i+1, h+1, StageHead, "causal", "", v.Masked[i][h])
			}
		}
		for i, s := range v.Survival {
			for k, d := range s.Distances {
				hidden := Interval{1 - s.Shares[k].Value, 1 - s.Shares[k].High, 1 - s.Shares[k].Low}
				t.addDrawn(v.Norm, "drawn", i+1, "", StageHead, "causal", d, hidden)
			}
		}
	}
	t.addRates(r.Models)
	return t
}

// Check returns an error if the result cannot be drawn.
func (r *HeadsTrainedResult) Check() error {
	for _, v := range r.Variants {
		if len(v.All) == 0 || len(v.All[0]) == 0 || len(v.Masked[0]) == 0 {
			return fmt.Errorf("%s: no heads", v.Label)
		}
	}
	return nil
}

// Grid has a row for each layer of each variant, a column for each head.
func (r *HeadsTrainedResult) Grid() Grid {
	g := Grid{Columns: []string{"unselectable keys (%), no mask / causal mask"}}
	for h := range r.Variants[0].All[0] {
		g.Columns = append(g.Columns, fmt.Sprintf("head %d", h+1))
	}
	for _, v := range r.Variants {
		for i, row := range v.All {
			cells := []string{fmt.Sprintf("%s, layer %d", v.Label, i+1)}
			for h, all := range row {
				cells = append(cells, hundredths(all.Value)+" / "+hundredths(v.Masked[i][h].Value))
			}
			g.Rows = append(g.Rows, cells)
		}
	}
	return g
}

// Finding asks whether scaling keeps its promise where attention scores keys.
func (r *HeadsTrainedResult) Finding() Finding {
	with, without := r.Variants[0], r.Variants[1]
	least, most := span(with.All)
	f := Finding{Verdict: Reproduced, Seconds: r.Seconds, Ours: object{"with": with.All, "with_masked": with.Masked, "without": without.All, "without_masked": without.Masked,
		"texts": r.Models[0].Texts, "keys": r.Models[0].Keys, "corpus": r.Corpus}}
	if most >= none { // one head is enough
		f.Verdict = NotReproduced
	}
	low, high := span(with.Masked)
	f.Headline = fmt.Sprintf("unselectable in the heads, with scaling: %s to %s %%; under the causal mask %s to %s %%", hundredths(least), hundredths(most), hundredths(low), hundredths(high))
	l, h := span(without.All)
	f.Note = fmt.Sprintf("With scaling the heads of the trained model cannot select %s to %s %% of the keys of a text; without it %s to %s %%. "+
		"Under the causal mask, where a key competes with those before the query alone, it is %s to %s %% of all pairs of a query and a key that it sees. Measured on %s, with models trained on %s",
		hundredths(least), hundredths(most), hundredths(l), hundredths(h), hundredths(low), hundredths(high), r.Texts, r.Corpus)
	return f
}

// span returns the least and the largest share.
func span(rows [][]Interval) (least, most float64) {
	least = 1
	for _, row := range rows {
		for _, v := range row {
			least, most = min(least, v.Value), max(most, v.Value)
		}
	}
	return least, most
}
