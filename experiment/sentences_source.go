package experiment

import (
	"context"

	"keyhull/norm"
	"keyhull/run"
)

// SentenceSource trains the BERTs that tables take, each once, on SST-2; see
// [LanguageSource].
type SentenceSource struct {
	Dir     string    // the data folder
	Config  Sentences // but for the norms and the text
	Seeds   int       // 1 to Seeds
	Kernels string
	Warn    func(string)

	once[BertRun]
	data *SentenceData
}

// sentenceFolder is the config.json of a run's folder.
type sentenceFolder struct {
	Sentences
	Kernels string `json:"kernels"`
}

// OpenSentenceFolder opens a folder for runs of c.
func OpenSentenceFolder(dir string, c Sentences, kernels string) (*run.Folder, error) {
	return run.OpenFolder(dir, sentenceFolder{c, kernels})
}

// ReadSentenceFolder returns what the runs in a folder are.
func ReadSentenceFolder(dir string) (Sentences, error) {
	var f sentenceFolder
	err := run.ReadConfig(dir, &f)
	return f.Sentences, err
}

// NewSentenceSource returns the BERTs of a preset; the quick ones see the
// training set once, with narrower networks.
func NewSentenceSource(p Plan, dir string) *SentenceSource {
	s := &SentenceSource{Dir: dir, Config: PaperSentences(), Seeds: 2}
	if p.Seeds > 0 {
		s.Seeds = p.Seeds
	}
	if !p.Full {
		s.Config.Steps, s.Config.Model.Hidden = 2105, 32
	}
	return s
}

// Runs is a [BertSource]. Runs are kept under pool.Dir, or only in memory if that
// is "".
func (s *SentenceSource) Runs(ctx context.Context, pool run.Pool, at norm.Kind) ([]BertRun, error) {
	return s.runs(at, func() ([]BertRun, error) {
		if s.data == nil {
			data, err := OpenSST2(s.Dir, s.Config.Model.Positions)
			if err != nil {
				return nil, err
			}
			s.data = &data
		}
		c := s.Config.WithNorm(at, 0)
		c.Model.Vocab, c.Text = s.data.Vocab, s.data.ID
		return s.train(ctx, pool, c)
	})
}

func (s *SentenceSource) train(ctx context.Context, pool run.Pool, c Sentences) ([]BertRun, error) {
	kind := string(c.Model.OutputNorm.Kind)
	dir, folder, err := folderIn(pool, "bert-"+kind, sentenceFolder{c, s.Kernels})
	if err != nil {
		return nil, err
	}
	return trainSeeds(ctx, pool, folder, "bert, norm "+kind, c.Steps, s.Seeds, func(ctx context.Context, seed uint64, cores int, progress func(int, float64)) (BertRun, error) {
		seconds := training(folder, seed, cores)
		r, err := c.TrainSeed(ctx, *s.data, folder, dir, seed, cores, progress, s.Warn)
		return BertRun{Seed: seed, Corpus: s.data.ID.Name, Sentences: s.data.Test.Tokens, Accuracy: r.Last["test_accuracy"],
			Model: r.Params, Seconds: seconds()}, err
	})
}
