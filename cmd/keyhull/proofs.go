package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"keyhull/cert"
)

// writeJSON writes the findings as a file of certificates, one key a line, key
// by key: the whole may be many times as large as the keys.
func writeJSON(w *bufio.Writer, f *findings) error {
	head, tail := around(`"sets":[]`, &cert.File{
		File: f.file, Tensor: f.tensor, Norm: f.norm, Reading: f.reading, Eps: f.eps,
		Sets: []cert.Set{}, Certified: true, Warnings: append([]string{}, f.warnings...),
	})
	w.Write(head)
	w.WriteString(`"sets":[`)
	for set := range f.sets {
		if set > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n")
		if err := f.writeSet(w, &f.sets[set]); err != nil {
			return err
		}
	}
	w.WriteString("],\n")
	w.Write(tail[1:]) // without the comma
	w.WriteString("\n")
	return w.Flush()
}

func (f *findings) writeSet(w *bufio.Writer, a *answer) error {
	head, tail := around(`"keys":[]`, &cert.Set{
		N: a.N, Dim: a.Dim, Rank: a.Rank,
		Counts: map[string]int{
			"selectable": a.counts.Selectable, "tied": a.counts.Tied,
			"face": a.counts.Face, "interior": a.counts.Interior,
			"by_rounding": a.counts.ByRounding,
		},
		UnselectableFraction: unselectableFraction(a),
		Seconds:              a.seconds,
		Causal:               a.causal != nil,
		Keys:                 []cert.Key{},
	})
	w.Write(head)
	w.WriteString(`"keys":[`)
	for i := range a.Keys {
		if i > 0 {
			w.WriteString(",")
		}
		line, err := json.Marshal(f.certificate(a, i))
		if err != nil {
			return err
		}
		w.WriteString("\n")
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	w.WriteString("]")
	_, err := w.Write(tail)
	return err
}

// around returns the JSON of v before and after its empty list, which cannot
// occur in a string because its quotes would be escaped there.
func around(list string, v any) (before, after []byte) {
	data, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error()) // finite numbers and strings only
	}
	before, after, _ = bytes.Cut(data, []byte(list))
	return before, after
}

// certificate is the answer for key i with its proof.
func (f *findings) certificate(a *answer, i int) *cert.Key {
	k := &a.Keys[i]
	c := &cert.Key{
		Index: i, Verdict: k.Verdict.String(), Copies: k.Copies,
		Bases: k.Bases, Weights: k.Weights, Query: query(k.Query, k.ExactQuery),
	}
	if !k.Verdict.Unselectable() && f.margins != "none" {
		c.Margin, c.RelativeMargin = &k.Margin, &k.RelativeMargin
	}
	if a.attention != nil {
		c.BestAttention = &a.attention[i]
	}
	if a.causal != nil && a.causal[i].Death >= 0 {
		death := &a.causal[i]
		c.Death, c.DeathBasis, c.DeathWeights = &death.Death, death.Basis, death.Weights
		c.AliveQuery = query(death.Query, death.ExactQuery)
	}
	return c
}

// query is a query of the solver for a file, nil if there is none.
func query(float []float64, exact []*big.Rat) *cert.Query {
	switch {
	case float != nil:
		return &cert.Query{Float: float}
	case exact != nil:
		return &cert.Query{Exact: exact}
	}
	return nil
}

// writeCertificates writes the certificates to the file at path, all or none.
func writeCertificates(path string, f *findings) error {
	return replaceFile(path, func(w io.Writer) error { return writeJSON(bufio.NewWriter(w), f) })
}

// replaceFile writes a file such that its old content stays until the new one
// is complete.
func replaceFile(path string, write func(io.Writer) error) error {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return failf("give the name of a file", "%s: is not a regular file", path)
	}
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err == nil {
		defer file.Cleanup()
		if err = write(file); err == nil {
			err = file.CloseAtomicallyReplace()
		}
	}
	if err != nil {
		return failf("", "%s: %w", path, cause(err))
	}
	return nil
}
