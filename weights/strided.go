package weights

import (
	"bytes"
	"io"
	"math"
)

// opener returns how the bytes of a view are read, row by row.
func (v *view) opener(src source) func() (io.ReadCloser, error) {
	count := int64(1)
	for _, n := range v.shape {
		count *= n
	}
	switch {
	case count == 0:
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(nil)), nil }
	case !v.rowByRow():
		return func() (io.ReadCloser, error) { return v.gather(src) }
	case count == v.numbers && v.whole != nil:
		return v.whole
	}
	return src.section(v.begin+v.offset*v.size, count*v.size)
}

// rowByRow reports whether the numbers lie one behind the other, in order.
func (v *view) rowByRow() bool {
	step := int64(1)
	for a := len(v.shape) - 1; a >= 0; a-- {
		if v.shape[a] > 1 && v.stride[a] != step {
			return false
		}
		step *= v.shape[a]
	}
	return true
}

// gather reads the part of a storage in which the view lies, and hands its
// numbers on in the order of the view: what a transposed tensor needs.
func (v *view) gather(src source) (io.ReadCloser, error) {
	last := int64(0)
	for a, n := range v.shape {
		last += (n - 1) * v.stride[a]
	}
	if last >= math.MaxInt/v.size {
		return nil, failf(lessMemory, "has its numbers spread over more bytes than can be addressed")
	}
	part := make([]byte, (last+1)*v.size)
	if _, err := io.ReadFull(io.NewSectionReader(src, v.begin+v.offset*v.size, int64(len(part))), part); err != nil {
		return nil, readError(err)
	}
	return io.NopCloser(&gatherer{view: v, part: part, index: make([]int64, len(v.shape))}), nil
}

// gatherer walks through a view; at is where its next number lies in part.
type gatherer struct {
	*view
	part  []byte
	index []int64
	at    int64
	done  bool
}

// Read fills p with as many whole numbers as fit. Callers ask for at least one.
func (g *gatherer) Read(p []byte) (n int, err error) {
	for !g.done && len(p)-n >= int(g.size) {
		n += copy(p[n:], g.part[g.at*g.size:][:g.size])
		g.next()
	}
	if n == 0 && g.done {
		return 0, io.EOF
	}
	return n, nil
}

func (g *gatherer) next() {
	for a := len(g.shape) - 1; a >= 0; a-- {
		g.index[a]++
		g.at += g.stride[a]
		if g.index[a] < g.shape[a] {
			return
		}
		g.at -= g.stride[a] * g.shape[a]
		g.index[a] = 0
	}
	g.done = true
}
