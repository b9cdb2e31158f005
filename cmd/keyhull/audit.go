package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keyhull"
	"keyhull/audit"
	"keyhull/nn"
)

// auditCommand is one call of keyhull audit.
type auditCommand struct {
	env           *env
	file          string // of text
	stage         string
	layers, heads string
	samples       int
	tokens        int
	best          int
	reach, causal bool
	out, format   string
	compare       string
	keys          string
	certificates  string
	workers       int
	command       string // as it was given
}

func newAuditCommand(e *env) *cobra.Command {
	a := &auditCommand{env: e}
	cmd := &cobra.Command{
		Use:   "audit MODEL --text FILE",
		Short: "Say which keys of a checkpoint's heads can never win, on a text of yours",
		Long: `Run a model on texts and say of the keys of each head which can never receive
the highest attention, how far the others are from that, what the head could
attend to, and what it does attend to. Keys are those that are multiplied: after
bias, QK-norm and RoPE. Every verdict is proved.

MODEL is a model folder as transformers has it (safetensors, sharded too, or
PyTorch's .bin), a .gguf file, or a hub id in the local cache. The text is plain
or .gz; lines <|endoftext|> separate articles, of which the first --samples are
taken, each cut to what the model can read. With --out each text is kept when it
is finished: the same command goes on after an interruption.

Layers and heads count from 0. A head is a key-value head; with grouped queries
several query heads share its keys.`,
		Example: "  keyhull audit ./minilm --text articles.txt.gz --samples 20 --out minilm-audit",
		Args:    wantArgs("MODEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.check(cmd); err != nil {
				return err
			}
			a.command = commandLine(cmd, args)
			return a.run(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&a.file, "text", "", "run the model on the articles in `FILE`")
	choiceFlag(cmd, &a.stage, "stage", "all", "all, before-norm, after-norm, head",
		"which keys: of whole layers before the norm or after\nits steps, of each head, or all\n")
	flags.StringVar(&a.layers, "layers", "", "only these `LAYERS`, as 0,4-7")
	flags.StringVar(&a.heads, "heads", "", "only these `HEADS` of each layer")
	flags.BoolVar(&a.causal, "causal", false, "also look at a model that sees all tokens as if a\nquery saw the keys up to its own position alone")
	flags.IntVar(&a.samples, "samples", 1, "take `N` articles")
	flags.IntVar(&a.tokens, "tokens", 1024, "cut each to `N` tokens, special ones\nincluded")
	flags.BoolVar(&a.reach, "reach", false, "also which keys the queries can select that the\nmodel can make of any vector")
	flags.IntVar(&a.best, "best", 0, "also the best attention of `N` keys of each head at the\nmedian and largest norm of its queries; -1 for all")
	flags.StringVar(&a.compare, "compare", "", "also with the weights of `MODEL`, of the same shape:\nwhich verdicts differ; --format csv lists them")
	flags.StringVar(&a.out, "out", "", "write tables and all verdicts to `DIR`")
	flags.StringVar(&a.keys, "keys", "", "write the keys and queries of all heads to `DIR`, a\n.safetensors file for each text")
	flags.StringVar(&a.certificates, "certificates", "", "also write the proofs about these keys to `DIR`, for\nkeyhull verify: a file for each text and layer")
	choiceFlag(cmd, &a.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&a.workers, "workers", 0, "use `N` cores; 0 means all")
	return cmd
}

// commandLine is a command as it was given, flags in order of their names.
func commandLine(cmd *cobra.Command, args []string) string {
	line := cmd.CommandPath()
	for _, a := range args {
		line += " " + quote(a)
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			line += " --" + f.Name
			return
		}
		line += " --" + f.Name + " " + quote(f.Value.String())
	})
	return line
}

func (a *auditCommand) check(cmd *cobra.Command) error {
	switch {
	case a.file == "":
		return usagef("for example --text article.txt", "--text: which text is the model to read?")
	case a.samples < 1:
		return usagef("for example --samples 20", "--samples %d: want 1 or more", a.samples)
	case a.tokens < 2:
		return usagef("for example --tokens 512", "--tokens %d: want 2 or more", a.tokens)
	case a.compare != "" && a.stage != "all" && a.stage != "head":
		return usagef("give --stage head, or leave it", "--compare: looks at the keys of heads, not at --stage %s", a.stage)
	case a.best < -1:
		return usagef("-1 means all keys", "--best %d: want -1 or more", a.best)
	case a.workers < 0:
		return usagef("0 means all cores", "--workers %d: want 0 or more", a.workers)
	case cmd.Flags().Changed("out") && a.out == "":
		return usagef("for example --out audit", "--out: want the name of a folder")
	case cmd.Flags().Changed("keys") && a.keys == "":
		return usagef("for example --keys keys", "--keys: want the name of a folder")
	case a.keys != "" && a.env.sweep != nil:
		return usagef("leave it, or give the command without submit", "--keys: keys of texts are no result that several processes can share")
	case cmd.Flags().Changed("certificates"):
		return a.checkCertificates()
	}
	return nil
}

func (a *auditCommand) run(ctx context.Context, path string) error {
	defer leanMemory()()
	s, err := openModel(path, true)
	if err != nil {
		return err
	}
	defer s.file.Close()
	opt, err := a.options(s.model.Arch)
	if err != nil {
		return err
	}
	samples, err := a.sample(s)
	if err != nil {
		return err
	}
	r := &auditReport{subject: s, samples: samples, options: opt}
	if a.compare != "" {
		if r.other, err = openModel(a.compare, false); err != nil {
			return err
		}
		defer r.other.file.Close()
		if x, y := r.other.model.Arch, s.model.Arch; x != y {
			return failf("compare two files of one model", "--compare %s: %s, not %s", a.compare, describe(x), describe(y))
		}
	}
	folder := a.folder(r)
	if err := a.measure(ctx, r, folder); err != nil {
		return err
	}
	if err := folder.finish(r); err != nil {
		return err
	}
	return r.write(a.env.out, a.format, a.out)
}

// stagesOf are the stages of whole layers that --stage names.
var stagesOf = map[string][]string{"all": audit.Stages, "before-norm": {audit.BeforeNorm}, "after-norm": {audit.Projected, audit.Scaled, audit.AfterNorm}}

func (a *auditCommand) options(arch nn.Arch) (opt audit.TextOptions, err error) {
	opt = audit.TextOptions{Options: audit.Options{Workers: cmp.Or(a.env.workers, a.workers), Margins: keyhull.MarginExact, Best: a.best},
		Stages: stagesOf[a.stage], Keys: a.stage == "all" || a.stage == "head", Reach: a.reach, Causal: a.causal}
	if opt.Layers, err = numbers("layers", a.layers, arch.Layers); err != nil {
		return opt, err
	}
	opt.Heads, err = numbers("heads", a.heads, arch.KVHeads)
	return opt, err
}

// numbers reads a list as 0,4-7 of numbers below n; nil if it is empty.
func numbers(flag, list string, n int) (all []int, err error) {
	if list == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		first, last, span := strings.Cut(part, "-")
		from, bad := strconv.Atoi(first)
		to := from
		if span && bad == nil {
			to, bad = strconv.Atoi(last)
		}
		if bad != nil || from < 0 || to < from || to >= n {
			return nil, usagef("for example --"+flag+" 0,2-"+strconv.Itoa(n-1), "--%s %s: want numbers from 0 to %d", flag, list, n-1)
		}
		for i := from; i <= to; i++ {
			all = append(all, i)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func chosen(list []int, all int) int {
	if list == nil {
		return all
	}
	return len(list)
}
