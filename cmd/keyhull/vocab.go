package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime/debug"

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
	last := ""
	return audit.Vocab(ctx, v.layer(o), audit.VocabOptions{Workers: v.workers, NoQueries: v.out == "", Certificates: v.out != "", Progress: func(stage string, done, total int) {
		if stage != last { // each has as much memory of its own as the layer
			last = stage
			debug.FreeOSMemory()
		}
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
		return json.NewEncoder(w).Encode(cert.File{File: "rows.npy", Norm: "none", Reach: []cert.Reach{*c}, Sets: []cert.Set{}, Certified: true, Warnings: []string{}})
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
