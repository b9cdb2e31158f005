package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"keyhull/experiment"
	"keyhull/figure"
	"keyhull/nn"
	"keyhull/norm"
	cells "keyhull/run"
)

// majorityCommand is one call of keyhull majority.
type majorityCommand struct {
	env     *env
	config  experiment.Training
	norm    string
	seeds   int
	out     string
	format  string
	workers int
}

// majorityFolder is the config.json of a run's folder. Kernels of different
// levels round differently, so a run must go on with the same.
type majorityFolder struct {
	experiment.Training
	Kernels string `json:"kernels"`
}

func newMajorityCommand(e *env) *cobra.Command {
	m := &majorityCommand{env: e, config: experiment.PaperTraining("")}
	cmd := &cobra.Command{
		Use:   "majority",
		Short: "Train the paper's majority task, with any norm before attention",
		Long: `Train a small Transformer to say which class a sequence holds most of, with a
norm of your choice before attention, and say how soon it learns, how well, and
how far its queries turn towards 1 = [1, …, 1]. The presets are the paper's.

With --out the folder gets config.json and, for each seed, metrics.jsonl,
metrics.csv, TensorBoard events, checkpoints and result.json, and figures of all
seeds. The same command goes on after an interruption; the files are the same.`,
		Example: "  keyhull majority --norm scale --steps 5000 --seeds 3 --out scale",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := m.check(); err != nil {
				return err
			}
			return m.run(cmd.Context())
		},
	}
	m.register(cmd)
	return cmd
}

func (m *majorityCommand) register(cmd *cobra.Command) {
	flags, c := cmd.Flags(), &m.config
	flags.SortFlags = false
	var kinds []string
	for _, k := range nn.MajorityNorms() {
		kinds = append(kinds, string(k))
	}
	choiceFlag(cmd, &m.norm, "norm", "layernorm", strings.Join(kinds, ", "),
		"layernorm, scale (norm √d), scale-published (norm\n1/√d), project, layernorm-small (LayerNorm/d),\nrmsnorm, dyt, none")
	flags.IntVar(&c.Dim, "dim", c.Dim, "`N` numbers in an embedding")
	flags.IntVar(&c.Classes, "classes", c.Classes, "`N` classes of tokens")
	flags.IntVar(&c.Length, "length", c.Length, "`N` tokens in a sequence")
	flags.IntVar(&c.Samples, "samples", c.Samples, "`N` sequences, a fifth of them to test")
	flags.IntVar(&c.Batch, "batch", c.Batch, "`N` sequences in a step")
	flags.IntVar(&c.MinDelta, "min-delta", c.MinDelta, "the majority leads by `N` tokens or more")
	flags.IntVar(&c.Steps, "steps", c.Steps, "train `N` steps")
	flags.IntVar(&c.Every, "every", c.Every, "measure every `N` steps")
	flags.Float64Var(&c.Rate, "rate", c.Rate, "Adam's first learning `RATE`")
	flags.IntVar(&m.seeds, "seeds", 10, "train `N` seeds: the paper's ten, then others")
	flags.StringVar(&m.out, "out", "", "keep everything in `DIR`")
	choiceFlag(cmd, &m.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&m.workers, "workers", 0, "use `N` cores; 0 means all")
}

func (m *majorityCommand) check() error {
	m.config.Norm = norm.Kind(m.norm)
	if err := m.config.Check(); err != nil {
		return usagef("keyhull majority --help has the paper's numbers", "%w", err)
	}
	if m.seeds < 1 || m.seeds > 1000 {
		return usagef("the paper has 10", "--seeds %d: want 1 to 1000", m.seeds)
	}
	if m.workers < 0 {
		return usagef("0 means all cores", "--workers %d: want 0 or more", m.workers)
	}
	return nil
}

func (m *majorityCommand) run(ctx context.Context) error {
	var folder *cells.Folder
	if m.out != "" {
		var err error
		if folder, err = cells.OpenFolder(m.out, majorityFolder{m.config, readBuild().CPU}); err != nil {
			return err
		}
	}
	runs := experiment.MajorityRuns{Training: m.config, Seeds: make([]experiment.SeedRun, m.seeds)}
	if err := m.env.computed(m.train(ctx, folder, runs.Seeds)); err != nil {
		return err
	}
	if folder != nil {
		if err := folder.Finish(runs.Summary()); err != nil {
			return err
		}
		if err := m.draw(runs); err != nil {
			return err
		}
	}
	return m.print(runs)
}

// train trains the seeds, several at a time; where cores are left over, each
// uses more than one.
func (m *majorityCommand) train(ctx context.Context, folder *cells.Folder, runs []experiment.SeedRun) error {
	pool := m.env.cores(m.workers)
	each, seeds := pool.Share(len(runs)), experiment.MajoritySeeds(len(runs), 0)
	shown := m.env.seedBars(m.config.Steps, len(runs))
	defer shown.stop()
	return pool.Train(ctx, folder, "majority, norm "+m.norm, seeds, func(ctx context.Context, i int) (err error) {
		progress, end := shown.begin(seeds[i])
		defer end()
		if folder == nil {
			runs[i], err = m.config.TrainAlone(ctx, seeds[i], each, progress)
		} else {
			runs[i], err = m.config.TrainIn(ctx, folder, m.out, seeds[i], each, progress, shown.warn)
		}
		return err
	})
}

// drawn are the quantities that the folder gets figures of.
var drawn = []string{"train_loss", "test_accuracy", "angle_mean"}

func (m *majorityCommand) draw(runs experiment.MajorityRuns) error {
	for _, name := range drawn {
		if _, err := folder(m.out).writeResult(name, runs.Curves(name)); err != nil {
			return err
		}
	}
	return nil
}

func (m *majorityCommand) print(runs experiment.MajorityRuns) error {
	w := m.env.out
	switch m.format {
	case "json":
		return json.NewEncoder(w).Encode(struct {
			Training experiment.Training   `json:"training"`
			Summary  []experiment.Measured `json:"summary"`
			Seeds    []experiment.SeedRun  `json:"seeds"`
		}{runs.Training, runs.Summary(), runs.Seeds})
	case "csv":
		return runs.Curves("train_loss").Table().Write(w)
	}
	c := m.config
	fmt.Fprintf(w, "majority with norm %s: d = %d, %d classes, sequences of %d tokens, %s\n\n", c.Norm, c.Dim, c.Classes, c.Length, count(m.seeds, "seed"))
	printSummary(w, runs.Summary(), m.seeds)
	chart, err := figure.Chart(runs.Curves("train_loss"), speaksUnicode())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s", chart)
	if m.out != "" {
		fmt.Fprintf(w, "\n%s\n", m.out)
	}
	return nil
}

// printSummary writes the table; one seed has no interval.
func printSummary(w io.Writer, list []experiment.Measured, seeds int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.Flush()
	fmt.Fprint(t, "\tstep\tmean\t95 % interval\tpaper\t\n")
	for _, s := range list {
		interval, paper := "", ""
		if seeds > 1 {
			interval = fmt.Sprintf("%.4g to %.4g", s.Ours.Low, s.Ours.High)
		}
		if s.Paper != nil {
			paper = fmt.Sprint(*s.Paper)
		}
		fmt.Fprintf(t, "%s\t%d\t%.4g\t%s\t%s\t\n", s.Text, s.Step, s.Ours.Value, interval, paper)
	}
}
