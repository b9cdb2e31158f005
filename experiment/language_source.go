package experiment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
)

// LanguageSource trains the language models that figures and tables take, each
// once: a run's folder for each norm before attention, in which an interrupted
// training goes on.
type LanguageSource struct {
	Files   TextFiles
	Config  Language     // but for the norm before attention and the text
	Seeds   int          // 1 to Seeds
	Norms   []string     // that are trained; nil for all
	Kernels string       // their level, which a folder's runs have in common
	Warn    func(string) // is told of checkpoints that could not be used, and how long a long training will take

	once[LMRun]
	data *LanguageData
}

// languageFolder is the config.json of a run's folder. Kernels of different
// levels round differently, so a run must go on with the same. Where the text
// lies is no part of it: its hash is.
type languageFolder struct {
	Language
	Kernels string `json:"kernels"`
}

// OpenLanguageFolder opens a folder for runs of c.
func OpenLanguageFolder(dir string, c Language, kernels string) (*run.Folder, error) {
	return run.OpenFolder(dir, languageFolder{c, kernels})
}

// ReadLanguageFolder returns what the runs in a folder are.
func ReadLanguageFolder(dir string) (Language, error) {
	var f languageFolder
	err := run.ReadConfig(dir, &f)
	return f.Language, err
}

// Runs is an [LMSource]. Runs are kept under pool.Dir, or only in memory if that
// is "".
func (s *LanguageSource) Runs(ctx context.Context, pool run.Pool, before norm.Kind) ([]LMRun, error) {
	if s.Norms != nil && !slices.Contains(s.Norms, string(before)) {
		return nil, &Absence{"the model with norm " + string(before) + " was left out"}
	}
	return s.runs(before, func() ([]LMRun, error) {
		c, err := s.open(ctx, before)
		if err != nil {
			return nil, err
		}
		return s.train(ctx, pool, c)
	})
}

// open reads the text, once, and completes the configuration.
func (s *LanguageSource) open(ctx context.Context, before norm.Kind) (Language, error) {
	c := s.Config
	if s.data == nil {
		data, err := OpenLanguageText(ctx, s.Files, c.Model.Context)
		if err != nil {
			return c, err
		}
		s.data = &data
	}
	c.Model.Norm1, c.Model.Vocab, c.Text = PlaceOf(before, 0), s.data.Vocab, s.data.ID
	return c, c.Check()
}

// longTraining is from how many tokens on a training is announced.
const longTraining = 100_000_000

// announce says how long a long training will take, from a step that it times.
// Seeds that are done in the folder, which may be nil, take no time.
func (s *LanguageSource) announce(c Language, folder *run.Folder, pool run.Pool) {
	left := 0
	for i := range s.Seeds {
		if folder == nil || !folder.Done(uint64(i+1)) {
			left++
		}
	}
	if left*c.Steps*c.Batch*c.Model.Context < longTraining {
		return
	}
	t, err := newLanguageTrainer(c, *s.data, 0, pool.Cores())
	if err != nil {
		return // training will say why
	}
	t.advance()
	start := time.Now()
	t.advance()
	step := time.Since(start)
	s.Warn(fmt.Sprintf("GPT-2 with norm %s: %d seeds of %d steps of %.2f s: about %.1f hours in all; an interrupted training goes on when the same command is given",
		c.Model.Norm1.Kind, left, c.Steps, step.Seconds(), (time.Duration(c.Steps*left) * step).Hours()))
}

func (s *LanguageSource) train(ctx context.Context, pool run.Pool, c Language) ([]LMRun, error) {
	kind := string(c.Model.Norm1.Kind)
	dir, folder, err := folderIn(pool, "gpt2-"+kind, languageFolder{c, s.Kernels})
	if err != nil {
		return nil, err
	}
	if pool.Sweep == nil {
		s.announce(c, folder, pool)
	}
	return trainSeeds(ctx, pool, folder, "gpt2, "+kind, c.Steps, s.Seeds, func(ctx context.Context, seed uint64, cores int, progress func(int, float64)) (LMRun, error) {
		seconds := training(folder, seed, cores)
		r, err := c.TrainSeed(ctx, *s.data, folder, dir, seed, cores, progress, s.Warn)
		r.Seconds = seconds()
		return r, err
	})
}

// NewLanguageSource returns the models of a preset, trained on the texts of a
// data folder, or on a synthetic language if that is "". The quick ones are
// small enough for a minute or two in all: fewer steps than the paper's, at a
// higher learning rate, and without data in shorter blocks.
func NewLanguageSource(p Plan, dir string) (*LanguageSource, error) {
	s := &LanguageSource{Config: PaperLanguage(nn.Place{}, 0), Seeds: 2, Norms: p.LMNorms}
	if p.Seeds > 0 {
		s.Seeds = p.Seeds
	}
	if c := &s.Config; !p.Full {
		c.Steps, c.Schedule, c.Rate, c.TestEvery, c.Watched = 400, 400, 2e-3, 50, 4
		if dir == "" {
			c.Model.Context = 256
		} else {
			c.Batch, c.Steps, c.Schedule, c.TestBlocks = 4, 150, 150, 16
		}
	}
	if p.LMSteps > 0 {
		s.Config.Steps, s.Config.Schedule = p.LMSteps, max(s.Config.Schedule, p.LMSteps)
	}
	if dir == "" {
		return s, nil
	}
	var err error
	s.Files, err = WikiFiles(dir)
	return s, err
}
