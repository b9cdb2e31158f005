package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"keyhull"
	"keyhull/audit"
	"keyhull/cert"
	"keyhull/decide"
	"keyhull/nn"
	tokens "keyhull/text"
	"keyhull/weights"
)

// vocabCommand is one call of keyhull vocab.
type vocabCommand struct {
	env     *env
	noNorm  bool
	out     string
	format  string
	workers int
}

func newVocabCommand(e *env) *cobra.Command {
	v := &vocabCommand{env: e}
	cmd := &cobra.Command{
		Use:   "vocab MODEL",
		Short: "Say which tokens a model can never predict",
		Long: `Say which tokens a model can never give the highest score, whatever state it
ends with: the rows of its output layer that are no vertex of the hull of all
rows; with its bias, if it has one; and among the states that its final norm
lets through. Every answer is proved.

MODEL is as for keyhull audit. With --out the folder gets the rows and the
proofs, which keyhull verify checks.`,
		Example: "  keyhull vocab ./smollm2.gguf",
		Args:    wantArgs("MODEL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if v.workers < 0 {
				return usagef("0 means all cores", "--workers %d: want 0 or more", v.workers)
			}
			return v.run(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&v.noNorm, "any-state", false, "leave the final norm out: states may be any vectors")
	flags.StringVar(&v.out, "out", "", "write rows and proofs to `DIR`")
	choiceFlag(cmd, &v.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&v.workers, "workers", 0, "use `N` cores; 0 means all")
	return cmd
}

// vocabReport is what vocab found.
type vocabReport struct {
	*audit.VocabResult
	path      string
	arch      nn.Arch
	output    *nn.Output
	tokenizer tokens.Tokenizer // nil if there is none
}

func (v *vocabCommand) run(ctx context.Context, path string) error {
	defer leanMemory()()
	s, err := openModel(path, false)
	if err != nil {
		return err
	}
	defer s.file.Close()
	r := &vocabReport{path: path, arch: s.model.Arch}
	if r.output, err = s.model.Output(); err != nil {
		return failf(hintOf(err), "%s: %w", path, err)
	}
	if t, err := loadTokenizer(s); err == nil {
		r.tokenizer = t // names for people; ids do without
	}
	if r.VocabResult, err = v.decide(ctx, r.output); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if v.out != "" {
		if err := v.keep(ctx, r); err != nil {
			return err
		}
	}
	switch v.format {
	case "json":
		return json.NewEncoder(v.env.out).Encode(r.json())
	case "csv":
		return r.csv(v.env.out)
	}
	r.text(v.env.out, v.out)
	return nil
}

// layer is an output layer as package audit has it.
func (v *vocabCommand) layer(o *nn.Output) audit.Output {
	layer := audit.Output{N: o.Vocab, Dim: o.Dim, Weights: o.W, Bias: o.Bias}
	if o.Gain != nil && !v.noNorm {
		layer.Norm = &audit.FinalNorm{Gain: o.Gain, Bias: o.NormBias, Radius: math.Sqrt(float64(o.Dim)), Projected: o.Projected}
	}
	return layer
}

func (v *vocabCommand) decide(ctx context.Context, o *nn.Output) (*audit.VocabResult, error) {
	bar := v.env.progress("deciding rows", "tokens", o.Vocab)
	defer bar.stop()
	return audit.Vocab(ctx, v.layer(o), audit.VocabOptions{Workers: v.workers, NoQueries: v.out == "", Certificates: v.out != "", Progress: func(stage string, done, total int) {
		done = done * o.Vocab / max(total, 1)
		bar.phase("deciding "+stage, done)
		bar.set(done)
	}})
}

// keep writes rows and proofs.
func (v *vocabCommand) keep(ctx context.Context, r *vocabReport) error {
	if err := v.keepSet(ctx, "rows", r.Dim, r.output.W, r.Rows); err != nil {
		return err
	}
	if err := v.keepReach(r); err != nil || r.Lifted == nil {
		return err
	}
	return v.keepSet(ctx, "rows-with-bias", r.Dim+1, r.Lifted.Rows, r.Lifted.Result)
}

// keepReach writes which tokens the final norm lets win, with proofs.
func (v *vocabCommand) keepReach(r *vocabReport) error {
	c := r.Certificates(v.layer(r.output))
	if c == nil {
		return nil
	}
	return folder(v.out).write("reach.json", func(w io.Writer) error {
		return json.NewEncoder(w).Encode(cert.File{File: "rows.npy", Norm: "none", Reach: c, Sets: []cert.Set{}, Certified: true, Warnings: []string{}})
	})
}

func (v *vocabCommand) keepSet(ctx context.Context, name string, dim int, data []float32, result *keyhull.Result) error {
	f := folder(v.out)
	if err := f.write(name+".npy", func(w io.Writer) error { return weights.WriteNPY(w, []int{len(data) / dim, dim}, data) }); err != nil {
		return err
	}
	opt := decide.Options{Norm: decide.Norm{Kind: "none"}, Margins: "bound", MinMargin: keyhull.DefaultMinMargin}
	found := &decide.Found{Options: opt, File: name + ".npy", Sets: []decide.Answer{{Result: result, Counted: result.Counts()}}}
	return v.env.writeCertificates(ctx, filepath.Join(v.out, name+".json"), found)
}

type vocabJSON struct {
	Keyhull      string             `json:"keyhull"`
	Model        string             `json:"model"`
	Arch         nn.Arch            `json:"arch"`
	Tied         bool               `json:"tied_to_embeddings"`
	Bias         bool               `json:"bias"`
	Unselectable []vocabToken       `json:"unselectable"` // without bias
	WithBias     []vocabToken       `json:"unselectable_with_bias,omitempty"`
	Unreachable  []vocabToken       `json:"unreachable,omitempty"` // by states that the final norm lets through
	Counts       keyhull.Counts     `json:"counts"`
	Stats        keyhull.Stats      `json:"stats"`
	Result       *audit.VocabResult `json:"result"`
}

type vocabToken struct {
	ID    int    `json:"id"`
	Token string `json:"token,omitempty"`
}

// listed returns the tokens for which want is true.
func (r *vocabReport) listed(want func(i int) bool) []vocabToken {
	var all []vocabToken
	for i := range r.N {
		if want(i) {
			t := vocabToken{ID: i}
			if r.tokenizer != nil {
				t.Token = r.tokenizer.Token(i)
			}
			all = append(all, t)
		}
	}
	return all
}

func (r *vocabReport) withoutBias() []vocabToken {
	return r.listed(func(i int) bool { return r.Rows.Keys[i].Verdict.Unselectable() })
}

func (r *vocabReport) withBias() []vocabToken {
	return r.listed(func(i int) bool { return r.Verdicts[i].Unselectable() })
}

// unreachable are vertices that no state after the norm selects.
func (r *vocabReport) unreachable() []vocabToken {
	if r.Reach == nil {
		return nil
	}
	return r.listed(func(i int) bool { return r.Reach.Keys[i] == audit.Unreachable && !r.Verdicts[i].Unselectable() })
}

func (r *vocabReport) json() vocabJSON {
	j := vocabJSON{Keyhull: readBuild().Version, Model: r.path, Arch: r.arch, Tied: r.output.Tied, Bias: r.output.Bias != nil,
		Unselectable: r.withoutBias(), Unreachable: r.unreachable(), Counts: r.Counts, Stats: r.Rows.Stats, Result: r.VocabResult}
	if j.Bias {
		j.WithBias = r.withBias()
	}
	return j
}

func (r *vocabReport) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	c.Write([]string{"id", "token", "verdict", "verdict_with_bias", "after_norm"})
	for i, t := range r.listed(func(int) bool { return true }) {
		reach := ""
		if r.Reach != nil {
			reach = r.Reach.Keys[i].String()
		}
		c.Write([]string{strconv.Itoa(i), t.Token, r.Rows.Keys[i].Verdict.String(), r.Verdicts[i].String(), reach})
	}
	c.Flush()
	return c.Error()
}

func (r *vocabReport) text(o *output, out string) {
	t := &text{output: o}
	t.line("%s", t.style(bold, r.path))
	t.line("%s", wrap(fmt.Sprintf("%s of %d numbers%s; rank %d", count(r.N, "token"), r.Dim, tiedNote(r.output.Tied), r.Rows.Rank), ""))
	row := func(name string, c keyhull.Counts) {
		t.line("  %-22s %7d selectable  %6d tied  %s unselectable", name, c.Selectable, c.Tied, percent(c.Unselectable(), r.N))
	}
	t.heading("Can be the highest score")
	row("for some state", r.Counts)
	if r.output.Bias != nil {
		t.line("  %-22s %s unselectable", "with bias", percent(r.WithBias, r.N))
	}
	if r.Reach != nil {
		t.line("%s", wrap(fmt.Sprintf("  after the final norm: %d tokens can be, %d cannot although they are vertices, %d undecided%s",
			r.Reach.Reachable, r.Reach.Unreachable, r.Reach.Undecided, wholeNote(r.Reach)), "  "))
	}
	r.names(t, "Tokens that no state gives the highest score", r.withoutBias())
	if r.output.Bias != nil {
		r.names(t, "With bias", r.withBias())
	}
	r.names(t, "After the final norm also", r.unreachable())
	r.check(t, out)
}

// check says how the proofs are checked.
func (r *vocabReport) check(t *text, out string) {
	if out == "" {
		return
	}
	files := [][2]string{{"rows.npy", "rows.json"}}
	if r.Lifted != nil {
		files = append(files, [2]string{"rows-with-bias.npy", "rows-with-bias.json"})
	}
	if r.Reach != nil {
		files = append(files, [2]string{"rows.npy", "reach.json"})
	}
	t.line("")
	for _, f := range files {
		t.line("keyhull verify %s %s", quote(filepath.Join(out, f[0])), quote(filepath.Join(out, f[1])))
	}
}

func tiedNote(tied bool) string {
	if tied {
		return ", the embeddings themselves"
	}
	return ""
}

func wholeNote(r *audit.Reach) string {
	if r.Whole {
		return " (the norm's ellipsoid holds 0 inside, so it takes nothing away)"
	}
	return ""
}

// mostNames is how many tokens are shown of a list.
const mostNames = 30

func (r *vocabReport) names(t *text, title string, list []vocabToken) {
	if len(list) == 0 {
		return
	}
	t.heading("%s", title)
	var parts []string
	for _, v := range list[:min(mostNames, len(list))] {
		name := strconv.Itoa(v.ID)
		if v.Token != "" {
			name += " " + strconv.Quote(v.Token)
		}
		parts = append(parts, name)
	}
	if len(list) > mostNames {
		parts = append(parts, fmt.Sprintf("and %d more (--format csv)", len(list)-mostNames))
	}
	t.line("%s", wrap(strings.Join(slices.Clip(parts), ", "), ""))
}
