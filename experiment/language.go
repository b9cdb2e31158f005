package experiment

import (
	"context"
	"fmt"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
	"keyhull/weights"
)

// Language is the configuration of a run of a language model: all that it
// depends on but its seed, which the initial values, the order of the batches
// and dropout follow from.
type Language struct {
	Model nn.GPT2 `json:"model"`
	Text  TextID  `json:"text"`

	Batch    int     `json:"batch"` // blocks of the model's context in a step; the last batch of an epoch has what is left
	Steps    int     `json:"steps"`
	Rate     float64 `json:"rate"`     // AdamW's highest learning rate
	Warmup   int     `json:"warmup"`   // steps of its rise
	Schedule int     `json:"schedule"` // steps after which it would be 0
	Decay    float64 `json:"weight_decay"`
	Clip     float64 `json:"clip"` // largest norm of a gradient; 0 for none

	Every      int `json:"every"`       // steps between measurements
	TestEvery  int `json:"test_every"`  // steps between measurements of the test loss
	TestBlocks int `json:"test_blocks"` // at most, for the test loss
	Watched    int `json:"watched"`     // test blocks in which the unselectable keys are counted
}

// TextID says which text a run is trained and tested on.
type TextID struct {
	Name   string `json:"name"`
	Train  string `json:"train_sha256"` // of the token ids
	Test   string `json:"test_sha256"`
	Blocks int    `json:"blocks"` // to train on
}

// LanguageData is the text, cut into blocks of the model's context.
type LanguageData struct {
	ID          TextID
	Vocab       int
	Synthetic   bool
	Train, Test [][]int32
}

// PaperLanguage is the GPT-2 of Brody, Alon and Yahav (2023, section 4.2) with
// a normalization before attention, for a vocabulary: 8 dimensions, 4 layers of
// 4 heads, what stands around attention frozen, and transformers' Trainer.
func PaperLanguage(before nn.Place, vocab int) Language {
	affine := nn.Place{Kind: norm.LayerNorm}
	return Language{
		Model: nn.GPT2{Vocab: vocab, Context: 1024, Dim: 8, Layers: 4, Heads: 4, Hidden: 32, Dropout: 0.1, Eps: 1e-5,
			Norm1: before, Norm2: affine, NormF: affine, QKNorm: norm.None, Frozen: true},
		Batch: 16, Steps: 50_000, Rate: 5e-5, Schedule: 50_000, Clip: 1,
		Every: 10, TestEvery: 250, TestBlocks: 64, Watched: 2,
	}
}

// Check reports a configuration that cannot be trained.
func (c Language) Check() error {
	if err := c.Model.Check(); err != nil {
		return err
	}
	switch {
	case c.Model.Dim > 1024 || c.Model.Layers > 1024 || c.Model.Context > 1<<16:
		return fmt.Errorf("dimension %d, %d layers, context %d: at most 1024, 1024 and %d", c.Model.Dim, c.Model.Layers, c.Model.Context, 1<<16)
	case c.Batch < 1 || c.Batch > 1<<16:
		return fmt.Errorf("batches of %d blocks: want 1 to %d", c.Batch, 1<<16)
	case c.Steps < 1 || c.Steps > 1e9 || c.Schedule < c.Steps || c.Warmup < 0 || c.Warmup >= c.Schedule:
		return fmt.Errorf("%d steps of a schedule of %d, %d of them to warm up: the schedule must be the longest", c.Steps, c.Schedule, c.Warmup)
	case !(c.Rate > 0 && c.Rate <= 1) || !(c.Decay >= 0 && c.Decay < 1) || !(c.Clip >= 0):
		return fmt.Errorf("learning rate %g, weight decay %g, clipping at %g: want more than 0, and 0 or more", c.Rate, c.Decay, c.Clip)
	case c.Every < 1 || c.TestEvery < c.Every || c.TestEvery%c.Every != 0:
		return fmt.Errorf("measured every %d steps, tested every %d: the second must be a multiple of the first", c.Every, c.TestEvery)
	case c.TestBlocks < 1 || c.Watched < 0:
		return fmt.Errorf("%d test blocks, %d watched: want 1 or more, and 0 or more", c.TestBlocks, c.Watched)
	}
	return nil
}

// LanguageModel is how a run ended.
type LanguageModel struct {
	Seed uint64     `json:"seed"`
	Last run.Values `json:"last"`

	Params *nn.GPT2Params[float32] `json:"-"`
}

// Train trains one seed; see [Training.Train] for all it promises. The
// unselectable keys are counted before and after the first normalization of
// each layer, exactly.
func (c Language) Train(ctx context.Context, data LanguageData, seed uint64, workers int, sink Sink, progress func(step int, loss float64)) (*LanguageModel, error) {
	t, err := newLanguageTrainer(c, data, seed, workers)
	if err != nil {
		return nil, err
	}
	l := loop{learner: t, seed: seed, steps: c.Steps, every: c.Every, sink: sink, progress: progress}
	if err := l.train(ctx); err != nil {
		return nil, err
	}
	last, err := l.end(ctx)
	return &LanguageModel{seed, last, t.p}, err
}

// languageTrainer is the state of a run.
type languageTrainer struct {
	c       Language
	data    LanguageData
	seed    uint64
	step    int
	engine  *nn.GPT2Lanes
	p, grad *nn.GPT2Params[float32]
	adam    *nn.AdamW[float32]
	batches batches
	blocks  [][]int32 // of a batch

	loss   float64 // sum over the tokens of the steps since the last measurement
	tokens int     // those tokens
}

func newLanguageTrainer(c Language, data LanguageData, seed uint64, workers int) (*languageTrainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if len(data.Train) == 0 || len(data.Test) == 0 {
		return nil, &weights.Error{Msg: fmt.Sprintf("%d blocks of %d tokens to train on, %d to test", len(data.Train), c.Model.Context, len(data.Test)),
			Hint: "give more text, or a shorter context"}
	}
	p := nn.NewGPT2Params[float32](c.Model)
	p.Init(seed)
	return &languageTrainer{
		c: c, data: data, seed: seed,
		engine: nn.NewGPT2Lanes(c.Model, workers),
		p:      p, grad: nn.NewGPT2Params[float32](c.Model), adam: nn.NewAdamW[float32](len(p.Flat), p.Trained(), c.Decay),
		batches: batches{seed: seed, rows: len(data.Train), size: min(c.Batch, len(data.Train))},
	}, nil
}

func (t *languageTrainer) advance() float64 {
	t.blocks = t.blocks[:0]
	for _, i := range t.batches.at(t.step) {
		t.blocks = append(t.blocks, t.data.Train[i])
	}
	s := t.engine.Loss(t.p, t.blocks, t.grad, dropoutKey(t.seed, t.step))
	if t.c.Clip > 0 {
		nn.ClipNorm(t.grad.Flat, t.adam.Spans, t.c.Clip)
	}
	t.adam.Step(t.p.Flat, t.grad.Flat, t.rate())
	t.step++
	t.loss += s.Loss * float64(s.Tokens)
	t.tokens += s.Tokens
	return s.Loss
}

// rate is the learning rate of the next step.
func (t *languageTrainer) rate() float64 {
	return nn.LinearWarmup(t.c.Rate, t.step, t.c.Warmup, t.c.Schedule)
}
