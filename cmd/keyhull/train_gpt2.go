package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/experiment"
	"keyhull/nn"
	"keyhull/norm"
	cells "keyhull/run"
)

// trainGPT2 is one call of keyhull train gpt2.
type trainGPT2 struct {
	env    *env
	config experiment.Language
	norm   string
	times  float64
	text   experiment.TextFiles
	trainFlags
}

func newTrainGPT2Command(e *env) *cobra.Command {
	t := &trainGPT2{env: e, config: experiment.PaperLanguage(nn.Place{}, 0)}
	cmd := &cobra.Command{
		Use:   "gpt2",
		Short: "Train a GPT-2 on text, with any norm before attention",
		Long: `Train a GPT-2 on text files, with a norm of your choice before attention, and
say how well it learns and how many keys of each layer become unselectable. The
presets are the paper's: 8 dimensions, 4 layers of 4 heads, batches of 16 times
1,024 tokens.

Text files are plain or .gz; a line <|endoftext|> ends an article. Without any,
a synthetic language is made on the spot. With --out the folder gets config.json
and, for each seed, metrics.jsonl, metrics.csv, TensorBoard events, checkpoints,
and in model/ what transformers loads. The same command goes on after an
interruption, and so does --resume with the same text, which takes all other
settings from the folder.`,
		Example: "  keyhull train gpt2 --norm project --text train.txt.gz --steps 5000 --out run",
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

func (t *trainGPT2) register(cmd *cobra.Command) {
	flags, c := cmd.Flags(), &t.config
	flags.SortFlags = false
	choiceFlag(cmd, &t.norm, "norm", "layernorm", placeNames(), "before attention: layernorm, project, project-times\n(a constant), project-learned (a scalar), scale,\nrmsnorm, dyt, none")
	flags.Float64Var(&t.times, "times", 0, "`X` of project-times, where project-learned begins;\n0 means LayerNorm's scale at the start")
	flags.BoolVar(&c.Model.Frozen, "frozen", true, "as the paper, keep that norm's gain and bias and\nthe bias of queries, keys and values")
	flags.StringSliceVar(&t.text.Train, "text", nil, "train on these `FILES`")
	flags.StringSliceVar(&t.text.Test, "test", nil, "test on these `FILES`; else on 1/20 of the text")
	flags.IntVar(&c.Model.Dim, "dim", c.Model.Dim, "`N` numbers in an embedding")
	flags.IntVar(&c.Model.Layers, "layers", c.Model.Layers, "`N` layers")
	flags.IntVar(&c.Model.Heads, "heads", c.Model.Heads, "`N` heads of attention")
	flags.IntVar(&c.Model.Context, "context", c.Model.Context, "`N` tokens in a block")
	flags.Float64Var(&c.Model.Dropout, "dropout", c.Model.Dropout, "`SHARE` that dropout takes away")
	flags.IntVar(&c.Batch, "batch", c.Batch, "`N` blocks in a step")
	flags.IntVar(&c.Steps, "steps", 5000, "train `N` steps")
	flags.IntVar(&c.Schedule, "schedule", c.Schedule, "the rate falls to 0 in `N` steps")
	optimizerFlags(cmd, &c.Warmup, &c.Rate, &c.Decay, &c.Clip)
	flags.IntVar(&c.Every, "every", c.Every, "measure the loss every `N` steps")
	flags.IntVar(&c.TestEvery, "test-every", c.TestEvery, "test and count keys every `N` steps")
	flags.IntVar(&c.TestBlocks, "test-blocks", c.TestBlocks, "test on at most `N` blocks")
	t.trainFlags.register(cmd)
}

func placeNames() string {
	var names []string
	for _, k := range nn.PlaceNorms() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (t *trainGPT2) check(cmd *cobra.Command) error {
	if err := t.trainFlags.check(); err != nil {
		return err
	}
	switch {
	case len(t.text.Test) > 0 && len(t.text.Train) == 0:
		return usagef("name the training text with --text", "--test without --text")
	case t.resume:
		steps := t.config.Steps
		var err error
		t.config, err = experiment.ReadLanguageFolder(t.out)
		return cmp.Or(err, sameSettings(cmd, steps, t.config.Steps), t.checkConfig())
	}
	t.config.Model.Norm1 = experiment.PlaceOf(norm.Kind(t.norm), t.times)
	t.config.Model.Hidden = 4 * t.config.Model.Dim
	return t.checkConfig()
}

// checkConfig comes before any text is read; which vocabulary that has matters
// not.
func (t *trainGPT2) checkConfig() error {
	c := t.config
	c.Model.Vocab = 2
	if err := c.Check(); err != nil {
		return usagef("keyhull train gpt2 --help has the paper's numbers", "%w", err)
	}
	return nil
}

func (t *trainGPT2) run(ctx context.Context) error {
	data, err := experiment.OpenLanguageText(ctx, t.text, t.config.Model.Context)
	if err != nil {
		return err
	}
	if t.resume && t.config.Text != data.ID {
		return failf("give the same --text and --test", "%s: was trained on another text, %s", t.out, t.config.Text.Name)
	}
	t.config.Model.Vocab, t.config.Text = data.Vocab, data.ID
	var folder *cells.Folder
	if t.out != "" {
		if folder, err = experiment.OpenLanguageFolder(t.out, t.config, readBuild().CPU); err != nil {
			return err
		}
	}
	runs := experiment.LanguageRuns{Config: t.config, Seeds: make([]experiment.LMRun, t.seeds)}
	err = t.eachSeed(ctx, t.env, folder, "gpt2, norm "+string(t.config.Model.Norm1.Kind), t.config.Steps, func(ctx context.Context, i int, seed uint64, cores int, progress func(int, float64), warn func(string)) error {
		r, err := t.config.TrainSeed(ctx, data, folder, t.out, seed, cores, progress, warn)
		runs.Seeds[i] = r
		return err
	})
	if err != nil {
		return err
	}
	m := t.config.Model
	title := fmt.Sprintf("GPT-2 with norm %s before attention: d = %d, %s of %s, vocabulary %d, %s", m.Norm1.Kind, m.Dim,
		count(m.Layers, "layer"), count(m.Heads, "head"), m.Vocab, count(t.seeds, "seed"))
	return t.finish(t.env.out, folder, title, t.config, runs)
}
