package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"

	"keyhull"
	"keyhull/cert"
)

// writeCertificates writes the certificates to the file at path, all or none.
func writeCertificates(ctx context.Context, path string, f *findings) error {
	return replaceFile(path, func(w io.Writer) error { return writeJSON(ctx, bufio.NewWriter(w), f) })
}

// writeJSON writes the findings as a file of certificates, one key a line, key
// by key: the text may be many times as large as the keys.
func writeJSON(ctx context.Context, w *bufio.Writer, f *findings) error {
	head, tail := around(`"sets":[]`, &cert.File{
		File: f.file, Tensor: f.tensor, Norm: f.norm, Reading: f.reading, Eps: f.eps,
		Sets: []cert.Set{}, Certified: true, Warnings: append([]string{}, f.warnings...),
	})
	w.Write(head)
	w.WriteString(`"sets":[`)
	for i := range f.sets {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n")
		if err := writeSet(ctx, w, f.proofs(&f.sets[i])); err != nil {
			return err
		}
	}
	w.WriteString("],\n")
	w.Write(tail[1:]) // without the comma
	w.WriteString("\n")
	return w.Flush()
}

func writeSet(ctx context.Context, w *bufio.Writer, s cert.Set) error {
	keys := s.Keys
	s.Keys = []cert.Key{}
	head, tail := around(`"keys":[]`, &s)
	w.Write(head)
	w.WriteString(`"keys":[`)
	for i := range keys {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i > 0 {
			w.WriteString(",")
		}
		line, err := json.Marshal(&keys[i])
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

// proofs is the answer for one set with its proofs.
func (f *findings) proofs(a *answer) cert.Set {
	s := a.Certificates(f.threshold())
	s.Seconds = a.seconds
	if a.causal != nil {
		keyhull.AddDeaths(&s, a.causal)
	}
	for i := range s.Keys {
		k := &s.Keys[i]
		if f.margins == "none" {
			k.Margin, k.RelativeMargin = nil, nil
		}
		if a.attention != nil {
			k.BestAttention = &a.attention[i]
		}
	}
	return s
}
