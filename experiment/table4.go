package experiment

import (
	"context"
	"errors"
	"fmt"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// BertRun is a finished training of a BERT with one seed.
type BertRun struct {
	Seed      uint64
	Corpus    string    // what it was trained on
	Sentences [][]int32 // that it was not trained on, as its tokens
	Accuracy  float64   // on these
	Model     *nn.BertParams[float32]
	Seconds   float64 // of training, summed over cores
}

// BertSource gives the finished runs of BERT with one normalization at all its
// places, one for each seed; it trains those that are not there. Its error is an
// [*Absence] where there can be none.
type BertSource func(ctx context.Context, pool run.Pool, at norm.Kind) ([]BertRun, error)

// Table4 counts unselectable keys at the embeddings and after each layer of a
// BERT without LayerNorm (Table 4), and as a control of one with it. Attention
// sees the keys of one sentence; the same keys are also counted together with
// those of the sentences that follow, as many as the texts of Table 1 have.
type Table4 struct {
	Source BertSource `json:"-"`
	Most   int        `json:"most"` // sentences at most; 0 for all
}

// togetherLeast is how many keys are counted together, or some more.
const togetherLeast = 768

// Run measures all seeds of both models.
func (c Table4) Run(ctx context.Context, pool run.Pool) (Result, error) {
	if c.Source == nil {
		return nil, &Absence{"no BERT is at hand"}
	}
	var later error
	r := &TableResult{finding: c.finding, Shares: LayerShares{Title: "Keys of BERT with and without LayerNorm, SST-2"}}
	for _, at := range []norm.Kind{norm.None, norm.LayerNorm} {
		runs, err := c.Source(ctx, pool, at)
		if absence := (*Absence)(nil); at == norm.LayerNorm && errors.As(err, &absence) {
			break // a control less
		}
		if err == nil && len(runs) == 0 {
			err = &Absence{"no BERT is at hand"}
		}
		if err == nil {
			err = c.measure(ctx, pool, r, at, runs)
		}
		if errors.Is(err, run.ErrIncomplete) {
			later = err // the other norm's cells can be computed at the same time
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	if later != nil {
		return nil, later
	}
	r.Shares.Layers = append([]string{"embeddings"}, layerNames(len(r.Shares.Series[0].Values)-1)...)
	return r, nil
}

// measure adds the models of one kind to a result, and a series for their
// sentences and one for the sentences together.
func (c Table4) measure(ctx context.Context, pool run.Pool, r *TableResult, at norm.Kind, runs []BertRun) error {
	label := map[norm.Kind]string{norm.None: "without LayerNorm", norm.LayerNorm: "with LayerNorm"}[at]
	var alone, together TextRates
	var later error
	for _, one := range runs {
		sentences := one.Sentences
		if c.Most > 0 {
			sentences = sentences[:min(c.Most, len(sentences))]
		}
		groups, seconds, err := measureBert(ctx, pool, one.Model, sentences)
		if errors.Is(err, run.ErrIncomplete) {
			later = err
			continue
		}
		if err != nil {
			return fmt.Errorf("BERT %s, seed %d: %w", label, one.Seed, err)
		}
		var single, joint []TextCounts
		for _, g := range groups {
			single, joint = append(single, g.Sentences...), append(joint, g.Together)
		}
		alone.Models = append(alone.Models, newModelRates(string(at), one.Seed, 0, single))
		together.Models = append(together.Models, newModelRates(string(at)+" together", one.Seed, 0, joint))
		r.Seconds += seconds
		r.Texts, r.Corpus = fmt.Sprintf("%d sentences of %s", len(sentences), one.Corpus), one.Corpus
	}
	if later != nil {
		return later
	}
	one := alone.series(string(at), label+", a sentence's keys", StageBefore, Ambient)
	many := together.series(string(at)+" together", fmt.Sprintf("%s, keys of sentences together, %d or more", label, togetherLeast), StageBefore, Ambient)
	many.Norm, many.Second = string(at), true
	r.Shares.Series = append(r.Shares.Series, one, many)
	r.Models = append(append(r.Models, alone.Models...), together.Models...)
	return nil
}

// sentenceCounts are consecutive sentences, each by itself and all together.
type sentenceCounts struct {
	Sentences []TextCounts `json:"sentences"`
	Together  TextCounts   `json:"together"`
}

// measureBert measures sentences, so many to a cell that they have
// togetherLeast keys; the last ones, which have fewer, only one by one.
func measureBert(ctx context.Context, pool run.Pool, model *nn.BertParams[float32], sentences [][]int32) ([]sentenceCounts, float64, error) {
	groups := together(sentences)
	config := []string{digestOf(model.Shape, model.Flat), digestOf(togetherLeast, sentences...)}
	counts, took, err := run.Map(ctx, pool, "keys of sentences", config, len(groups), func(ctx context.Context, i int) (c sentenceCounts, err error) {
		var all []LayerStates
		for _, s := range groups[i] {
			layers := bertLayers(model.Shape, model.States(s))
			counts, err := measureText(ctx, layers)
			if err != nil {
				return c, err
			}
			c.Sentences, all = append(c.Sentences, counts), joinedLayers(all, layers)
		}
		c.Together, err = measureText(ctx, all)
		return c, err
	})
	return counts, took.Seconds(), err
}

// together groups consecutive sentences; those at the end that are too few to be
// a group are left out, unless there is no other.
func together(sentences [][]int32) (groups [][][]int32) {
	var group [][]int32
	keys := 0
	for _, s := range sentences {
		group, keys = append(group, s), keys+len(s)
		if keys >= togetherLeast {
			groups, group, keys = append(groups, group), nil, 0
		}
	}
	if len(groups) == 0 && len(group) > 0 {
		groups = append(groups, group)
	}
	return groups
}

// bertLayers are the states at the embeddings and after each layer, with the
// keys that the heads of the next layer make of them.
func bertLayers(shape nn.Bert, s nn.BertStates[float32]) (layers []LayerStates) {
	for i, h := range s.Hidden {
		l := LayerStates{Dim: shape.Dim, Before: h}
		if i < len(s.Keys) {
			l.Heads = s.Keys[i]
		}
		layers = append(layers, l)
	}
	return layers
}

// joinedLayers appends the keys of one text to those of others.
func joinedLayers(all, more []LayerStates) []LayerStates {
	if all == nil {
		all = make([]LayerStates, len(more))
	}
	for i, l := range more {
		a := &all[i]
		a.Dim, a.Before = l.Dim, append(a.Before, l.Before...)
		if a.Heads == nil {
			a.Heads = make([][]float32, len(l.Heads))
		}
		for h := range l.Heads {
			a.Heads[h] = append(a.Heads[h], l.Heads[h]...)
		}
	}
	return all
}

func (c Table4) finding(r *TableResult) Finding {
	alone, joint := r.Shares.Series[0], r.Shares.Series[1]
	f := Finding{Verdict: Reproduced, Ours: object{"sentences": alone.Values, "together": joint.Values}}
	for _, v := range alone.Values { // the claim is that there are some, and each is proved
		if v.Value == 0 {
			f.Verdict = NotReproduced
		}
	}
	f.Headline = fmt.Sprintf("embeddings, layers 1 to %d: %s %% of a sentence's keys; %s %% of %d or more together", len(alone.Values)-1, alone.list(), joint.list(), togetherLeast)
	f.Note = fmt.Sprintf("Without LayerNorm %s of the keys of a sentence are unselectable, from the least to the most of the embeddings and the layers; %s where the keys of as many sentences compete as have %d in all",
		alone.span(), joint.span(), togetherLeast)
	if len(r.Shares.Series) > 2 {
		f.Ours["with_sentences"], f.Ours["with_together"] = r.Shares.Series[2].Values, r.Shares.Series[3].Values
		f.Note += fmt.Sprintf(". With LayerNorm it is %s and %s", r.Shares.Series[2].span(), r.Shares.Series[3].span())
	}
	return f
}
