package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"keyhull"
	"keyhull/cert"
)

// writeCertificates writes the certificates to the file at path, all or none.
func writeCertificates(ctx context.Context, path string, f *findings) error {
	bar := f.env.progress("writing proofs", "keys", len(f.sets)*f.sets[0].N)
	defer bar.stop()
	return replaceFile(path, func(w io.Writer) error { return writeJSON(ctx, bufio.NewWriter(w), f, bar.set) })
}

// writeJSON writes the findings as a file of certificates, one key a line, key
// by key: the text may be many times as large as the keys. It calls step with
// the number of keys written.
func writeJSON(ctx context.Context, w *bufio.Writer, f *findings, step func(done int)) error {
	head, tail := around(`"sets":[]`, &cert.File{
		File: f.file, Tensor: f.tensor, Axes: strings.Join(f.layout.Axes, ","), Heads: f.layout.Heads, Norm: f.norm, Reading: f.reading, Eps: f.eps,
		Sets: []cert.Set{}, Certified: true, Warnings: append([]string{}, f.warnings...),
	})
	w.Write(head)
	w.WriteString(`"sets":[`)
	for i := range f.sets {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n")
		before := i * f.sets[i].N
		if err := writeSet(ctx, w, f.proofs(i), func(done int) { step(before + done) }); err != nil {
			return err
		}
	}
	w.WriteString("],\n")
	w.Write(tail[1:]) // without the comma
	w.WriteString("\n")
	return w.Flush()
}

// batch is how many keys are turned into text at once: a query takes long.
const batch = 64

func writeSet(ctx context.Context, w *bufio.Writer, s cert.Set, step func(done int)) error {
	keys := s.Keys
	s.Keys = []cert.Key{}
	head, tail := around(`"keys":[]`, &s)
	w.Write(head)
	w.WriteString(`"keys":[`)
	separator := "\n"
	for lo := 0; lo < len(keys); lo += batch {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, line := range lines(keys[lo:min(lo+batch, len(keys))]) {
			w.WriteString(separator)
			if _, err := w.Write(line); err != nil {
				return err
			}
			separator = ",\n"
		}
		step(lo)
	}
	w.WriteString("]")
	_, err := w.Write(tail)
	return err
}

// lines returns the JSON of each key.
func lines(keys []cert.Key) [][]byte {
	lines := make([][]byte, len(keys))
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(keys); i = int(next.Add(1)) - 1 {
				lines[i] = marshal(&keys[i])
			}
		})
	}
	group.Wait()
	return lines
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("internal error: " + err.Error()) // finite numbers and strings only
	}
	return data
}

// around returns the JSON of v before and after its empty list, which cannot
// occur in a string because its quotes would be escaped there.
func around(list string, v any) (before, after []byte) {
	before, after, _ = bytes.Cut(marshal(v), []byte(list))
	return before, after
}

// proofs is the answer for one set with its proofs.
func (f *findings) proofs(set int) cert.Set {
	a := &f.sets[set]
	s := a.Certificates(f.threshold())
	if f.over != nil {
		s.Name = f.over.Set(set)
	}
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
