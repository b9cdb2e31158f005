package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"keyhull/cert"
	"keyhull/cert/shortcut"
	"keyhull/decide"
	"keyhull/weights"
)

// verifyCommand is one call of keyhull verify.
type verifyCommand struct {
	normFlags
	env   *env
	plain bool
}

func newVerifyCommand(e *env) *cobra.Command {
	v := &verifyCommand{env: e}
	cmd := &cobra.Command{
		Use:   "verify FILE CERTIFICATES",
		Short: "Check in exact arithmetic that certificates prove their verdicts",
		Long: `Check in exact arithmetic that certificates prove their verdicts.

CERTIFICATES is what keyhull decide --certificates or --format json wrote for
the keys in FILE, a file of keyhull audit --certificates, or of vocab --out. It
says which tensor, axes, norm, reading and eps it is for; flags need not repeat
them and must not contradict them. Every failure is one line; there is none, and
the exit code is 0, if every key's verdict is proved.

Shortcuts decide most questions on rounded keys, by proofs of their own.
--plain does without them: the few lines of package cert compute everything in
fractions, which may take minutes for a thousand keys.`,
		Example: "  keyhull verify keys.npy proof.json",
		Args:    wantArgs("FILE", "CERTIFICATES"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return v.run(cmd, args[0], args[1])
		},
	}
	v.register(cmd)
	cmd.Flags().BoolVar(&v.plain, "plain", false, "compute everything in fractions, without shortcuts")
	return cmd
}

func (v *verifyCommand) run(cmd *cobra.Command, path, certificates string) error {
	defer leanMemory()()
	f, err := readCertificates(certificates)
	if err != nil {
		return err
	}
	if err := v.takeFrom(cmd, f); err != nil {
		return err
	}
	if err := v.check(cmd); err != nil {
		return err
	}
	m, err := v.readMatrix(path)
	if err != nil {
		return err
	}
	if f.Reach != nil {
		return v.reach(cmd.Context(), path, m, f.Reach)
	}
	failures, err := v.sets(cmd.Context(), path, m, f)
	if err != nil {
		return err
	}
	return v.sum(count(m.Sets*m.N, "key"), failures)
}

// sum prints the last line.
func (v *verifyCommand) sum(keys string, failures int) error {
	out := v.env.out
	if failures > 0 {
		fmt.Fprintf(out, "%s: %s in the certificates of %s\n", out.style(red, "not proved"), count(failures, "failure"), keys)
		return errFailed
	}
	if keys != "1 key" {
		keys = "all " + keys
	}
	fmt.Fprintf(out, "%s; norm %s\n", out.style(green, keys+" proved"), v.Norm.String())
	return nil
}

// takeFrom fills the flags that were not given from the certificates, and
// refuses those that contradict them. An empty tensor or reading is none.
func (v *verifyCommand) takeFrom(cmd *cobra.Command, f *cert.File) error {
	heads := ""
	if f.Heads != 0 {
		heads = strconv.Itoa(f.Heads)
	}
	for _, flag := range []struct{ name, recorded string }{
		{"tensor", f.Tensor}, {"axes", f.Axes}, {"heads", heads}, {"norm", f.Norm}, {"reading", f.Reading}, {"eps", number(f.Eps)},
	} {
		given := cmd.Flags().Lookup(flag.name)
		switch {
		case flag.recorded == "":
		case !given.Changed:
			if err := given.Value.Set(flag.recorded); err != nil {
				return failf("", "%s: %w", flag.name, err)
			}
		case given.Value.String() != flag.recorded && given.Value.String() != "":
			return usagef("leave it away, or give the certificates for it",
				"--%s %s, but the certificates are for %s", flag.name, given.Value, flag.recorded)
		}
	}
	return nil
}

// sets checks the certificates of every set, prints what fails and returns
// how much that is.
func (v *verifyCommand) sets(ctx context.Context, path string, m *weights.Matrix, f *cert.File) (int, error) {
	bar := v.env.progress("verifying", "keys", m.Sets*m.N)
	defer bar.stop()
	total := 0
	for set := range max(m.Sets, len(f.Sets)) {
		step := func(done, of int) { bar.set(set*m.N + m.N*done/max(of, 1)) }
		failures, err := v.set(ctx, set, m, f, step)
		if err != nil {
			return 0, decide.InSet(m, set, path, err)
		}
		where := ""
		if m.Sets > 1 || len(f.Sets) > 1 {
			where = m.Over.Set(set) + ": "
		}
		for _, failure := range failures {
			fmt.Fprintf(v.env.out, "%s%s\n", where, failure)
		}
		total += len(failures)
	}
	return total, nil
}

// set returns what fails in the certificates of one set.
func (v *verifyCommand) set(ctx context.Context, set int, m *weights.Matrix, f *cert.File, step func(done, of int)) ([]string, error) {
	switch {
	case set >= len(f.Sets):
		return []string{"has no certificates"}, nil
	case set >= m.Sets:
		return []string{"there is no such set"}, nil
	}
	keys, err := v.keys(decide.Rows(m, set), m.Dim)
	if err != nil {
		return nil, decide.HintEps(err, v.Eps)
	}
	return shortcut.Check(ctx, keys, &f.Sets[set], step)
}

// keys returns the exact keys that rows of a width make.
func (v *verifyCommand) keys(rows []float64, width int) (cert.Arithmetic, error) {
	if v.plain {
		return cert.NewKeys(rows, width, v.Kind, v.Reading, v.Eps)
	}
	return shortcut.NewKeys(rows, width, v.Kind, v.Reading, v.Eps)
}
