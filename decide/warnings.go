package decide

import (
	"fmt"
	"math"
	"regexp"

	"keyhull"
	"keyhull/weights"
)

func (f *Found) warn(format string, args ...any) {
	f.Warnings = append(f.Warnings, fmt.Sprintf(format, args...))
}

// look adds the warnings that the keys and verdicts give rise to.
func (f *Found) look(m *weights.Matrix, margins keyhull.Margins) {
	switch {
	case margins == keyhull.MarginNone:
		f.warn("margins were not computed (--margins none): how many keys are selectable by rounding is not known")
	case margins == keyhull.MarginBound && f.Margins == "auto":
		f.warn("margins are proved lower bounds, and may be far below the exact ones, which would take long for %d keys: --margins exact computes them (those under --min-margin are exact already)", m.N)
	case margins == keyhull.MarginBound:
		f.warn("margins are proved lower bounds, and may be far below the exact ones, but for those under --min-margin (--margins bound)")
	}
	if m.Layout.Heads == 0 && len(m.Layout.Axes) == 0 && beside.MatchString(m.Name) {
		f.warn("by its name the tensor holds the keys of all heads side by side; --heads N decides those of each head")
	}
	if f.Reading == "ambient" {
		f.warn("ambient reading: rounding to float32 moves keys off their hyperplane and so adds a dimension; --reading affine decides in the hyperplane")
	}
	if f.Kind == "none" && nearHyperplane(m) && f.fullRank() {
		f.warn("every key sums to 0 but for rounding, which adds a dimension to the hull: if the keys were projected, decide the keys before that with --norm project or layernorm")
	}
}

// beside are names of what transformers' layers of keys put out.
var beside = regexp.MustCompile(`(^|\.)(k_proj|key_proj|k_lin|self\.key)(\.output)?$`)

// fullRank reports whether some set spans all coordinates.
func (f *Found) fullRank() bool {
	for _, s := range f.Sets {
		if s.Rank == s.Dim {
			return true
		}
	}
	return false
}

// nearHyperplane reports whether all rows are orthogonal to 1 = [1, …, 1] as
// far as float32 can tell, and not all are zero.
func nearHyperplane(m *weights.Matrix) bool {
	if m.Dim < 2 {
		return false
	}
	some := false
	for row := range m.Sets * m.N {
		sum, size := 0.0, 0.0
		for c := range m.Dim {
			x := at(m, row*m.Dim+c)
			sum += x
			size += math.Abs(x)
		}
		if math.Abs(sum) > 0x1p-22*size {
			return false
		}
		some = some || size > 0
	}
	return some
}

func at(m *weights.Matrix, i int) float64 {
	if m.F32 != nil {
		return float64(m.F32[i])
	}
	return m.F64[i]
}
