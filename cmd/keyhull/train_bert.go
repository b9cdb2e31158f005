package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"keyhull/experiment"
	"keyhull/norm"
	cells "keyhull/run"
)

// trainBert is one call of keyhull train bert.
type trainBert struct {
	env    *env
	config experiment.Sentences
	norm   string
	times  float64
	data   string
	trainFlags
}

func newTrainBertCommand(e *env) *cobra.Command {
	t := &trainBert{env: e, config: experiment.PaperSentences()}
	cmd := &cobra.Command{
		Use:   "bert",
		Short: "Train a BERT on SST-2, with any norm, or none",
		Long: `Train a BERT to tell whether a sentence of SST-2 is positive, with a norm of
your choice at all its places, or none as in the paper's Table 4.

The folder of --data holds sst2/train.tsv and dev.tsv, plain or .gz, and
tokenizers/bert-base-uncased-vocab.txt. The folder of --out is as that of train
gpt2.`,
		Example: "  keyhull train bert --norm none --data DIR --out run",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := t.check(cmd); err != nil {
				return err
			}
			return t.run(cmd.Context())
		},
	}
	t.register(cmd)
	return cmd
}

func (t *trainBert) register(cmd *cobra.Command) {
	flags, c := cmd.Flags(), &t.config
	flags.SortFlags = false
	choiceFlag(cmd, &t.norm, "norm", "none", placeNames(), "none, layernorm, project, rmsnorm, dyt, …\n")
	flags.Float64Var(&t.times, "times", 0, "`X` of project-times after the embeddings, where\nproject-learned begins; 0 means LayerNorm's scale\nat the start, 28.9. Inside the layers it is 1,\nsince vectors have LayerNorm's length, √d, there")
	flags.StringVar(&t.data, "data", "", "`DIR` with sst2/ and tokenizers/")
	flags.IntVar(&c.Model.Dim, "dim", c.Model.Dim, "`N` numbers in a hidden state")
	flags.IntVar(&c.Model.Layers, "layers", c.Model.Layers, "`N` layers")
	flags.IntVar(&c.Model.Heads, "heads", c.Model.Heads, "`N` heads of attention")
	flags.IntVar(&c.Model.Hidden, "hidden", c.Model.Hidden, "width `N` of the feed-forward networks")
	flags.Float64Var(&c.Model.Dropout, "dropout", c.Model.Dropout, "`SHARE` that dropout takes away")
	flags.IntVar(&c.Batch, "batch", c.Batch, "`N` sentences in a step")
	flags.IntVar(&c.Steps, "steps", c.Steps, "train `N` steps; 2105 are an epoch")
	optimizerFlags(cmd, &c.Warmup, &c.Rate, &c.Decay, &c.Clip)
	flags.IntVar(&c.Every, "every", c.Every, "measure every `N` steps")
	t.trainFlags.register(cmd)
}

func (t *trainBert) check(cmd *cobra.Command) error {
	if err := t.trainFlags.check(); err != nil {
		return err
	}
	if t.data == "" {
		return usagef("name the folder with sst2/ and tokenizers/", "--data is missing")
	}
	if t.resume {
		steps := t.config.Steps
		var err error
		t.config, err = experiment.ReadSentenceFolder(t.out)
		return cmp.Or(err, sameSettings(cmd, steps, t.config.Steps), t.checkConfig())
	}
	t.config = t.config.WithNorm(norm.Kind(t.norm), t.times)
	return t.checkConfig()
}

// checkConfig comes before any text is read; which vocabulary that has matters
// not.
func (t *trainBert) checkConfig() error {
	c := t.config
	c.Model.Vocab = 2
	if err := c.Check(); err != nil {
		return usagef("keyhull train bert --help has the paper's numbers", "%w", err)
	}
	return nil
}

func (t *trainBert) run(ctx context.Context) error {
	data, err := experiment.OpenSST2(t.data, t.config.Model.Positions)
	if absence := (*experiment.Absence)(nil); errors.As(err, &absence) {
		return failf("keyhull train bert --help says what the folder of --data holds", "%w", err)
	}
	if err != nil {
		return err
	}
	t.config.Model.Vocab, t.config.Text = data.Vocab, data.ID
	var folder *cells.Folder
	if t.out != "" {
		if folder, err = experiment.OpenSentenceFolder(t.out, t.config, readBuild().CPU); err != nil {
			return err
		}
	}
	runs := experiment.SentenceRuns{Config: t.config, Seeds: make([]experiment.SentenceRun, t.seeds)}
	err = t.eachSeed(ctx, t.env, folder, "bert, norm "+string(t.config.Model.OutputNorm.Kind), t.config.Steps, func(ctx context.Context, i int, seed uint64, cores int, progress func(int, float64), warn func(string)) error {
		r, err := t.config.TrainSeed(ctx, data, folder, t.out, seed, cores, progress, warn)
		runs.Seeds[i] = r
		return err
	})
	if err != nil {
		return err
	}
	m := t.config.Model
	title := fmt.Sprintf("BERT with norm %s on SST-2: d = %d, %s of %s, %s", m.OutputNorm.Kind, m.Dim,
		count(m.Layers, "layer"), count(m.Heads, "head"), count(t.seeds, "seed"))
	return t.finish(t.env.out, folder, title, t.config, runs)
}
