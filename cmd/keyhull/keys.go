package main

import (
	"math"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/decide"
	"keyhull/weights"
)

// normFlags says how the rows of a file become keys.
type normFlags struct {
	decide.Norm
	tensor string
}

func (f *normFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.tensor, "tensor", "", "`NAME` of the tensor, where FILE holds several")
	choiceFlag(cmd, &f.Kind, "norm", decide.Norms[0], strings.Join(decide.Norms, ", "),
		"normalize each row first: none, project, scale,\nlayernorm, rmsnorm")
	choiceFlag(cmd, &f.Reading, "reading", decide.Readings[0], strings.Join(decide.Readings, ", "),
		"with project, layernorm: affine decides exactly in\nthe hyperplane, ambient on the values rounded to\nfloat32")
	flags.Float64Var(&f.Eps, "eps", 0, "`E` is added to the mean square by scale, layernorm,\nrmsnorm")
}

// check refuses flags that do not go together, and leaves reading empty where
// it says nothing.
func (f *normFlags) check(cmd *cobra.Command) error {
	if !(f.Eps >= 0) || math.IsInf(f.Eps, 0) {
		return usagef("for example --eps 1e-5", "--eps %v: want a number ≥ 0", f.Eps)
	}
	if !f.Scales() {
		if f.Eps != 0 && cmd.Flags().Changed("eps") {
			return usagef("give --norm layernorm, rmsnorm or scale", "--eps says nothing with --norm %s", f.Kind)
		}
		f.Eps = 0
	}
	if !f.Projects() {
		if cmd.Flags().Changed("reading") {
			return usagef("give --norm project or layernorm", "--reading says nothing with --norm %s", f.Kind)
		}
		f.Reading = ""
	}
	return nil
}

// readMatrix reads the tensor from the file at path, and refuses numbers that
// are not finite.
func readMatrix(path, tensor string) (*weights.Matrix, error) {
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := f.Matrix(tensor)
	if err != nil {
		return nil, err
	}
	return m, decide.Finite(path, m)
}
