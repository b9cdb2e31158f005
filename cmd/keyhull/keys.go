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
	axes   string // as given; what they are in the end is in the matrix
	heads  int
}

func (f *normFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.tensor, "tensor", "", "`NAME` of the tensor, where FILE holds several")
	flags.StringVar(&f.axes, "axes", "", "`NAMES` of its axes in order, pos (keys) and width\n(numbers of a key) among them; the others count\nsets: batch,pos,head,width")
	flags.IntVar(&f.heads, "heads", 0, "the last axis holds `N` heads side by side: decide\neach head's keys")
	choiceFlag(cmd, &f.Kind, "norm", decide.Norms[0], strings.Join(decide.Norms, ", "),
		"normalize each row first: none, project, scale,\nlayernorm, rmsnorm")
	choiceFlag(cmd, &f.Reading, "reading", decide.Readings[0], strings.Join(decide.Readings, ", "),
		"with project, layernorm: affine decides exactly in\nthe hyperplane, ambient on the values rounded to\nfloat32")
	flags.Float64Var(&f.Eps, "eps", 0, "`E` is added to the mean square by scale, layernorm,\nrmsnorm")
}

// check refuses flags that do not go together, and leaves reading empty where
// it says nothing.
func (f *normFlags) check(cmd *cobra.Command) error {
	if _, err := weights.ParseAxes(f.axes); err != nil {
		return usagef(hintOf(err), "--axes %w", err)
	}
	if f.heads < 0 || f.heads == 0 && cmd.Flags().Changed("heads") {
		return usagef("for example --heads 12", "--heads %d: want a number ≥ 1", f.heads)
	}
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
func (f *normFlags) readMatrix(path string) (*weights.Matrix, error) {
	file, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	axes, err := weights.ParseAxes(f.axes)
	if err != nil {
		return nil, err
	}
	m, err := file.Keys(f.tensor, weights.Layout{Axes: axes, Heads: f.heads})
	if err != nil {
		return nil, err
	}
	return m, decide.Finite(path, m)
}
