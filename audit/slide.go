package audit

import (
	"context"
	"fmt"

	"keyhull"
)

// slider follows the keys through the sets that a sliding window shows. A key
// that is a vertex of all keys is one of every subset. Each of the others has
// at every position a proof about what is seen there: a query that it wins, or
// a basis whose combination it is. A proof serves on: a basis until the window
// drops one of its keys, a query until a newcomer scores as high under it. Keys
// whose proof is gone have the window decided anew.
type slider struct {
	h     *Head
	opt   Options
	d     *keyhull.Result
	query [][]float64 // that wins among the keys last seen; nil: none known
	basis [][]int     // nil: none known
	spans [][]Span
}

func (h *Head) slide(ctx context.Context, d *keyhull.Result, opt Options) ([][]Span, error) {
	s := &slider{h: h, opt: opt, d: d, query: make([][]float64, h.N), basis: make([][]int, h.N), spans: make([][]Span, h.N)}
	for i := range d.Keys {
		if k := &d.Keys[i]; k.Verdict.Unselectable() {
			s.basis[i] = k.Bases[0]
		}
	}
	known := 0 // queries hold against keys before that
	for t := range h.N {
		if err := s.at(ctx, t, known); err != nil {
			return nil, fmt.Errorf("at position %d: %w", t, err)
		}
		_, known = h.sees(t)
	}
	return s.spans, nil
}

// at takes the keys that position t sees.
func (s *slider) at(ctx context.Context, t, known int) error {
	from, to := s.h.sees(t)
	var lost []int
	for i := from; i < to; i++ {
		switch {
		case !s.d.Keys[i].Verdict.Unselectable():
			s.live(i, t)
		case within(s.basis[i], from, to):
		case s.wins(i, known, to):
			s.live(i, t)
		default:
			lost = append(lost, i)
		}
	}
	if lost == nil {
		return nil
	}
	w := s.h.Width
	r, err := keyhull.Decide(ctx, keyhull.Float32(s.h.Keys[from*w:to*w], w), keyhull.Options{Workers: s.opt.Workers, Margins: keyhull.MarginNone})
	if err != nil {
		return err
	}
	for _, i := range lost {
		k := &r.Keys[i-from]
		s.query[i], s.basis[i] = k.Query, nil
		if !k.Verdict.Unselectable() {
			s.live(i, t)
			continue
		}
		s.query[i] = nil
		for _, j := range k.Bases[0] {
			s.basis[i] = append(s.basis[i], from+j)
		}
	}
	return nil
}

// wins reports that the query of key i beats the keys from known on, or ties
// with equal ones.
func (s *slider) wins(i, known, to int) bool {
	if s.query[i] == nil {
		return false
	}
	for j := known; j < to; j++ {
		if j != i && leads(s.query[i], s.h.key(i), s.h.key(j)) <= 0 && !equal(s.h.key(i), s.h.key(j)) {
			s.query[i] = nil
			return false
		}
	}
	return true
}

// live adds position t to the spans of key i.
func (s *slider) live(i, t int) {
	list := s.spans[i]
	if n := len(list); n > 0 && list[n-1].To == t {
		list[n-1].To++
		return
	}
	s.spans[i] = append(list, Span{t, t + 1})
}

// within reports that a basis is known and stands in from … to−1.
func within(basis []int, from, to int) bool {
	for _, j := range basis {
		if j < from || j >= to {
			return false
		}
	}
	return basis != nil
}

// equal compares keys as numbers: 0 and −0 are the same.
func equal(x, y []float32) bool {
	for c, v := range x {
		if v != y[c] {
			return false
		}
	}
	return true
}
