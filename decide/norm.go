package decide

import (
	"fmt"
	"strings"

	"keyhull"
	"keyhull/norm"
	"keyhull/weights"
)

// The words of Norm.Kind and Norm.Reading, the preset first.
var (
	Norms    = []string{"none", "project", "scale", "layernorm", "rmsnorm"}
	Readings = []string{"affine", "ambient"}
)

// Norm says how the rows of a matrix become keys.
type Norm struct {
	Kind    string  // one of Norms
	Reading string  // one of Readings; "" where the norm has one reading only
	Eps     float64 // added to the mean square by scale, layernorm, rmsnorm
}

// Projects reports whether the norm puts keys in a hyperplane.
func (n Norm) Projects() bool { return n.Kind == "project" || n.Kind == "layernorm" }

// Scales reports whether the norm takes an eps.
func (n Norm) Scales() bool { return n.Kind != "none" && n.Kind != "project" }

// String names norm and reading for people.
func (n Norm) String() string {
	text := n.Kind
	if n.Eps != 0 {
		text += fmt.Sprintf(", eps %g", n.Eps)
	}
	if n.Reading != "" {
		text += ", " + n.Reading + " reading"
	}
	return text
}

// Keys returns the keys of one set of m under the norm. They share the numbers
// of m.
func (n Norm) Keys(m *weights.Matrix, set int) (keyhull.Keys, error) {
	keys := given(m, set)
	if n.Projects() && m.Dim < 2 {
		return keys, failf("give --norm none, or keys of more coordinates", "--norm %s needs at least 2 coordinates, not 1", n.Kind)
	}
	factors, err := n.factors(m, set)
	if err != nil {
		return keys, HintEps(err, n.Eps)
	}
	if n.Reading == "ambient" {
		rounded, err := ambient(keys, factors)
		return keyhull.Float32(rounded, m.Dim), err
	}
	if factors != nil {
		keys = keys.Scaled(factors)
	}
	if n.Projects() {
		keys = keys.Projected()
	}
	return keys, nil
}

// given returns the rows of one set as they are in the file.
func given(m *weights.Matrix, set int) keyhull.Keys {
	size := m.N * m.Dim
	if m.F32 != nil {
		return keyhull.Float32(m.F32[set*size:][:size], m.Dim)
	}
	return keyhull.Float64(m.F64[set*size:][:size], m.Dim)
}

// factors returns the factor of each row of one set, nil where all are 1.
func (n Norm) factors(m *weights.Matrix, set int) ([]float64, error) {
	size := m.N * m.Dim
	switch {
	case !n.Scales():
		return nil, nil
	case m.F32 != nil:
		return norm.Factors(m.F32[set*size:][:size], m.Dim, n.Kind, n.Eps)
	}
	return norm.Factors(m.F64[set*size:][:size], m.Dim, n.Kind, n.Eps)
}

// Rows returns the rows of one set as float64; they may be those of m.
func Rows(m *weights.Matrix, set int) []float64 {
	size := m.N * m.Dim
	if m.F64 != nil {
		return m.F64[set*size:][:size]
	}
	out := make([]float64, size)
	for i, x := range m.F32[set*size:][:size] {
		out[i] = float64(x)
	}
	return out
}

// HintEps adds to a failure of a norm that eps would help, if it would.
func HintEps(err error, eps float64) error {
	if eps == 0 && strings.Contains(err.Error(), "undefined") {
		return &weights.Error{Msg: err.Error(), Hint: "give --eps, for example --eps 1e-5", Err: err}
	}
	return err
}

// Finite refuses numbers that are not finite. name is that of the file.
func Finite(name string, m *weights.Matrix) error {
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
	return failf("every number must be finite: look at how the file was made", "%s: %s, coordinate %d is %v", name, where, coordinate, value)
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

func failf(hint, format string, args ...any) error {
	return &weights.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}
