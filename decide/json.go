package decide

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"runtime"
	"strings"

	"keyhull"
	"keyhull/cert"
	"keyhull/internal/vec"
)

// WriteJSON writes what was found as a file of certificates, one key a line, key
// by key: the text may be many times as large as the keys. It calls step with
// the number of keys written, and ends with an error when ctx is done.
func (f *Found) WriteJSON(ctx context.Context, w *bufio.Writer, step func(done int)) error {
	file := &cert.File{
		File: f.File, Tensor: f.Tensor, Axes: strings.Join(f.Layout.Axes, ","), Heads: f.Layout.Heads, Norm: f.Kind, Reading: f.Reading, Eps: f.Eps,
		Certified: true, Warnings: append([]string{}, f.Warnings...),
	}
	return writeFile(ctx, w, file, len(f.Sets), f.proofs, f.Workers, step)
}

// WriteCertificates writes a file of certificates in the same way, with 0 workers
// on all cores.
func WriteCertificates(ctx context.Context, w *bufio.Writer, f *cert.File, workers int) error {
	return writeFile(ctx, w, f, len(f.Sets), func(i int) cert.Set { return f.Sets[i] }, workers, func(int) {})
}

// writeFile writes f with sets as set makes them, one after another.
func writeFile(ctx context.Context, w *bufio.Writer, f *cert.File, sets int, set func(i int) cert.Set, workers int, step func(done int)) error {
	empty := *f
	empty.Sets = []cert.Set{}
	head, tail := around(`"sets":[]`, &empty)
	w.Write(head)
	w.WriteString(`"sets":[`)
	before := 0
	for i := range sets {
		if i > 0 {
			w.WriteString(",")
		}
		w.WriteString("\n")
		s := set(i)
		if err := writeSet(ctx, w, s, workers, func(done int) { step(before + done) }); err != nil {
			return err
		}
		before += s.N
	}
	w.WriteString("],\n")
	w.Write(tail[1:]) // without the comma
	w.WriteString("\n")
	return w.Flush()
}

// portion is how many keys a worker turns into text at once: a query takes long.
const portion = 16

// writeSet writes one set; 0 workers are one a core.
func writeSet(ctx context.Context, w *bufio.Writer, s cert.Set, workers int, step func(done int)) error {
	keys := s.Keys
	s.Keys = []cert.Key{}
	head, tail := around(`"keys":[]`, &s)
	w.Write(head)
	w.WriteString("\"keys\":[\n")
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, len(keys)/portion+1)
	memory := make([][]byte, workers)
	skip := len(separator) // before the first key
	for lo := 0; lo < len(keys); lo += portion * workers {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, text := range texts(memory, keys[lo:min(lo+portion*workers, len(keys))]) {
			if _, err := w.Write(text[skip:]); err != nil {
				return err
			}
			skip = 0
		}
		step(lo)
	}
	w.WriteString("]")
	_, err := w.Write(tail)
	return err
}

const separator = ",\n"

// texts writes the JSON of keys, each after a separator, a portion into each
// text, whose memory is used again. There are as many texts as workers.
func texts(texts [][]byte, keys []cert.Key) [][]byte {
	texts = texts[:(len(keys)+portion-1)/portion]
	vec.Parallel(len(texts), len(texts), func(i int) {
		text := texts[i][:0]
		for k := i * portion; k < min((i+1)*portion, len(keys)); k++ {
			text = appendKey(append(text, separator...), &keys[k])
		}
		texts[i] = text
	})
	return texts
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
func (f *Found) proofs(set int) cert.Set {
	a := &f.Sets[set]
	s := a.Certificates(f.Threshold())
	if f.Over != nil {
		s.Name = f.Over.Set(set)
	}
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
		if f.Brief {
			*k = cert.Key{Index: k.Index, Verdict: k.Verdict, Margin: k.Margin, RelativeMargin: k.RelativeMargin, BestAttention: k.BestAttention, Copies: k.Copies, Death: k.Death}
		}
	}
	return s
}
