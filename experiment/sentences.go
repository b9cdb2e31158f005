package experiment

import (
	"context"
	"fmt"
	"path/filepath"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
	"keyhull/text"
	"keyhull/weights"
)

// Sentences is the configuration of a run of a BERT that classifies sentences:
// all that it depends on but its seed, which the initial values, the order of
// the batches and dropout follow from.
type Sentences struct {
	Model nn.Bert `json:"model"`
	Text  TextID  `json:"text"`

	Batch  int     `json:"batch"` // sentences; the last batch of an epoch has what is left
	Steps  int     `json:"steps"`
	Rate   float64 `json:"rate"`   // AdamW's first learning rate, which falls to 0 in a straight line
	Warmup int     `json:"warmup"` // steps of its rise
	Decay  float64 `json:"weight_decay"`
	Clip   float64 `json:"clip"` // largest norm of a gradient; 0 for none
	Every  int     `json:"every"`
}

// SentenceSet is sentences as tokens, with their classes.
type SentenceSet struct {
	Tokens [][]int32
	Labels []int32
}

// SentenceData is what is trained on, and tested.
type SentenceData struct {
	ID          TextID
	Vocab       int
	Train, Test SentenceSet
}

// PaperSentences is the BERT of Brody, Alon and Yahav (2023, appendix) with a
// normalization at all its places, for a vocabulary: 8 dimensions, 4 layers of 4
// heads, batches of 32. What the paper does not say is as in transformers'
// Trainer; the learning rate is a higher one, so that ten epochs do for a
// hundred.
func PaperSentences(at nn.Place, vocab int) Sentences {
	return Sentences{
		Model: nn.Bert{Vocab: vocab, Positions: 64, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Labels: 2, Dropout: 0.1, Eps: 1e-12,
			EmbeddingNorm: at, AttentionNorm: at, OutputNorm: at},
		Batch: 32, Steps: 21_050, Rate: 1e-3, Clip: 1, Every: 421,
	}
}

// Check reports a configuration that cannot be trained.
func (c Sentences) Check() error {
	if err := c.Model.Check(); err != nil {
		return err
	}
	switch {
	case c.Batch < 1 || c.Batch > 1<<16:
		return fmt.Errorf("batches of %d sentences: want 1 to %d", c.Batch, 1<<16)
	case c.Steps < 1 || c.Steps > 1e9 || c.Warmup < 0 || c.Warmup >= c.Steps || c.Every < 1:
		return fmt.Errorf("%d steps, %d of them to warm up, measured every %d: want 1 to 1000000000, fewer, and 1 or more", c.Steps, c.Warmup, c.Every)
	case !(c.Rate > 0 && c.Rate <= 1) || !(c.Decay >= 0 && c.Decay < 1) || !(c.Clip >= 0):
		return fmt.Errorf("learning rate %g, weight decay %g, clipping at %g: want more than 0, and 0 or more", c.Rate, c.Decay, c.Clip)
	}
	return nil
}

// OpenSST2 reads SST-2 and BERT's vocabulary from a data folder: the training
// set, and the dev set to test. Sentences are cut at so many tokens, [CLS] and
// [SEP] among them.
func OpenSST2(dir string, most int) (d SentenceData, err error) {
	vocab, err := dataFile(dir, "tokenizers/bert-*-vocab.txt", "BERT's vocabulary")
	if err != nil {
		return d, err
	}
	pieces, err := text.ReadWordPiece(vocab)
	if err != nil {
		return d, err
	}
	d.Vocab, d.ID.Name = pieces.Vocab(), "SST-2"
	for split, set := range map[string]*SentenceSet{"train": &d.Train, "dev": &d.Test} {
		path, err := dataFile(dir, "sst2/"+split+".tsv", "SST-2")
		if err != nil {
			return d, err
		}
		sentences, labels, err := text.ReadSST2(path)
		if err != nil {
			return d, err
		}
		for i, s := range sentences {
			set.Tokens = append(set.Tokens, pieces.EncodeSentence(s, most))
			set.Labels = append(set.Labels, int32(labels[i]))
		}
	}
	d.ID.Train, d.ID.Test, d.ID.Blocks = d.Train.hash(), d.Test.hash(), len(d.Train.Tokens)
	return d, nil
}

func (s SentenceSet) hash() string {
	all := append([]int32{}, s.Labels...)
	for _, t := range s.Tokens {
		all = append(append(all, int32(len(t))), t...)
	}
	return text.HashTokens(all)
}

// BertModel is how a run ended.
type BertModel struct {
	Seed uint64     `json:"seed"`
	Last run.Values `json:"last"`

	Params *nn.BertParams[float32] `json:"-"`
}

// Train trains one seed; see [Training.Train] for all it promises.
func (c Sentences) Train(ctx context.Context, data SentenceData, seed uint64, workers int, sink Sink, progress func(step int, loss float64)) (*BertModel, error) {
	t, err := newSentenceTrainer(c, data, seed, workers)
	if err != nil {
		return nil, err
	}
	l := loop{learner: t, seed: seed, steps: c.Steps, every: c.Every, sink: sink, progress: progress}
	if err := l.train(ctx); err != nil {
		return nil, err
	}
	last, err := t.measure(ctx)
	return &BertModel{seed, last, t.p}, err
}

// TrainIn trains a seed in a run's folder; see [Language.TrainIn].
func (c Sentences) TrainIn(ctx context.Context, data SentenceData, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (BertModel, run.Metrics, error) {
	files := filepath.Join(run.SeedDir(dir, seed), "model")
	model, logged, err := trainIn(folder, dir, seed, warn, func(sink Sink) (*BertModel, error) {
		m, err := c.Train(ctx, data, seed, workers, sink, progress)
		if err == nil {
			err = nn.WriteBert(files, m.Params)
		}
		return m, err
	})
	if err == nil && model.Params == nil {
		model.Params, err = nn.ReadBert(files)
	}
	return model, logged, err
}

// noNorm is the paper's: the LayerNorms are left out.
var noNorm = nn.Place{Kind: norm.None}

func (s SentenceSet) need(what string, positions int) error {
	if len(s.Tokens) == 0 {
		return &weights.Error{Msg: "no sentences to " + what, Hint: "give a file with some"}
	}
	for i, t := range s.Tokens {
		if len(t) > positions {
			return fmt.Errorf("sentence %d to %s has %d tokens, the model %d positions", i+1, what, len(t), positions)
		}
	}
	return nil
}
