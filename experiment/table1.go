package experiment

import (
	"context"
	"fmt"
	"strings"

	"keyhull/run"
)

// Table1 counts unselectable keys just before attention, without and with
// scaling (Table 1, and on other texts Table 3).
type Table1 struct {
	ModelTexts
	Title string       `json:"title"`
	Paper [2][]float64 `json:"paper"` // without, with; nil where the paper gives no numbers
}

// TableResult is a table as it is drawn, and all that was measured for it.
type TableResult struct {
	Shares LayerShares `json:"shares"`
	TextRates
	finding func(*TableResult) Finding
}

// Run measures the paper's two models on the texts. The reading is the exact
// one; beside it stand that of the paper's code, which counts float32 numbers in
// all coordinates, and LayerNorm without the eps that it adds to the variance.
func (c Table1) Run(ctx context.Context, pool run.Pool) (Result, error) {
	m, err := c.measure(ctx, pool, paperLM)
	if err != nil {
		return nil, err
	}
	without, with := string(lmVariants[1].norm), string(lmVariants[0].norm)
	r := &TableResult{TextRates: m, finding: c.finding, Shares: LayerShares{Title: c.Title, Series: []LayerSeries{
		m.series(without, "without scaling", StageAfter, Affine),
		m.series(without, "without scaling, rounding counted as a dimension", StageAfter, Ambient),
		m.series(with, "with scaling", StageAfter, Affine),
		m.series(with, "with scaling, without its eps", StageAfter, NoEps),
	}}}
	r.Shares.Series[1].Second, r.Shares.Series[3].Second = true, true
	r.Shares.Series[0].Paper, r.Shares.Series[2].Paper = c.Paper[0], c.Paper[1]
	r.Shares.Layers = layerNames(len(r.Shares.Series[0].Values))
	return r, nil
}

// series takes the shares of a variant at a stage, layer by layer.
func (m TextRates) series(norm, label, stage, reading string) LayerSeries {
	models := ofNorm(m.Models, norm)
	s := LayerSeries{Norm: norm, Label: label, Over: len(models)}
	if len(models) == 1 {
		s.Over = models[0].Texts
	}
	for layer := models[0].Rates[0].Layer; ; layer++ {
		v, seeds, ok := ratesAt(models, KeyPlace{Layer: layer, Stage: stage, Reading: reading})
		if !ok {
			return s
		}
		s.add(v, seeds)
	}
}

// Table has what is drawn, then every rate of every layer and head.
func (r *TableResult) Table() Table {
	t := newRatesTable()
	for _, s := range r.Shares.Series {
		for i, v := range s.Values {
			t.addDrawn(s.Norm, "drawn", r.Shares.Layers[i], "", s.Label, "none", "", v)
			if s.Paper != nil {
				t.addDrawn(s.Norm, "paper", r.Shares.Layers[i], "", s.Label, "none", "", Interval{s.Paper[i], s.Paper[i], s.Paper[i]})
			}
		}
	}
	t.addRates(r.Models)
	return t
}

// Check returns an error if the table cannot be drawn.
func (r *TableResult) Check() error { return r.Shares.Check() }

// Grid is the table for people.
func (r *TableResult) Grid() Grid { return r.Shares.Grid() }

// Finding holds the shares against the claim.
func (r *TableResult) Finding() Finding {
	f := r.finding(r)
	f.Seconds = r.Seconds
	f.Ours["texts"], f.Ours["keys"], f.Ours["corpus"] = r.Models[0].Texts, r.Models[0].Keys, r.Corpus
	f.Note += fmt.Sprintf(". Measured on %s, with models trained on %s; %s", r.Texts, r.Corpus, r.interval())
	return f
}

// interval says what the intervals are over.
func (r *TableResult) interval() string {
	switch n := len(ofNorm(r.Models, r.Models[0].Norm)); {
	case n == 2:
		return "means are over 2 seeds, with the lower and the higher"
	case n > 2:
		return fmt.Sprintf("means and intervals are over %d seeds", n)
	}
	return "means and intervals are over texts, of one seed"
}

// The claims of the tables in numbers: none is what prints as 0.0 %; many is
// far below the paper's third to a half, and far above none.
const none, many = 0.0005, 0.1

// all reports whether every layer of a series is sure to hide many keys.
func (s LayerSeries) hidesMany() bool {
	for _, v := range s.Values {
		if v.Low < many {
			return false
		}
	}
	return true
}

// hidesNone reports whether no layer of a series hides keys.
func (s LayerSeries) hidesNone() bool {
	for _, v := range s.Values {
		if v.Value >= none {
			return false
		}
	}
	return true
}

func (c Table1) finding(r *TableResult) Finding {
	exact, read, with, sphere := r.Shares.Series[0], r.Shares.Series[1], r.Shares.Series[2], r.Shares.Series[3]
	f := Finding{Verdict: NotReproduced, Ours: object{"without": exact.Values, "without_ambient": read.Values, "with": with.Values, "with_no_eps": sphere.Values}}
	if exact.hidesMany() && with.hidesNone() {
		f.Verdict = Reproduced
	}
	f.Headline = fmt.Sprintf("layers 1 to %d: %s %% without; %s %% with", len(exact.Values), exact.list(), with.list())
	f.Note = fmt.Sprintf("Of the keys just before attention %s are unselectable without scaling and %s with it, from the least to the most of the layers. "+
		"Read as float32 numbers in all coordinates, as the paper's code does, it is %s without: rounding frees the others. %s"+
		"What a head sees of these keys is another matter (heads-trained)", exact.span(), with.span(), read.span(), epsSentence(with, sphere))
	return f
}

// epsSentence says what LayerNorm's eps hides, if it does.
func epsSentence(with, sphere LayerSeries) string {
	if with.hidesNone() {
		return ""
	}
	return fmt.Sprintf("LayerNorm adds eps to the variance, which leaves keys of smaller variance a little inside the sphere: where keys lie close together that is enough to hide them. "+
		"Without eps %s of the same keys are unselectable. ", sphere.span())
}

// list writes the shares of the layers in percent.
func (s LayerSeries) list() string {
	var list []string
	for _, v := range s.Values {
		list = append(list, hundredths(v.Value))
	}
	return strings.Join(list, ", ")
}
