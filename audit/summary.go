package audit

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"keyhull"
)

// Interval is a mean over texts with its 95 % interval by Student's t; Low and
// High are the mean where there is one text.
type Interval struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func intervalOf(x []float64) Interval {
	mean := stat.Mean(x, nil)
	if len(x) < 2 {
		return Interval{mean, mean, mean}
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(len(x) - 1)}.Quantile(0.975)
	half := t * stat.StdDev(x, nil) / math.Sqrt(float64(len(x)))
	return Interval{mean, mean - half, mean + half}
}

// HeadSummary is a key-value head over all texts. Shares are of 1.
type HeadSummary struct {
	Layer        int      `json:"layer"`
	Head         int      `json:"head"`
	Unselectable Interval `json:"unselectable"`      // share of keys
	ByRounding   Interval `json:"by_rounding"`       // share of keys that are vertices by rounding alone
	Margin       Interval `json:"relative_margin"`   // median over the vertices of a text
	Hidden       Interval `json:"hidden"`            // share of pairs of a position and a key it sees, in which no query selects the key
	Attainable   Interval `json:"attainable"`        // the rest
	Attained     Interval `json:"attained"`          // share of pairs in which an actual query selects the key
	Winners      Interval `json:"winners"`           // share of keys that some actual query selects
	MaxAttention Interval `json:"max_attention"`     // the most that unselectable keys got, mean over texts; 0 without any
	SinkFirst    float64  `json:"sink_first"`        // share of texts whose sink is the first key
	Sink         Interval `json:"sink_attention"`    // mean attention of the sink
	SinkHidden   float64  `json:"sink_unselectable"` // share of texts whose sink is unselectable
	Unreachable  Interval `json:"unreachable"`       // share of vertices that no query of the model selects, in none of the query heads
	Undecided    Interval `json:"undecided"`         // share of vertices of which that is not known
	Reached      bool     `json:"reached"`           // whether that was looked at
	// UnreachableBy is, for each query head, the share that its queries do not select.
	UnreachableBy []Interval `json:"unreachable_by,omitempty"`
}

// StageSummary is a layer's keys at one stage over all texts.
type StageSummary struct {
	Layer        int      `json:"layer"`
	Stage        string   `json:"stage"`
	Unselectable Interval `json:"unselectable"`
	ByRounding   Interval `json:"by_rounding"`
}

// TokenSummary is a token of the vocabulary: in how many heads and places its
// keys are.
type TokenSummary struct {
	ID           int     `json:"id"`
	Keys         int     `json:"keys"` // over all texts and heads
	Unselectable float64 `json:"unselectable"`
}

// Summary is a model over several texts.
type Summary struct {
	Texts  int            `json:"texts"`
	Tokens int            `json:"tokens"` // of all texts
	Stages []StageSummary `json:"stages,omitempty"`
	Heads  []HeadSummary  `json:"heads,omitempty"`
	Words  []TokenSummary `json:"words,omitempty"` // those with the largest shares first
}

// Tally gathers what a Summary takes of texts, so that these need not be kept.
// Its zero value has none.
type Tally struct {
	texts, tokens int
	stages        []stageTally
	heads         []headTally
	words         map[int]*wordTally
}

type stageTally struct {
	layer   int
	stage   string
	columns [2][]float64
}

type headTally struct {
	layer, head           int
	columns               [numFacts][]float64
	sinkFirst, sinkHidden int
	reached               [][]float64 // shares that are unreachable, by query head
}

type wordTally struct{ keys, hidden int }

// Add adds a text. All texts of a tally are looked at in the same way.
func (t *Tally) Add(r *TextResult) {
	if t.words == nil {
		t.words = map[int]*wordTally{}
		for _, l := range r.Layers {
			for _, s := range l.Stages {
				t.stages = append(t.stages, stageTally{layer: l.Layer, stage: s.Stage})
			}
			for _, h := range l.Heads {
				t.heads = append(t.heads, headTally{layer: l.Layer, head: h.Head})
			}
		}
	}
	t.texts++
	t.tokens += len(r.IDs)
	stage, head := 0, 0
	for _, l := range r.Layers {
		for _, s := range l.Stages {
			for i, n := range []int{s.Counts.Unselectable(), s.Counts.ByRounding} {
				t.stages[stage].columns[i] = append(t.stages[stage].columns[i], share(n, len(r.IDs)))
			}
			stage++
		}
		for _, h := range l.Heads {
			t.heads[head].add(h.HeadResult)
			t.count(r.IDs, h.Verdicts)
			head++
		}
	}
}

// count counts keys by their tokens.
func (t *Tally) count(ids []int, verdicts []keyhull.Verdict) {
	for i, v := range verdicts {
		w := t.words[ids[i]]
		if w == nil {
			w = new(wordTally)
			t.words[ids[i]] = w
		}
		w.keys++
		w.hidden += one(v.Unselectable())
	}
}

func (t *headTally) add(r *HeadResult) {
	for i, v := range r.facts() {
		t.columns[i] = append(t.columns[i], v)
	}
	if r.Sink != nil {
		t.sinkFirst += one(r.Sink.Key == 0)
		t.sinkHidden += one(r.Sink.Verdict.Unselectable())
	}
	if len(r.Reach) == 0 {
		return
	}
	_, _, each := r.reached()
	if t.reached == nil {
		t.reached = make([][]float64, len(each))
	}
	for q, v := range each {
		t.reached[q] = append(t.reached[q], v)
	}
}

// Summary takes means over the texts so far.
func (t *Tally) Summary() *Summary {
	s := &Summary{Texts: t.texts, Tokens: t.tokens}
	for _, stage := range t.stages {
		s.Stages = append(s.Stages, StageSummary{stage.layer, stage.stage, intervalOf(stage.columns[0]), intervalOf(stage.columns[1])})
	}
	for i := range t.heads {
		s.Heads = append(s.Heads, t.heads[i].summary(t.texts))
	}
	for id, w := range t.words {
		s.Words = append(s.Words, TokenSummary{id, w.keys, share(w.hidden, w.keys)})
	}
	slices.SortFunc(s.Words, func(a, b TokenSummary) int {
		return cmp.Or(cmp.Compare(b.Unselectable, a.Unselectable), cmp.Compare(b.Keys, a.Keys), cmp.Compare(a.ID, b.ID))
	})
	return s
}

func (t *headTally) summary(texts int) HeadSummary {
	s := HeadSummary{Layer: t.layer, Head: t.head, SinkFirst: share(t.sinkFirst, texts), SinkHidden: share(t.sinkHidden, texts), Reached: t.reached != nil}
	for i, to := range [numFacts]*Interval{&s.Unselectable, &s.ByRounding, &s.Margin, &s.Hidden, &s.Attainable, &s.Attained, &s.Winners,
		&s.MaxAttention, &s.Sink, &s.Unreachable, &s.Undecided} {
		*to = intervalOf(t.columns[i])
	}
	for _, of := range t.reached {
		s.UnreachableBy = append(s.UnreachableBy, intervalOf(of))
	}
	return s
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
