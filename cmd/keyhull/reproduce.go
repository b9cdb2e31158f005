package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/experiment"
	"keyhull/report"
	cells "keyhull/run" // run is the command's own main function
)

// reproduceCommand is one call of keyhull reproduce.
type reproduceCommand struct {
	env     *env
	preset  string
	only    []string
	data    string
	out     string
	seeds   int
	seed    uint64
	lmSteps int
	lmNorms []string
	workers int

	language  *experiment.LanguageSource // once they are asked for
	sentences *experiment.SentenceSource
}

func newReproduceCommand(e *env) *cobra.Command {
	r := &reproduceCommand{env: e}
	cmd := &cobra.Command{
		Use:   "reproduce",
		Short: "Make the paper's figures and tables, and hold its claims against them",
		Long: `Make the figures and tables of "On the Expressivity Role of LayerNorm in
Transformers' Attention" and say of each claim whether it survives.

The folder of --out gets index.html, one page with everything; figures/ as SVG,
PNG and PDF; tables/ with every plotted point as CSV; and results.json. What is
finished is kept in .cells, so that the same command goes on after an
interruption; the results are the same.`,
		Example: "  keyhull reproduce --only fig1c,fig1d --out heatmaps",
		Args:    wantArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("only") && len(r.only) == 0 {
				return usagef("for example --only fig1c,fig1d", "--only: no names")
			}
			if err := r.check(); err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	r.register(cmd)
	return cmd
}

func (r *reproduceCommand) register(cmd *cobra.Command) {
	choiceFlag(cmd, &r.preset, "preset", "quick", "quick, full", "quick: 3 seeds of 5,000 steps where models are\ntrained, minutes; full: as the paper, 10 of 17,000,\nand more widths and sizes, an hour, and then days\nfor language models (see --lm-steps)")
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&r.only, "only", nil, "make these `NAMES` only: fig1c,table1,…")
	flags.StringVar(&r.data, "data", "", "`DIR` with wiki/, squad/ and sst2/, for what needs\nthem: text, contexts, sentences")
	flags.StringVar(&r.out, "out", "keyhull-out", "write to `DIR`")
	flags.IntVar(&r.seeds, "seeds", 0, "average over `N` seeds; 0 means the preset's number")
	flags.IntVar(&r.lmSteps, "lm-steps", 0, "train GPT-2 `N` steps; 0 means the preset's number")
	flags.StringSliceVar(&r.lmNorms, "lm-norms", nil, "train it with these `NORMS` only: layernorm,\nproject,project-times,project-learned")
	flags.Uint64Var(&r.seed, "seed", 1, "`N` from which all random numbers follow")
	flags.IntVar(&r.workers, "workers", 0, "compute `N` parts at once; 0 means one a core")
	complete := cobra.FixedCompletions(artifactNames(), cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("only", complete); err != nil {
		panic(err)
	}
}

func artifactNames() []string {
	var names []string
	for _, a := range experiment.Catalogue {
		names = append(names, a.Name)
	}
	return names
}

func (r *reproduceCommand) check() error {
	for _, name := range r.only {
		if _, ok := experiment.Find(name); !ok {
			return usagef("the names are "+strings.Join(artifactNames(), " "), "--only: no figure or table %q", name)
		}
	}
	if r.seeds < 0 || r.seeds > 10000 {
		return usagef("0 means the preset's number", "--seeds %d: want 0 to 10000", r.seeds)
	}
	if r.workers < 0 {
		return usagef("0 means one a core", "--workers %d: want 0 or more", r.workers)
	}
	if r.data != "" {
		if info, err := os.Stat(r.data); err != nil || !info.IsDir() {
			return failf("check the path", "--data: no folder %s", r.data)
		}
	}
	return nil
}

func (r *reproduceCommand) run(ctx context.Context) error {
	results := r.blank()
	wanted := r.wanted()
	for i, a := range wanted {
		step := ""
		if len(wanted) > 1 {
			step = fmt.Sprintf(" (%d of %d)", i+1, len(wanted))
		}
		entry, err := r.artifact(ctx, a, step)
		if errors.Is(err, cells.ErrIncomplete) && !r.env.sweep.Done() {
			continue // other artifacts' cells can be computed at the same time
		}
		if err != nil {
			return err
		}
		results.Artifacts[a.Name] = entry
	}
	if err := r.env.computed(nil); err != nil {
		return err
	}
	if err := folder(r.out).write("results.json", results.WriteJSON); err != nil {
		return err
	}
	return r.env.writeReport(cmp.Or(r.out, "."), filepath.Join(r.out, "index.html"))
}

func (r *reproduceCommand) wants(name string) bool {
	return len(r.only) == 0 || slices.Contains(r.only, name)
}

// wanted returns the artifacts to make, those that can take days last.
func (r *reproduceCommand) wanted() []experiment.Artifact {
	var list []experiment.Artifact
	for _, a := range experiment.Catalogue {
		if r.wants(a.Name) {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b experiment.Artifact) int {
		switch {
		case a.LM == b.LM:
			return 0
		case b.LM:
			return -1
		}
		return 1
	})
	return list
}

// blank returns results in which everything is absent yet.
func (r *reproduceCommand) blank() report.Results {
	b := readBuild()
	results := report.Results{
		Keyhull: b.Version, Preset: r.preset, Seed: r.seed, Artifacts: map[string]report.Entry{},
		Machine: report.Machine{Go: b.Go, OS: b.OS, Arch: b.Arch, Kernels: b.CPU, Cores: runtime.NumCPU()},
	}
	for _, a := range experiment.Catalogue {
		results.Artifacts[a.Name] = report.Entry{Status: report.Absent, Reason: report.LeftOut, Claim: a.Claim, Paper: a.Paper}
	}
	return results
}

// artifact makes one figure with its table. step says for people how far all
// is.
func (r *reproduceCommand) artifact(ctx context.Context, a experiment.Artifact, step string) (report.Entry, error) {
	result, err := a.New(r.plan()).Run(ctx, r.env.pool(a.Name+step, r.out, r.workers))
	err = r.env.computed(err)
	if absence := (*experiment.Absence)(nil); errors.As(err, &absence) {
		return report.Entry{Status: report.Absent, Reason: absence.Reason, Claim: a.Claim, Paper: a.Paper}, nil
	}
	if err != nil {
		return report.Entry{}, fmt.Errorf("%s: %w", a.Name, err)
	}
	files, err := folder(r.out).writeAll(ctx, a.Name, result)
	f := result.Finding()
	return report.Entry{
		Status: report.Done, Claim: a.Claim, Paper: a.Paper, Ours: f.Ours, Verdict: f.Verdict, Open: f.Open, Headline: f.Headline,
		Note: f.Note, Command: r.command(a.Name), Table: gridOf(result), Files: files, Seconds: f.Seconds,
	}, err
}

// gridOf is the table for people that some results have.
func gridOf(r experiment.Result) *experiment.Grid {
	if t, ok := r.(interface{ Grid() experiment.Grid }); ok {
		if g := t.Grid(); len(g.Rows) > 0 {
			return &g
		}
	}
	return nil
}

func (r *reproduceCommand) warn(text string) { fmt.Fprintln(r.env.err, text) }

// command is the command line that makes one artifact alone, in a folder of its
// own: in this one it would replace the page by one without the others.
func (r *reproduceCommand) command(name string) string {
	line := fmt.Sprintf("keyhull reproduce --only %s --preset %s --seed %d", name, r.preset, r.seed)
	if r.seeds > 0 {
		line += fmt.Sprintf(" --seeds %d", r.seeds)
	}
	if r.lmSteps > 0 {
		line += fmt.Sprintf(" --lm-steps %d", r.lmSteps)
	}
	if r.lmNorms != nil {
		line += " --lm-norms " + strings.Join(r.lmNorms, ",")
	}
	if r.data != "" {
		line += " --data " + r.data
	}
	return line + " --out " + name
}
