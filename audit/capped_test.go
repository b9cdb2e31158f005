package audit

import (
	"math"
	"testing"
)

// cappedWeight is attention under a soft-cap, from the definition.
func cappedWeight(h *Head, i int, q []float64) float64 {
	score := func(j int) float64 {
		s := 0.0
		for c, v := range h.key(j) {
			s += q[c] * float64(v)
		}
		return h.SoftCap * math.Tanh(s/h.SoftCap)
	}
	sum := 0.0
	for j := range h.N {
		sum += math.Exp(score(j) - score(i))
	}
	return 1 / sum
}

// TestCappedBest holds search and bound against all queries of a fine grid.
func TestCappedBest(t *testing.T) {
	r := newDraws(61)
	near, far := 0, 0
	for turn := range 12 {
		h := r.head(2+r.IntN(12), 2, 1)
		h.SoftCap = math.Exp(2*r.Float64() - 0.5)
		if turn%3 == 0 {
			copy(h.key(1), h.key(0)) // equal keys share
		}
		find, err := h.finder()
		if err != nil {
			t.Fatal(err)
		}
		radius := math.Exp(3*r.Float64() - 1)
		for i := range h.N {
			weight, upper := find(i, radius)
			most := 0.0
			const rings, rays = 60, 240
			for ring := range rings + 1 {
				for ray := range rays {
					sin, cos := math.Sincos(2 * math.Pi * float64(ray) / rays)
					x := radius * float64(ring) / rings
					most = max(most, cappedWeight(&h, i, []float64{x * cos, x * sin}))
				}
			}
			if weight > upper || most > upper*(1+1e-12) {
				t.Errorf("turn %d, key %d: %g found, %g on the grid, above %g", turn, i, weight, most, upper)
			}
			if weight > most*1.02+1e-3 {
				t.Errorf("turn %d, key %d: %g found, but no query of the grid gives more than %g", turn, i, weight, most)
			}
			if near++; weight < 0.98*most {
				far++
			}
		}
	}
	if far > near/20 {
		t.Errorf("the search misses the most in %d of %d keys", far, near)
	}
}

// TestCappedSlope compares the gradient with differences.
func TestCappedSlope(t *testing.T) {
	r := newDraws(62)
	h := r.head(9, 5, 1)
	h.SoftCap = 1.5
	c := newCapped(&h)
	for x := range h.Width {
		c.q[x] = r.NormFloat64()
	}
	c.slope(3)
	for x := range h.Width {
		q := append([]float64(nil), c.q[:h.Width]...)
		const step = 1e-5
		q[x] += step
		up := cappedWeight(&h, 3, q)
		q[x] -= 2 * step
		down := cappedWeight(&h, 3, q)
		if want := (math.Log(up) - math.Log(down)) / (2 * step); math.Abs(c.gradient[x]-want) > 1e-8 {
			t.Errorf("coordinate %d: %g, want %g", x, c.gradient[x], want)
		}
	}
}

// TestCapMeansNothingWhenHigh: a cap far above all scores changes no weight, and a low one
// keeps every weight below 1/(1+(n−1)·exp(−2c)). A cap may raise the most, too: it
// holds down a far key that would win.
func TestCapMeansNothingWhenHigh(t *testing.T) {
	r := newDraws(63)
	h := r.head(20, 4, 1)
	free := analyze(t, h, Options{Best: -1})
	h.SoftCap = 1e9
	high := analyze(t, h, Options{Best: -1})
	for i, want := range free.Best.AtLargest {
		if got := high.Best.AtLargest[i]; math.Abs(got-want) > 1e-6 || high.Best.UpperAtLargest[i] < want-1e-6 {
			t.Errorf("key %d: %g, at most %g, want %g", i, got, high.Best.UpperAtLargest[i], want)
		}
	}
	h.SoftCap = 0.25
	low := analyze(t, h, Options{Best: -1})
	for i, got := range low.Best.UpperAtLargest {
		if most := 1 / (1 + 19*math.Exp(-0.5)); got > most || low.Best.AtLargest[i] > got || low.Best.AtMedian[i] > low.Best.UpperAtMedian[i] {
			t.Errorf("key %d: at most %g of %g", i, got, most)
		}
	}
	between := Head{N: 6, Width: 1, Keys: []float32{10, 100, -10, -10, -10, -10}, Queries: []float32{3, 3, 3, 3, 3, 3}, QueryHeads: 1}
	without := analyze(t, between, Options{Best: -1}).Best.AtLargest[0]
	between.SoftCap = 4
	if with := analyze(t, between, Options{Best: -1}).Best.AtLargest[0]; without > 0.25 || with < 0.45 {
		t.Errorf("%g without a cap, %g with one", without, with)
	}
}
