package main

import (
	"context"
	"math"

	"github.com/spf13/cobra"

	"keyhull"
	"keyhull/decide"
	"keyhull/weights"
)

// decideCommand is one call of keyhull decide.
type decideCommand struct {
	normFlags
	env          *env
	opt          decide.Options // but for the norm
	certificates string
	format       string
}

func newDecideCommand(e *env) *cobra.Command {
	d := &decideCommand{env: e}
	cmd := &cobra.Command{
		Use:   "decide FILE",
		Short: "Say for every key whether some query gives it the highest attention",
		Long: `Say for every key in FILE whether some query gives it the highest attention.

FILE is .npy, .npz, .safetensors or .csv: a matrix with one key a row, or an
array of more dimensions, several such sets: …×keys×width, unless --axes says
otherwise, or a name that TransformerLens gives (blocks.0.attn.hook_k). The
verdicts:

  selectable  some query scores it strictly above every other key
  tied        only keys equal to it share the highest score with it
  face        it can only share the highest score with keys that differ
  interior    only a query that ties all keys gives it the highest score

Keys that are face or interior are unselectable. The margin of a vertex is its
distance from the hull of the other keys; relative to the spread of the keys it
says how sure the verdict is in float32.`,
		Example: "  keyhull decide model.safetensors --tensor wte --certificates proof.json",
		Args:    wantArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.check(cmd); err != nil {
				return err
			}
			return d.run(cmd.Context(), args[0])
		},
	}
	d.register(cmd)
	return cmd
}

func (d *decideCommand) register(cmd *cobra.Command) {
	d.normFlags.register(cmd)
	flags := cmd.Flags()
	flags.Float64Var(&d.opt.MinMargin, "min-margin", keyhull.DefaultMinMargin,
		"vertices of a relative margin below `X` count as\nselectable by rounding")
	flags.Float64Var(&d.opt.Radius, "best-attention", 0,
		"also the most attention each key can get from a\nquery of norm at most `R`")
	flags.BoolVar(&d.opt.Causal, "causal", false,
		"also when each key becomes unselectable, if a query\nsees only the keys up to its own position")
	flags.StringVar(&d.certificates, "certificates", "", "write the proofs to `FILE`, for keyhull verify")
	choiceFlag(cmd, &d.opt.Margins, "margins", "auto", "auto, exact, bound, none",
		"exact, bound, none, or auto: exact unless slow\n")
	choiceFlag(cmd, &d.format, "format", "text", "text, json, csv", "text, json, csv")
	flags.IntVar(&d.opt.Workers, "workers", 0, "decide `N` keys at once; 0 means one a core")
}

func (d *decideCommand) check(cmd *cobra.Command) error {
	if err := d.normFlags.check(cmd); err != nil {
		return err
	}
	switch {
	case !(d.opt.MinMargin >= 0) || math.IsInf(d.opt.MinMargin, 0):
		return usagef("for example --min-margin 1e-6", "--min-margin %v: want a number ≥ 0", d.opt.MinMargin)
	case cmd.Flags().Changed("best-attention") && (!(d.opt.Radius > 0) || math.IsInf(d.opt.Radius, 0)):
		return usagef("for example --best-attention 10", "--best-attention %v: want a radius > 0", d.opt.Radius)
	case d.opt.Workers < 0:
		return usagef("0 means one a core", "--workers %d: want a number ≥ 0", d.opt.Workers)
	case cmd.Flags().Changed("certificates") && d.certificates == "":
		return usagef("for example --certificates proof.json", "--certificates: want the name of a file")
	}
	return nil
}

func (d *decideCommand) run(ctx context.Context, path string) error {
	m, err := d.readMatrix(path)
	if err != nil {
		return err
	}
	if d.certificates != "" {
		if err := mayReplace(d.certificates, path); err != nil {
			return err // now, not after hours of work
		}
	}
	found, err := d.decide(ctx, path, m)
	if err != nil {
		return err
	}
	if d.certificates != "" {
		if err := d.env.writeCertificates(ctx, d.certificates, found); err != nil {
			return err
		}
	}
	switch d.format {
	case "json":
		return found.WriteJSON(ctx, d.env.out.Writer, func(int) {})
	case "csv":
		return writeCSV(d.env.out, found)
	}
	return writeText(d.env.out, found, d.certificates)
}

func (d *decideCommand) decide(ctx context.Context, path string, m *weights.Matrix) (*decide.Found, error) {
	bar := d.env.progress("deciding", "keys", m.Sets*m.N)
	defer bar.stop()
	opt := d.opt
	opt.Norm = d.Norm
	opt.Progress = func(phase string, from, done int) { bar.phase(phase, from); bar.set(done) }
	return decide.Matrix(ctx, path, m, opt)
}
