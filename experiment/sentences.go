package experiment

import (
	"context"
	"fmt"
	"path/filepath"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
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

// PaperSentences is the BERT of Brody, Alon and Yahav (2023, appendix), but for
// its normalizations and the text: 8 dimensions, 4 layers of 4 heads, batches of
// 32. What the paper does not say is as in transformers' Trainer; the learning
// rate is a higher one, so that ten epochs do for a hundred.
func PaperSentences() Sentences {
	return Sentences{
		Model: nn.Bert{Positions: 64, Dim: 8, Layers: 4, Heads: 4, Hidden: 3072, Labels: 2, Dropout: 0.1, Eps: 1e-12},
		Batch: 32, Steps: 21_050, Rate: 1e-3, Clip: 1, Every: 421,
	}
}

// WithNorm returns c with a normalization at all places of the BERT. times is
// the constant of project-times and where project-learned begins, both after the
// embeddings; 0 stands for LayerNorm's scale at the start, where they are sums of
// a token's, a position's and a type's. Inside the layers it is 1: what they get
// was brought to LayerNorm's length by the place before, and a layer's networks
// add little to it at first.
func (c Sentences) WithNorm(kind norm.Kind, times float64) Sentences {
	inside := placeOf(kind, 0, 1)
	c.Model.EmbeddingNorm = placeOf(kind, times, scaleOfSum(3))
	c.Model.AttentionNorm, c.Model.OutputNorm = inside, inside
	return c
}

// Check reports a configuration that cannot be trained.
func (c Sentences) Check() error {
	if err := c.Model.Check(); err != nil {
		return err
	}
	switch {
	case c.Model.Dim > 1024 || c.Model.Layers > 1024 || c.Model.Hidden > 1<<16:
		return fmt.Errorf("dimension %d, %d layers, hidden width %d: at most 1024, 1024 and %d", c.Model.Dim, c.Model.Layers, c.Model.Hidden, 1<<16)
	case c.Batch < 1 || c.Batch > 1<<16:
		return fmt.Errorf("batches of %d sentences: want 1 to %d", c.Batch, 1<<16)
	case c.Steps < 1 || c.Steps > 1e9 || c.Warmup < 0 || c.Warmup >= c.Steps || c.Every < 1:
		return fmt.Errorf("%d steps, %d of them to warm up, measured every %d: want 1 to 1000000000, fewer, and 1 or more", c.Steps, c.Warmup, c.Every)
	case !(c.Rate > 0 && c.Rate <= 1) || !(c.Decay >= 0 && c.Decay < 1) || !(c.Clip >= 0):
		return fmt.Errorf("learning rate %g, weight decay %g, clipping at %g: want more than 0, and 0 or more", c.Rate, c.Decay, c.Clip)
	}
	return nil
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
	last, err := l.end(ctx)
	return &BertModel{seed, last, t.p}, err
}

// TrainSeed trains a seed in a run's folder, see [Language.TrainIn], or keeps
// nothing on disk if folder is nil.
func (c Sentences) TrainSeed(ctx context.Context, data SentenceData, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (SentenceRun, error) {
	if folder == nil {
		var m memory
		model, err := c.Train(ctx, data, seed, workers, &m, progress)
		if err != nil {
			return SentenceRun{}, err
		}
		return SentenceRun{*model, LMCurves(seed, m.rows)}, nil
	}
	files := filepath.Join(run.SeedDir(dir, seed), modelFolder)
	model, logged, err := trainIn(folder, dir, seed, warn, func(sink Sink) (*BertModel, error) {
		return c.Train(ctx, data, seed, workers, sink, progress)
	}, func(dir string, m *BertModel) error { return nn.WriteBert(dir, m.Params) })
	if err == nil && model.Params == nil {
		model.Params, err = nn.ReadBert(files)
		if err == nil && model.Params.Shape != c.Model {
			err = otherModel(files)
		}
	}
	return SentenceRun{model, LMCurves(seed, logged.Rows)}, err
}

// SentenceRun is a finished run and what it logged.
type SentenceRun struct {
	BertModel
	Curves map[string]SeedCurve
}

// SentenceRuns are the seeds of one configuration, as `keyhull train bert`
// trains them.
type SentenceRuns struct {
	Config Sentences
	Seeds  []SentenceRun
}

var sentenceQuantities = []quantity{
	{Name: "train_loss", Axis: "training loss", Unit: "nats"}, {Name: "test_loss", Axis: "test loss", Unit: "nats"},
	{Name: "train_accuracy", Axis: "training accuracy"}, {Name: "test_accuracy", Axis: "test accuracy"},
}

// Summary returns what was measured at the last step.
func (r SentenceRuns) Summary() []Measured {
	return summaryOf(sentenceQuantities, r.Config.Steps, r.Curves)
}

// Curves returns a quantity of all seeds to draw, by its name in the metrics.
func (r SentenceRuns) Curves(name string) *Curves {
	var seeds []map[string]SeedCurve
	for _, s := range r.Seeds {
		seeds = append(seeds, s.Curves)
	}
	kind := string(r.Config.Model.OutputNorm.Kind)
	return seedCurves(sentenceQuantities, name, "BERT with norm "+kind, kind, seeds)
}
