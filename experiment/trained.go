package experiment

import (
	"context"
	"fmt"
	"math"

	"keyhull"
	"keyhull/nn"
	"keyhull/run"
	"keyhull/text"
)

// Trained is how a run ended: the measurements of its last step, and what
// attention compares. Keys are the embeddings after the norm x_c, Queries
// W_Kᵀ·W_Q·x_c/√d; a class each.
type Trained struct {
	Seed    uint64      `json:"seed"`
	Last    run.Values  `json:"last"`
	Keys    [][]float64 `json:"keys"`
	Queries [][]float64 `json:"queries"`
}

// plus adds up what batches gave; Loss becomes the mean over all tokens.
func plus(a, b nn.MajorityStats) nn.MajorityStats {
	n := a.Tokens + b.Tokens
	a.Loss += (b.Loss - a.Loss) * float64(b.Tokens) / float64(n)
	a.Tokens, a.TokensRight = n, a.TokensRight+b.TokensRight
	a.Sequences, a.SequencesRight = a.Sequences+b.Sequences, a.SequencesRight+b.SequencesRight
	return a
}

// measure takes the training values of the batches since the last call, each
// before its own update, and the test values of all test sequences now.
func (t *trainer) measure(context.Context) (run.Values, error) {
	v := run.Values{"lr": t.rate(), "tokens": float64(t.batches.seen(t.step) * t.c.Length)}
	addStats(v, "train", t.since)
	t.since = nn.MajorityStats{}
	addStats(v, "test", t.evaluate(t.test))
	tables := t.engine.Tables(t.p)
	t.addAttention(v, tables)
	t.addMargins(v, tables.Keys)
	return v, nil
}

func addStats(v run.Values, name string, s nn.MajorityStats) {
	if s.Tokens == 0 {
		return
	}
	v[name+"_loss"] = s.Loss
	v[name+"_accuracy"] = float64(s.TokensRight) / float64(s.Tokens)
	v[name+"_sequence_accuracy"] = float64(s.SequencesRight) / float64(s.Sequences)
}

func (t *trainer) evaluate(c text.Counts) (sum nn.MajorityStats) {
	most := min(t.c.Batch, t.train.Rows())
	var batch []int32
	for i := range c.Rows() {
		if batch = append(batch, int32(i)); len(batch) == most || i == c.Rows()-1 {
			sum = plus(sum, t.engine.Loss(t.p, c.N, c.Label, batch, nil))
			batch = batch[:0]
		}
	}
	return sum
}

// addAttention measures the queries over the test tokens: their angles to 1,
// and how uniform attention would be over one token of each class.
func (t *trainer) addAttention(v run.Values, tables nn.MajorityTables) {
	a := NewAttention(string(t.c.Norm), "", rows(tables.Keys, t.c.Dim), rows(tables.Queries, t.c.Dim))
	v["angle_mean"], v["angle_std"] = nn.MeanStd(a.Degrees, t.testTokens)
	addHistogram(v, a.Degrees, t.testTokens)
	entropy := make([]float64, t.c.Classes)
	for c, w := range a.Weights {
		for _, p := range w {
			if p > 0 {
				entropy[c] -= p * math.Log(p) / math.Log(float64(len(w)))
			}
		}
	}
	v["attention_entropy"], _ = nn.MeanStd(entropy, t.testTokens)
	v["distance_to_uniform"], _ = nn.MeanStd(a.Learned, t.testTokens)
}

// addHistogram adds the share of the tokens whose angle lies in each range of
// 10°: angle_share/00-10 to angle_share/80-90, which has 90° too.
func addHistogram(v run.Values, degrees, tokens []float64) {
	const width, bins = 10, 9
	share, all := [bins]float64{}, 0.0
	for c, n := range tokens {
		if !math.IsNaN(degrees[c]) { // of a query 0
			share[min(int(degrees[c]/width), bins-1)] += n
		}
		all += n
	}
	for i, n := range share {
		v[fmt.Sprintf("angle_share/%02d-%02d", i*width, (i+1)*width)] = n / all
	}
}

// addMargins measures the keys of all classes against each other: the relative
// margin of each, key_margin/00 for class 0, and the least of a vertex.
func (t *trainer) addMargins(v run.Values, keys []float64) {
	r, err := keyhull.Decide(context.Background(), keyhull.Float64(keys, t.c.Dim), keyhull.Options{Workers: 1, Margins: keyhull.MarginExact})
	if err != nil {
		return // keys that are not finite have none
	}
	v["keys_unselectable"] = float64(r.Counts().Unselectable())
	least := math.Inf(1)
	for c, k := range r.Keys {
		v[fmt.Sprintf("key_margin/%02d", c)] = k.RelativeMargin
		if !k.Verdict.Unselectable() {
			least = min(least, k.RelativeMargin)
		}
	}
	v["key_margin_min"] = least
}

func (t *trainer) trained() (*Trained, error) {
	last, err := t.measure(context.Background())
	tables := t.engine.Tables(t.p)
	return &Trained{t.seed, last, rows(tables.Keys, t.c.Dim), rows(tables.Queries, t.c.Dim)}, err
}

// rows cuts a matrix into its rows.
func rows(x []float64, d int) (list [][]float64) {
	for ; len(x) > 0; x = x[d:] {
		list = append(list, x[:d:d])
	}
	return list
}
