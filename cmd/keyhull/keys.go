package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"keyhull/weights"
)

// The words of --norm and --reading, the preset first.
var (
	norms    = []string{"none", "project", "scale", "layernorm", "rmsnorm"}
	readings = []string{"affine", "ambient"}
)

// normFlags says how the rows of a file become keys.
type normFlags struct {
	tensor  string
	axes    string // as given; what they are in the end is in the matrix
	heads   int
	norm    string
	reading string // "" where the norm has one reading only
	eps     float64
}

func (f *normFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.tensor, "tensor", "", "`NAME` of the tensor, where FILE holds several")
	flags.StringVar(&f.axes, "axes", "", "`NAMES` of its axes in order, pos (keys) and width\n(numbers of a key) among them; the others count\nsets: batch,pos,head,width")
	flags.IntVar(&f.heads, "heads", 0, "the last axis holds `N` heads side by side: decide\neach head's keys")
	choiceFlag(cmd, &f.norm, "norm", norms[0], strings.Join(norms, ", "),
		"normalize each row first: none, project, scale,\nlayernorm, rmsnorm")
	choiceFlag(cmd, &f.reading, "reading", readings[0], strings.Join(readings, ", "),
		"with project, layernorm: affine decides exactly in\nthe hyperplane, ambient on the values rounded to\nfloat32")
	flags.Float64Var(&f.eps, "eps", 0, "`E` is added to the mean square by scale, layernorm,\nrmsnorm")
}

// projects reports whether the norm puts keys in a hyperplane.
func (f *normFlags) projects() bool { return f.norm == "project" || f.norm == "layernorm" }

// check refuses flags that do not go together, and leaves reading empty where
// it says nothing.
func (f *normFlags) check(cmd *cobra.Command) error {
	if _, err := weights.ParseAxes(f.axes); err != nil {
		return usagef(hintOf(err), "--axes %w", err)
	}
	if f.heads < 0 || f.heads == 0 && cmd.Flags().Changed("heads") {
		return usagef("for example --heads 12", "--heads %d: want a number ≥ 1", f.heads)
	}
	if !(f.eps >= 0) || math.IsInf(f.eps, 0) {
		return usagef("for example --eps 1e-5", "--eps %v: want a number ≥ 0", f.eps)
	}
	if f.norm == "none" || f.norm == "project" {
		if f.eps != 0 && cmd.Flags().Changed("eps") {
			return usagef("give --norm layernorm, rmsnorm or scale", "--eps says nothing with --norm %s", f.norm)
		}
		f.eps = 0
	}
	if !f.projects() {
		if cmd.Flags().Changed("reading") {
			return usagef("give --norm project or layernorm", "--reading says nothing with --norm %s", f.norm)
		}
		f.reading = ""
	}
	return nil
}

// String names norm and reading for people.
func (f *normFlags) String() string {
	text := f.norm
	if f.eps != 0 {
		text += fmt.Sprintf(", eps %g", f.eps)
	}
	if f.reading != "" {
		text += ", " + f.reading + " reading"
	}
	return text
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
	return m, finite(path, m)
}

const onlyFinite = "every number must be finite: look at how the file was made"

func finite(path string, m *weights.Matrix) error {
	at, value := firstNotFinite(m)
	if at < 0 {
		return nil
	}
	set, key, coordinate := at/(m.N*m.Dim), at/m.Dim%m.N, at%m.Dim
	where := fmt.Sprintf("key %d", key)
	if m.Sets > 1 {
		where = fmt.Sprintf("%s, key %d", m.Over.Set(set), key)
	}
	if m.Name != "" {
		where = "tensor " + m.Name + ": " + where
	}
	return failf(onlyFinite, "%s: %s, coordinate %d is %v", path, where, coordinate, value)
}

// firstNotFinite returns the place of the first NaN or infinity, -1 if none.
func firstNotFinite(m *weights.Matrix) (int, float64) {
	for i, x := range m.F32 {
		if x-x != 0 {
			return i, float64(x)
		}
	}
	for i, x := range m.F64 {
		if x-x != 0 {
			return i, x
		}
	}
	return -1, 0
}
