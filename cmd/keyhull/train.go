package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"keyhull/experiment"
	"keyhull/figure"
	cells "keyhull/run"
)

func newTrainCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "train",
		Short:   "Train a language model of the paper's kinds, with any norm",
		Example: "  keyhull train gpt2 --norm project --steps 5000 --out run",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("for example keyhull train gpt2 --text FILE", "train what? gpt2 or bert")
		},
	}
	cmd.AddCommand(newTrainGPT2Command(e), newTrainBertCommand(e))
	return cmd
}

// trainFlags are those that all models share.
type trainFlags struct {
	seed    uint64
	seeds   int
	resume  bool
	out     string
	format  string
	workers int
}

func (t *trainFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Uint64Var(&t.seed, "seed", 1, "train from seed `N` on; other processes may\ntrain others in the same --out")
	flags.IntVar(&t.seeds, "seeds", 1, "train `N` seeds, one after another")
	flags.BoolVar(&t.resume, "resume", false, "go on with the run in --out")
	flags.StringVar(&t.out, "out", "", "keep everything in `DIR`")
	choiceFlag(cmd, &t.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&t.workers, "workers", 0, "use `N` cores; 0 means all")
}

// optimizerFlags are AdamW's; the values there are the defaults.
func optimizerFlags(cmd *cobra.Command, warmup *int, rate, decay, clip *float64) {
	flags := cmd.Flags()
	flags.IntVar(warmup, "warmup", *warmup, "the learning rate rises for `N` steps")
	flags.Float64Var(rate, "rate", *rate, "AdamW's highest learning `RATE`")
	flags.Float64Var(decay, "weight-decay", *decay, "AdamW's weight `DECAY`")
	flags.Float64Var(clip, "clip", *clip, "largest `NORM` of a gradient; 0 for any")
}

func (t *trainFlags) check() error {
	switch {
	case t.seeds < 1 || t.seeds > 1000:
		return usagef("the paper has 1", "--seeds %d: want 1 to 1000", t.seeds)
	case t.workers < 0:
		return usagef("0 means all cores", "--workers %d: want 0 or more", t.workers)
	case t.resume && t.out == "":
		return usagef("name its folder with --out", "--resume: which run?")
	}
	return nil
}

// besideResume are the flags that a resumed run heeds: all else is in its folder.
// The steps may be said again.
var besideResume = []string{"resume", "out", "text", "test", "data", "seed", "seeds", "format", "workers", "steps"}

// sameSettings refuses a resume with settings that would not count.
func sameSettings(cmd *cobra.Command, asked, saved int) error {
	flags := cmd.Flags()
	heeded := 0
	for _, name := range besideResume {
		if flags.Changed(name) {
			heeded++
		}
	}
	switch {
	case flags.NFlag() > heeded:
		return usagef("give no others, or start a new run in another folder", "--resume: the run's settings are those in its folder")
	case flags.Changed("steps") && asked != saved:
		return usagef("start a new run with --out and another folder", "--resume --steps %d: the run is one of %d steps", asked, saved)
	}
	return nil
}

// eachSeed trains the seeds one after another, since one fills all cores, and
// shows on standard error how far each is.
func (t *trainFlags) eachSeed(ctx context.Context, e *env, folder *cells.Folder, name string, steps int, train func(ctx context.Context, i int, seed uint64, cores int, progress func(int, float64), warn func(string)) error) error {
	shown := e.seedBars(steps, t.seeds)
	defer shown.stop()
	pool, seeds := e.cores(t.workers), make([]uint64, t.seeds)
	each := pool.Cores()
	pool.Workers = 1
	for i := range seeds {
		seeds[i] = t.seed + uint64(t.seeds-1-i) // the pool begins with the last
	}
	return e.computed(pool.Train(ctx, folder, name, seeds, func(ctx context.Context, i int) error {
		progress, end := shown.begin(seeds[i])
		defer end()
		return train(ctx, t.seeds-1-i, seeds[i], each, progress, shown.warn)
	}))
}

// finish says in the folder, if there is one, and to w what came out.
func (t *trainFlags) finish(w io.Writer, folder *cells.Folder, title string, config any, runs interface {
	Summary() []experiment.Measured
	Curves(name string) *experiment.Curves
}) error {
	summary, curves := runs.Summary(), runs.Curves("train_loss")
	if folder != nil {
		if err := folder.Finish(summary); err != nil {
			return err
		}
	}
	switch t.format {
	case "json":
		return json.NewEncoder(w).Encode(struct {
			Config  any                   `json:"config"`
			Summary []experiment.Measured `json:"summary"`
			Loss    *experiment.Curves    `json:"train_loss"`
		}{config, summary, curves})
	case "csv":
		return curves.Table().Write(w)
	}
	fmt.Fprintf(w, "%s\n\n", title)
	printSummary(w, summary, t.seeds)
	chart, err := figure.Chart(curves, speaksUnicode())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s", chart)
	if t.out != "" {
		fmt.Fprintf(w, "\n%s\n", filepath.Clean(t.out))
	}
	return nil
}
