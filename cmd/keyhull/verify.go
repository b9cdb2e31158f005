package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/spf13/cobra"

	"keyhull/cert"
	"keyhull/weights"
)

// verifyCommand is one call of keyhull verify.
type verifyCommand struct {
	normFlags
	env *env
}

func newVerifyCommand(e *env) *cobra.Command {
	v := &verifyCommand{env: e}
	cmd := &cobra.Command{
		Use:   "verify FILE CERTIFICATES",
		Short: "Check in exact arithmetic that certificates prove their verdicts",
		Long: `Check in exact arithmetic that certificates prove their verdicts.

CERTIFICATES is what keyhull decide --certificates or --format json wrote for
the keys in FILE. Tensor, norm, reading and eps are taken from it unless they
are given. Every failure is one line; there is none, and the exit code is 0,
if every key's verdict is proved.`,
		Example: "  keyhull verify keys.npy proof.json",
		Args:    wantArgs("FILE", "CERTIFICATES"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return v.run(cmd, args[0], args[1])
		},
	}
	v.register(cmd)
	return cmd
}

func (v *verifyCommand) run(cmd *cobra.Command, path, certificates string) error {
	f, err := readCertificates(certificates)
	if err != nil {
		return err
	}
	v.takeFrom(cmd, f)
	if err := v.check(cmd); err != nil {
		return err
	}
	m, err := readMatrix(path, v.tensor)
	if err != nil {
		return err
	}
	failures, err := v.sets(cmd.Context(), path, m, f)
	if err != nil {
		return err
	}
	keys := count(m.Sets*m.N, "key")
	if failures > 0 {
		fmt.Fprintf(v.env.out, "%s: %s in the certificates of %s\n", v.env.out.style(red, "not proved"), count(failures, "failure"), keys)
		return errFailed
	}
	fmt.Fprintf(v.env.out, "%s; norm %s\n", v.env.out.style(green, "all "+keys+" proved"), v.normFlags.String())
	return nil
}

// readCertificates reads a file of certificates.
func readCertificates(path string) (*cert.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, failf("", "%s: %w", path, cause(err))
	}
	defer file.Close()
	f, err := cert.Read(bufio.NewReader(file))
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		return nil, failf("", "%s: %w", path, pathError.Err)
	}
	const hint = "give what keyhull decide --certificates or --format json wrote"
	switch {
	case err != nil:
		return nil, failf(hint, "%s: %w", path, err)
	case f.Norm == "" || len(f.Sets) == 0:
		return nil, failf(hint, "%s: holds no certificates", path)
	case !(f.Eps >= 0) || math.IsInf(f.Eps, 0):
		return nil, failf(hint, "%s: eps is %v", path, f.Eps)
	}
	return f, nil
}

// takeFrom fills the flags that were not given from the certificates, and
// says where those given contradict them.
func (v *verifyCommand) takeFrom(cmd *cobra.Command, f *cert.File) {
	take := func(flag string, same bool, given, recorded any, use func()) {
		if !cmd.Flags().Changed(flag) {
			use()
		} else if !same {
			fmt.Fprintf(v.env.err, "warning: --%s %v, but the certificates are for %v\n", flag, given, recorded)
		}
	}
	take("tensor", v.tensor == f.Tensor, v.tensor, f.Tensor, func() { v.tensor = f.Tensor })
	take("norm", v.norm == f.Norm, v.norm, f.Norm, func() { v.norm = f.Norm })
	take("reading", v.reading == f.Reading, v.reading, f.Reading, func() {
		if f.Reading != "" {
			v.reading = f.Reading
		}
	})
	take("eps", v.eps == f.Eps, v.eps, f.Eps, func() { v.eps = f.Eps })
}

// sets checks the certificates of every set, prints what fails and returns
// how much that is.
func (v *verifyCommand) sets(ctx context.Context, path string, m *weights.Matrix, f *cert.File) (int, error) {
	if m.Sets != len(f.Sets) {
		fmt.Fprintf(v.env.out, "%s has %s of keys, but the certificates are for %d\n", path, count(m.Sets, "set"), len(f.Sets))
		return 1, nil
	}
	bar := v.env.progress("verifying", "keys", m.Sets*m.N)
	defer bar.stop()
	total := 0
	for set := range m.Sets {
		keys, err := cert.NewKeys(rows(m, set), m.Dim, v.norm, v.reading, v.eps)
		if err != nil {
			return 0, inSet(m, set, path, hintEps(err, v.eps))
		}
		failures, err := cert.Check(ctx, keys, &f.Sets[set], func(done, of int) {
			bar.set(set*m.N + m.N*done/max(of, 1))
		})
		if err != nil {
			return 0, err
		}
		for _, failure := range failures {
			where := ""
			if m.Sets > 1 {
				where = fmt.Sprintf("set %d: ", set)
			}
			fmt.Fprintf(v.env.out, "%s%v\n", where, failure)
		}
		total += len(failures)
	}
	return total, nil
}
