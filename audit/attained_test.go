package audit

import (
	"math"
	"testing"

	"keyhull"
)

func abs(x float64) float64 { return math.Abs(x) }

// plain is attention written down as it is defined, for one query.
func plain(h *Head, head, pos int) []float64 {
	p, sum := make([]float64, h.N), 0.0
	for j := range h.N {
		if h.Causal && j > pos || h.Window > 0 && (pos-j >= h.Window || j-pos >= h.Window) {
			continue
		}
		s := 0.0
		for c, v := range h.query(head, pos) {
			s += float64(v) * float64(h.key(j)[c])
		}
		s *= h.scale()
		if h.SoftCap > 0 {
			s = h.SoftCap * math.Tanh(s/h.SoftCap)
		}
		p[j] = math.Exp(s)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return p
}

func TestAttainedIsPlainSoftmax(t *testing.T) {
	for seed := range uint64(12) {
		r := newDraws(seed)
		h := r.head(5+r.IntN(30), 1+r.IntN(9), 1+r.IntN(3))
		h.Causal = seed%2 == 0
		if seed%3 == 1 {
			h.Window = 1 + r.IntN(h.N)
		}
		if seed%4 == 2 {
			h.SoftCap = 1.5
		}
		a := analyze(t, h, Options{Margins: keyhull.MarginNone}).Attained
		checkAttained(t, &h, a)
	}
}

// entropy is that of attention, in units of uniform attention.
func entropy(p []float64, sees int) (h float64) {
	for _, v := range p {
		if v > 0 {
			h -= v * math.Log(v)
		}
	}
	return h / math.Log(float64(sees))
}

func checkAttained(t *testing.T, h *Head, a *Attained) {
	t.Helper()
	sum, most, wins := make([]float64, h.N), make([]float64, h.N), make([]int, h.N)
	seen, pairs, winners := make([]int, h.N), map[[2]int]bool{}, map[int]bool{}
	widest, flattest := 0, -1.0
	for pos := range h.N {
		from, to := h.sees(pos)
		widest = max(widest, to-from)
	}
	for head := range h.QueryHeads {
		for pos := range h.N {
			from, to := h.sees(pos)
			if sees := to - from; sees > 1 && 2*sees >= widest {
				flattest = max(flattest, entropy(plain(h, head, pos), sees))
			}
			top := -1
			for j, p := range plain(h, head, pos) {
				if p == 0 {
					continue
				}
				seen[j]++
				sum[j] += p
				most[j] = max(most[j], p)
				if top < 0 || p > plain(h, head, pos)[top] {
					top = j
				}
			}
			wins[top]++
			winners[top], pairs[[2]int{pos, top}] = true, true
		}
	}
	if f := a.Flattest; (f == nil) != (flattest < 0) {
		t.Errorf("flattest %+v, want %v", f, flattest)
	} else if f != nil {
		if from, to := h.sees(f.Position); f.Sees != to-from || abs(entropy(plain(h, f.QueryHead, f.Position), f.Sees)-f.Entropy) > 1e-12 || abs(f.Entropy-flattest) > 1e-12 {
			t.Errorf("flattest %+v", f)
		}
	}
	for j := range h.N {
		if abs(a.Mean[j]-sum[j]/float64(seen[j])) > 1e-12 || abs(a.Max[j]-most[j]) > 1e-12 || a.Wins[j] != wins[j] {
			t.Errorf("key %d: mean %v, max %v, %d wins, want %v, %v, %d", j, a.Mean[j], a.Max[j], a.Wins[j], sum[j]/float64(seen[j]), most[j], wins[j])
		}
	}
	if a.Pairs != len(pairs) || a.Winners != len(winners) || a.Queries != h.N*h.QueryHeads {
		t.Errorf("%d pairs, %d winners of %d queries, want %d, %d", a.Pairs, a.Winners, a.Queries, len(pairs), len(winners))
	}
}

// What wins for an actual query can win: no key does at a position where it is
// proved that none selects it, and no attention exceeds the best.
func TestAttainedIsAttainable(t *testing.T) {
	for seed := range uint64(4) {
		h := newDraws(seed).head(60, 3, 2)
		h.Causal = seed%2 == 0
		r := analyze(t, h, Options{Best: -1})
		for i, v := range r.Verdicts {
			if !h.Causal && v.Unselectable() && r.Attained.Wins[i] > 0 {
				t.Errorf("key %d is %v and wins", i, v)
			}
			if !h.Causal && r.Attained.Max[i] > r.Best.AtLargest[i]+1e-9 {
				t.Errorf("key %d got %v, at most it can get %v", i, r.Attained.Max[i], r.Best.AtLargest[i])
			}
			if r.Best.AtMedian[i] > r.Best.AtLargest[i]+1e-9 {
				t.Errorf("key %d gets less from longer queries", i)
			}
		}
		if r.Attained.Pairs > r.Attainable {
			t.Errorf("%d pairs attained of %d", r.Attained.Pairs, r.Attainable)
		}
		for head := range h.QueryHeads {
			for pos := range h.N {
				top, p := 0, plain(&h, head, pos)
				for j := range p {
					if p[j] > p[top] {
						top = j
					}
				}
				if h.Causal && !r.Life.in(top, pos) {
					t.Errorf("key %d wins at %d, where none selects it", top, pos)
				}
			}
		}
	}
}

func TestSinkIsFound(t *testing.T) {
	h := newDraws(1).head(50, 8, 1)
	for c := range h.Width {
		h.Keys[c] = 0
		for pos := range h.N {
			h.query(0, pos)[c] = float32(c%2) + 0.1*h.query(0, pos)[c]
		}
		h.Keys[c] = 9 * float32(c%2)
	}
	h.Causal = true
	s := analyze(t, h, Options{}).Sink
	if s.Key != 0 || s.Farther != 0 || s.Verdict != keyhull.Selectable || s.Wins != h.N || !(s.Distance > 2) || !(s.Mean > 0.9) || !(s.Norm > 2) {
		t.Errorf("%+v", s)
	}
}

// Keys in a plane leave a query that scores all alike.
func TestUniformQuery(t *testing.T) {
	h := newDraws(2).head(40, 6, 1)
	for i := range h.N { // the sum of the coordinates is 12
		k := h.key(i)
		for c := range k {
			k[c] = float32(math.Round(float64(k[c]) * 8))
		}
		k[5] = 12 - k[0] - k[1] - k[2] - k[3] - k[4]
	}
	u := analyze(t, h, Options{}).Uniform
	if !u.Flat || u.Spread > 1e-14 || abs(norm2(u.Query)-1) > 1e-14 {
		t.Errorf("%+v", u)
	}
	for c := range u.Query {
		if abs(abs(u.Query[c])-1/math.Sqrt(6)) > 1e-12 {
			t.Errorf("query %v", u.Query)
		}
	}
	clear(h.query(0, 17))
	u = analyze(t, h, Options{}).Uniform
	if u.Nearest.Position != 17 || u.Nearest.Entropy < 1-1e-12 {
		t.Errorf("nearest %+v", u.Nearest)
	}
	if u := analyze(t, newDraws(2).head(40, 6, 1), Options{}).Uniform; u.Flat || u.Query != nil {
		t.Errorf("%+v for keys that span", u)
	}
}
