package main

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keyhull"
	"keyhull/audit"
	"keyhull/nn"
	tokens "keyhull/text"
	"keyhull/weights"
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
taken, each cut to what the model can read.

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
	flags.StringVar(&a.compare, "compare", "", "also with the weights of `MODEL`, of the same shape:\nwhich verdicts differ")
	flags.StringVar(&a.out, "out", "", "write tables and all keys to `DIR`")
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
	case a.best < -1:
		return usagef("-1 means all keys", "--best %d: want -1 or more", a.best)
	case a.workers < 0:
		return usagef("0 means all cores", "--workers %d: want 0 or more", a.workers)
	case cmd.Flags().Changed("out") && a.out == "":
		return usagef("for example --out audit", "--out: want the name of a folder")
	}
	return nil
}

// subject is a model with all that an audit of it needs.
type subject struct {
	path      string
	file      *weights.Checkpoint
	model     *nn.Model
	tokenizer tokens.Tokenizer
}

// leanMemory keeps garbage small beside weights that live long, until its result
// is called.
func leanMemory() (back func()) {
	old := debug.SetGCPercent(25)
	return func() { debug.SetGCPercent(old) }
}

func openModel(path string, withText bool) (*subject, error) {
	c, err := weights.OpenCheckpoint(path)
	if err != nil {
		return nil, err
	}
	s := &subject{path: path, file: c}
	if s.model, err = nn.LoadModel(c); err == nil && withText {
		s.tokenizer, err = loadTokenizer(s)
	}
	if err == nil && withText && s.tokenizer.Size() > s.model.Arch.Vocab {
		err = failf("take the tokenizer that belongs to the model", "its tokenizer has %d tokens, the model %d", s.tokenizer.Size(), s.model.Arch.Vocab)
	}
	if err != nil {
		c.Close()
		return nil, failf(hintOf(err), "%s: %w", path, err)
	}
	return s, nil
}

// loadTokenizer reads a model's tokenizer. GPT-2's is built in, so that a model
// trained here needs no more files.
func loadTokenizer(s *subject) (tokens.Tokenizer, error) {
	t, err := tokens.LoadTokenizer(s.file)
	if err == tokens.ErrNoTokenizer && s.model.Arch.Family == "gpt2" && s.model.Arch.Vocab == tokens.GPT2Vocab {
		return tokens.GPT2(), nil
	}
	return t, err
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
	opt = audit.TextOptions{Options: audit.Options{Workers: a.workers, Margins: keyhull.MarginExact, Best: a.best},
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

// sample is one text as the model gets it.
type sample struct {
	ids []int
	cut int // tokens that did not fit
}

// sample returns the tokens of the articles, cut to what fits.
func (a *auditCommand) sample(s *subject) ([]sample, error) {
	articles, err := tokens.Articles(a.file)
	if err != nil {
		return nil, err
	}
	limit := a.tokens
	if c := s.model.Arch.Context; c > 0 {
		limit = min(limit, c)
	}
	var all []sample
	for _, article := range articles[:min(a.samples, len(articles))] {
		one, err := fit(s.tokenizer, article, limit)
		if err != nil {
			return nil, failf(hintOf(err), "%s: %w", a.file, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// fit encodes a text and cuts it so that it fits with the special tokens that
// the model expects around it.
func fit(t tokens.Tokenizer, article string, limit int) (sample, error) {
	whole, err := t.EncodeModel(article)
	if err != nil {
		return sample{}, err
	}
	if len(whole) <= limit {
		return sample{whole, 0}, nil
	}
	body, err := t.Encode(article)
	if err != nil {
		return sample{}, err
	}
	before := 0
	for before+len(body) < len(whole) && !slices.Equal(whole[before:before+len(body)], body) {
		before++
	}
	after := len(whole) - before - len(body)
	keep := limit - after
	if keep <= before {
		return sample{}, failf("give more --tokens", "%d tokens leave no room beside %d special ones", limit, before+after)
	}
	return sample{slices.Concat(whole[:keep], whole[len(whole)-after:]), len(whole) - limit}, nil
}

// measure audits the samples one after another, since each uses all cores.
func (a *auditCommand) measure(ctx context.Context, r *auditReport, folder *auditFolder) error {
	unit, each := "texts", 1
	if r.options.Keys {
		unit, each = "heads", chosen(r.options.Layers, r.model.Arch.Layers)*chosen(r.options.Heads, r.model.Arch.KVHeads)
	}
	done := 0
	bar := a.env.progress("auditing", unit, len(r.samples)*each)
	defer bar.stop()
	for i, s := range r.samples {
		step := func() { done++; bar.set(done) }
		found, err := audit.Text(ctx, r.model, s.ids, r.options, step)
		if err == nil && r.other != nil {
			err = r.compare(ctx, s.ids, found)
		}
		if err != nil {
			return fmt.Errorf("%s, text %d: %w", r.path, i+1, err)
		}
		if !r.options.Keys {
			step()
		}
		r.tally.Add(found)
		if err := folder.text(i, found); err != nil {
			return err
		}
	}
	r.summary = r.tally.Summary()
	return nil
}

func chosen(list []int, all int) int {
	if list == nil {
		return all
	}
	return len(list)
}

// describe says what kind of model it is.
func describe(a nn.Arch) string {
	heads := fmt.Sprintf("%s of width %d", count(a.Heads, "head"), a.Width)
	if a.KVHeads != a.Heads {
		heads = fmt.Sprintf("%s on %s of keys, width %d", count(a.Heads, "head"), count(a.KVHeads, "head"), a.Width)
	}
	order := "pre-LN"
	if a.PostNorm {
		order = "post-LN"
	}
	kind := fmt.Sprintf("%s, %s of %s; d = %d; %s %s, eps %.3g", a.Family, count(a.Layers, "layer"), heads, a.Dim, order, a.Norm, a.Eps)
	if a.QKNorm {
		kind += ", QK-norm"
	}
	if a.RoPE {
		kind += ", RoPE"
	}
	return kind
}

// within reports a number as percent.
func within(v audit.Interval) string {
	if v.Low == v.High || math.IsNaN(v.Low) {
		return share(v.Mean)
	}
	return fmt.Sprintf("%s (%s to %s)", share(v.Mean), strings.TrimSuffix(share(max(0, v.Low)), " %"), share(min(1, v.High)))
}

// share shows a share of 1, percentOf in a column.
func share(x float64) string { return strings.TrimSpace(percentOf(x)) }

func percentOf(x float64) string { return percent(int(math.Round(x*1e6)), 1e6) }
