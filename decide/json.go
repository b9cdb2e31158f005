package decide

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"sync/atomic"

	"keyhull"
	"keyhull/cert"
)

// WriteJSON writes what was found as a file of certificates, one key a line, key
// by key: the text may be many times as large as the keys. It calls step with
// the number of keys written, and ends with an error when ctx is done.
func (f *Found) WriteJSON(ctx context.Context, w *bufio.Writer, step func(done int)) error {
	head, tail := around(`"sets":[]`, &cert.File{
		File: f.File, Tensor: f.Tensor, Norm: f.Kind, Reading: f.Reading, Eps: f.Eps,
		Sets: []cert.Set{}, Certified: true, Warnings: append([]string{}, f.Warnings...),
	})
	w.Write(head)
	w.WriteString(`"sets":[`)
	for i := range f.Sets {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n")
		before := i * f.Sets[i].N
		if err := writeSet(ctx, w, f.proofs(&f.Sets[i]), f.Workers, func(done int) { step(before + done) }); err != nil {
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

func writeSet(ctx context.Context, w *bufio.Writer, s cert.Set, workers int, step func(done int)) error {
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
		for _, line := range lines(keys[lo:min(lo+batch, len(keys))], workers) {
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

// lines returns the JSON of each key; 0 workers are one a core.
func lines(keys []cert.Key, workers int) [][]byte {
	lines := make([][]byte, len(keys))
	var next atomic.Int64
	var group sync.WaitGroup
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(keys); i = int(next.Add(1)) - 1 {
				lines[i] = appendKey(make([]byte, 0, 256), &keys[i])
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
func (f *Found) proofs(a *Answer) cert.Set {
	s := a.Certificates(f.Threshold())
	s.Seconds = a.Seconds
	if a.Causal != nil {
		keyhull.AddDeaths(&s, a.Causal)
	}
	for i := range s.Keys {
		k := &s.Keys[i]
		if f.Margins == "none" {
			k.Margin, k.RelativeMargin = nil, nil
		}
		if a.Attention != nil {
			k.BestAttention = &a.Attention[i]
		}
	}
	return s
}
