package main

import (
	"strings"

	"keyhull"
	"keyhull/norm"
	"keyhull/weights"
)

// keySet returns the keys of one set of m under the norm.
func (f *normFlags) keySet(m *weights.Matrix, set int) (keyhull.Keys, error) {
	keys := given(m, set)
	if f.projects() && m.Dim < 2 {
		return keys, failf("give --norm none, or keys of more coordinates", "--norm %s needs at least 2 coordinates, not 1", f.norm)
	}
	factors, err := f.factors(m, set)
	if err != nil {
		return keys, hintEps(err, f.eps)
	}
	if f.reading == "ambient" {
		rounded, err := ambient(keys, factors)
		return keyhull.Float32(rounded, m.Dim), err
	}
	if factors != nil {
		keys = keys.Scaled(factors)
	}
	if f.projects() {
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
func (f *normFlags) factors(m *weights.Matrix, set int) ([]float64, error) {
	size := m.N * m.Dim
	switch {
	case f.norm == "none" || f.norm == "project":
		return nil, nil
	case m.F32 != nil:
		return norm.Factors(m.F32[set*size:][:size], m.Dim, f.norm, f.eps)
	}
	return norm.Factors(m.F64[set*size:][:size], m.Dim, f.norm, f.eps)
}

// rows returns the keys of one set as float64.
func rows(m *weights.Matrix, set int) []float64 {
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

// hintEps adds to a failure of a norm that eps would help, if it would.
func hintEps(err error, eps float64) error {
	if eps == 0 && strings.Contains(err.Error(), "undefined") {
		return failf("give --eps, for example --eps 1e-5", "%w", err)
	}
	return err
}
