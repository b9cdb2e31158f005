package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCausal holds forward and backward of every level against float64, with
// and without dropout.
func TestCausal(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(52, 1))
		for trial := range 80 {
			w, n := 2, 1+r.IntN(150)
			if trial%4 == 0 {
				w = 1 + r.IntN(5)
			}
			drop := Drop{Key: r.Uint64(), P: []float32{0, 0.1, 0.7}[trial%3]}
			h := newHead(r, w, n, drop)
			tolerance := 3e-6
			if trial%5 == 0 { // the largest score takes all
				tolerance = 2e-3
				h.spread(60)
			}
			h.run()
			h.check(t, tolerance)
		}
		h := newHead(r, 2, 1001, Drop{Key: 1, P: 0.1})
		h.run()
		h.check(t, 5e-6)
	})
}

// TestCausalHuge: scores far beyond the exponent of float32 give means of values
// and gradients that are finite.
func TestCausalHuge(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(57, 1))
		for range 20 {
			h := newHead(r, 2, 1+r.IntN(60), Drop{})
			h.spread(math.Ldexp(1, 10+r.IntN(50)))
			h.run()
			for c := range h.w {
				low, high := float32(math.Inf(1)), float32(math.Inf(-1))
				for i, v := range h.v.Row(c)[:h.n] {
					low, high = min(low, v), max(high, v)
					if got := h.out.Row(c)[i]; !(got >= low-1e-5 && got <= high+1e-5) {
						t.Fatalf("out %v, values are in [%v, %v]", got, low, high)
					}
					for _, g := range []Rows{h.dq, h.dk, h.dv} {
						if d := float64(g.Row(c)[i]); math.IsNaN(d) || math.IsInf(d, 0) {
							t.Fatalf("gradient %v", d)
						}
					}
				}
			}
		}
	})
}

// head is an attention head with operands and results.
type head struct {
	w, n                         int
	scale                        float32
	drop                         Drop
	q, k, v, out, dout           Rows
	dq, dk, dv                   Rows
	lse                          []float32
	wantOut, wantQ, wantK, wantV Rows
	wantLse                      []float32
}

func newHead(r *rand.Rand, w, n int, drop Drop) *head {
	rows := func() Rows { return randomRows(r, w, n) }
	return &head{
		w: w, n: n, scale: float32(1 / math.Sqrt(float64(w))), drop: drop,
		q: rows(), k: rows(), v: rows(), out: rows(), dout: rows(), dq: rows(), dk: rows(), dv: rows(), lse: make([]float32, n),
		wantOut: rows(), wantQ: rows(), wantK: rows(), wantV: rows(), wantLse: make([]float32, n),
	}
}

// spread makes queries and keys integers times a factor.
func (h *head) spread(factor float64) {
	for _, m := range []Rows{h.q, h.k} {
		for i, v := range m.Data {
			m.Data[i] = float32(factor * math.Round(float64(v)))
		}
	}
}

func (h *head) run() {
	CausalForward(h.out, h.lse, h.q, h.k, h.v, h.w, h.n, h.scale, h.drop)
	CausalBackward(h.dq, h.dk, h.dv, h.dout, h.out, h.q, h.k, h.v, h.lse, h.w, h.n, h.scale, h.drop)
}

func (h *head) check(t *testing.T, tolerance float64) {
	t.Helper()
	h.reference()
	for i, v := range h.wantLse {
		if !(math.Abs(float64(h.lse[i]-v)) <= tolerance*max(1, math.Abs(float64(v)))) {
			t.Fatalf("n=%d w=%d: lse[%d] is %v, want %v", h.n, h.w, i, h.lse[i], v)
		}
	}
	for name, pair := range map[string][2]Rows{
		"out": {h.out, h.wantOut}, "dq": {h.dq, h.wantQ}, "dk": {h.dk, h.wantK}, "dv": {h.dv, h.wantV},
	} {
		for c := range h.w {
			closeTo(t, name, pair[0].Row(c)[:h.n], pair[1].Row(c)[:h.n], tolerance)
		}
	}
}

// probabilities returns p_ij for j ≤ i, in float64, and log Σ to the base 2.
func (h *head) probabilities(i int) (p []float64, lse float64) {
	top, sum := math.Inf(-1), 0.0
	for j := range i + 1 {
		s := 0.0
		for c := range h.w {
			s += float64(h.q.Row(c)[i]) * float64(h.k.Row(c)[j])
		}
		p = append(p, s*float64(h.scale)*math.Log2E)
		top = max(top, p[j])
	}
	for j, s := range p {
		p[j] = math.Exp2(s - top)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return p, top + math.Log2(sum)
}

// reference computes the wanted results in float64.
func (h *head) reference() {
	d := h.drop.dice()
	dk, dv := make([]float64, h.w*h.n), make([]float64, h.w*h.n)
	for i := range h.n {
		p, lse := h.probabilities(i)
		h.wantLse[i] = float32(lse)
		mask, dp := make([]float64, i+1), make([]float64, i+1)
		mean := 0.0
		for j := range p {
			if d.keeps(i, j) {
				mask[j] = 1 / (1 - float64(h.drop.P))
			}
			for c := range h.w {
				dp[j] += mask[j] * float64(h.dout.Row(c)[i]) * float64(h.v.Row(c)[j])
				dv[c*h.n+j] += p[j] * mask[j] * float64(h.dout.Row(c)[i])
			}
			mean += p[j] * dp[j]
		}
		for c := range h.w {
			var out, dq float64
			for j := range p {
				ds := float64(h.scale) * p[j] * (dp[j] - mean)
				out += p[j] * mask[j] * float64(h.v.Row(c)[j])
				dq += ds * float64(h.k.Row(c)[j])
				dk[c*h.n+j] += ds * float64(h.q.Row(c)[i])
			}
			h.wantOut.Row(c)[i], h.wantQ.Row(c)[i] = float32(out), float32(dq)
		}
	}
	for c := range h.w {
		copy(h.wantK.Row(c), convert[float32](dk[c*h.n:(c+1)*h.n]))
		copy(h.wantV.Row(c), convert[float32](dv[c*h.n:(c+1)*h.n]))
	}
}

// TestCausalReference holds the reference's gradients against differences of
// its results.
func TestCausalReference(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 1))
	h := newHead(r, 2, 9, Drop{Key: 5, P: 0.3})
	loss := func() (sum float64) {
		g := *h
		g.wantOut = NewRows(h.w, h.n)
		g.reference()
		for c := range h.w {
			for i, v := range g.wantOut.Row(c)[:h.n] {
				sum += float64(v) * float64(h.dout.Row(c)[i])
			}
		}
		return sum
	}
	h.reference()
	for _, pair := range [][2]Rows{{h.q, copyRows(h.wantQ)}, {h.k, copyRows(h.wantK)}, {h.v, copyRows(h.wantV)}} {
		for c := range h.w {
			for i := range h.n {
				at := &pair[0].Row(c)[i]
				old := *at
				*at = old + 0x1p-7
				above := loss()
				*at = old - 0x1p-7
				slope := (above - loss()) / 0x1p-6
				*at = old
				if want := float64(pair[1].Row(c)[i]); math.Abs(slope-want) > 1e-3 {
					t.Errorf("row %d, position %d: slope %v, gradient %v", c, i, slope, want)
				}
			}
		}
	}
}
