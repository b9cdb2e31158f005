package audit

import (
	"context"
	"testing"

	"keyhull/internal/oracle"
	"math/big"
)

// analyze fails the test where Analyze fails.
func analyze(t *testing.T, h Head, opt Options) *HeadResult {
	t.Helper()
	r, err := Analyze(context.Background(), h, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Spans, deaths and counts are those of deciding what every position sees.
func TestLifeIsThatOfDirectDecisions(t *testing.T) {
	for seed := range uint64(30) {
		r := newDraws(seed)
		n := 6 + r.IntN(20)
		h := r.head(n, 1+r.IntN(4), 1)
		if seed%3 == 0 {
			h = r.lattice(n, 2)
		}
		h.Causal = seed%4 != 1
		if seed%2 == 1 {
			h.Window = 2 + r.IntN(n)
		}
		checkLife(t, h, analyze(t, h, Options{}))
	}
}

func checkLife(t *testing.T, h Head, r *HeadResult) {
	t.Helper()
	if r.Life == nil {
		if h.masked() {
			t.Fatal("a mask, but no life")
		}
		return
	}
	hidden, pairs := 0, 0
	alive := make([]int, h.N)
	for pos := range h.N {
		from, to := h.sees(pos)
		verdicts := oracle.Verdicts(points(&h, from, to))
		for i := from; i < to; i++ {
			pairs++
			want := !verdicts[i-from].Unselectable()
			if got := r.Life.in(i, pos); got != want {
				t.Fatalf("key %d at %d of %d, window %d, causal %v: alive is %v", i, pos, h.N, h.Window, h.Causal, got)
			}
			if !want {
				hidden++
			} else if pos >= i {
				alive[pos-i]++
			}
		}
	}
	if r.Life.Hidden != hidden || r.Life.Pairs != pairs || r.Attainable != pairs-hidden {
		t.Errorf("%d of %d pairs hidden, want %d of %d", r.Life.Hidden, r.Life.Pairs, hidden, pairs)
	}
	for k, a := range r.Life.Alive {
		if a != alive[k] {
			t.Errorf("%d keys alive %d positions later, want %d", a, k, alive[k])
		}
	}
}

// in reports that key i can be selected from a position.
func (l *Life) in(i, position int) bool {
	for _, s := range l.Spans[i] {
		if s.From <= position && position < s.To {
			return true
		}
	}
	return false
}

// points are the exact keys from … to−1.
func points(h *Head, from, to int) (p [][]*big.Rat) {
	for i := from; i < to; i++ {
		var row []*big.Rat
		for _, v := range h.key(i) {
			row = append(row, new(big.Rat).SetFloat64(float64(v)))
		}
		p = append(p, row)
	}
	return p
}

// The middle of three keys on a line is unselectable while both others are
// seen, and comes back when a window drops one.
func TestKeysComeBack(t *testing.T) {
	h := Head{N: 4, Width: 1, Keys: []float32{0, 1, 2, 1.5}, Causal: true, Window: 3}
	r := analyze(t, h, Options{})
	want := [][]Span{{{0, 3}}, {{1, 2}, {3, 4}}, {{2, 4}}, nil}
	for i, spans := range want {
		if len(r.Life.Spans[i]) != len(spans) {
			t.Fatalf("key %d: %v", i, r.Life.Spans[i])
		}
		for k, s := range spans {
			if r.Life.Spans[i][k] != s {
				t.Errorf("key %d: %v, want %v", i, r.Life.Spans[i], spans)
			}
		}
	}
	if d := r.Life.Death; d[0] != -1 || d[1] != 2 || d[3] != 3 {
		t.Errorf("deaths %v", d)
	}
	if s := r.Life.Survival(1); s != 2.0/3 { // key 0 at 1 and key 2 at 3 of three
		t.Errorf("after one position %v of the keys can be selected", s)
	}
}

// Leads are right where floats cannot tell.
func TestLeadsAreExact(t *testing.T) {
	q := []float64{1, 1, -1}
	if s := leads(q, []float32{1e8, 1, 1e8}, []float32{0, 0, 0}); s != 1 {
		t.Errorf("1e8 + 1 − 1e8 has sign %d", s)
	}
	if s := leads([]float64{1, 0x1p-60, -1}, []float32{1, 1, 1}, []float32{0, 0, 0}); s != 1 {
		t.Errorf("1 + 2^-60 − 1 has sign %d", s)
	}
	if s := leads([]float64{3, -1}, []float32{1, 3}, []float32{0, 0}); s != 0 {
		t.Errorf("3 − 3 has sign %d", s)
	}
}

func TestMasksCombineToTheKey(t *testing.T) {
	h := newDraws(3).head(80, 3, 1)
	r := analyze(t, h, Options{})
	if r.Counts.Interior == 0 {
		t.Fatal("no interior key")
	}
	for i, list := range r.Masks {
		if (list != nil) != r.Verdicts[i].Unselectable() {
			t.Fatalf("key %d is %v, masks %v", i, r.Verdicts[i], list)
		}
		for c := range h.Width {
			x := 0.0
			for k, m := range list {
				x += m.Weight * float64(h.key(m.Key)[c])
				if k > 0 && m.Weight > list[k-1].Weight {
					t.Errorf("masks of key %d are not in order", i)
				}
			}
			if list != nil && abs(x-float64(h.key(i)[c])) > 1e-9 {
				t.Errorf("masks of key %d make %v of %v", i, x, h.key(i)[c])
			}
		}
	}
}
