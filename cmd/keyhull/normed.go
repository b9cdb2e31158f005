package main

import (
	"strings"

	"keyhull"
	"keyhull/norm"
	"keyhull/weights"
)

// keySet returns the keys of one set of m under the norm.
func (f *normFlags) keySet(m *weights.Matrix, set int) (keyhull.Keys, error) {
	size := m.N * m.Dim
	keys := keyhull.Float64(nil, m.Dim)
	if m.F32 != nil {
		keys = keyhull.Float32(m.F32[set*size:][:size], m.Dim)
	} else {
		keys = keyhull.Float64(m.F64[set*size:][:size], m.Dim)
	}
	if f.norm == "none" {
		return keys, nil
	}
	if f.projects() {
		if err := needCoordinates(keys, f.norm); err != nil {
			return keys, err
		}
	}
	var factors []float64
	if f.norm != "project" {
		var err error
		if factors, err = norm.Factors(rows(m, set), m.Dim, f.norm, f.eps); err != nil {
			return keys, hintEps(err, f.eps)
		}
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
