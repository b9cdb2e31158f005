package keyhull_test

import (
	"context"
	"math"
	"testing"

	"keyhull"
)

// TestMarginAgainstFrankWolfe checks margins from both sides with a plain
// method: the certificate's lower bound, and Frank–Wolfe's upper bound.
func TestMarginAgainstFrankWolfe(t *testing.T) {
	for _, d := range []int{2, 3, 8} {
		const n = 60
		x := gaussian(uint64(d), n, d)
		k := keyhull.Float64(x, d)
		exact := decide(t, k, keyhull.Options{})
		bound := decide(t, k, keyhull.Options{Margins: keyhull.MarginBound})
		for i := range exact.Keys {
			m := exact.Keys[i].Margin
			if exact.Keys[i].Verdict.Unselectable() {
				if m != 0 {
					t.Errorf("unselectable key %d has margin %v", i, m)
				}
				continue
			}
			if b := bound.Keys[i].Margin; b > m*(1+1e-12) || b <= 0 {
				t.Errorf("key %d: proved bound %v, margin %v", i, b, m)
			}
			lower, upper := frankWolfe(x, d, i)
			if m > upper*(1+1e-9) || m < lower*(1-1e-9) {
				t.Errorf("d=%d key %d: margin %v, Frank–Wolfe %v to %v", d, i, m, lower, upper)
			}
			if rel := exact.Keys[i].RelativeMargin; math.Abs(rel-m/exact.Radius) > 1e-15 {
				t.Errorf("relative margin %v", rel)
			}
		}
	}
}

// frankWolfe bounds the distance of the hull of x_j − x_i, j ≠ i, from 0.
func frankWolfe(x []float64, d, i int) (lower, upper float64) {
	n := len(x) / d
	p := make([]float64, d)
	at := func(j, c int) float64 { return x[j*d+c] - x[i*d+c] }
	for c := range d {
		p[c] = at((i+1)%n, c)
	}
	for range 3000 {
		best, arg := math.Inf(1), -1
		for j := range n {
			s := 0.0
			for c := range d {
				s += p[c] * at(j, c)
			}
			if j != i && s < best {
				best, arg = s, j
			}
		}
		lower = math.Max(lower, best/norm(p))
		num, den := 0.0, 0.0
		for c := range d {
			v := at(arg, c) - p[c]
			num -= v * p[c]
			den += v * v
		}
		if num <= 0 {
			break
		}
		step := math.Min(1, num/den)
		for c := range d {
			p[c] += step * (at(arg, c) - p[c])
		}
	}
	return lower, norm(p)
}

// TestMarginsScale: margins are in the keys' units at any scale.
func TestMarginsScale(t *testing.T) {
	x := gaussian(4, 50, 3)
	base := decide(t, keyhull.Float64(x, 3), keyhull.Options{})
	for _, e := range []int{-1000, -300, 300, 1000} {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = math.Ldexp(v, e)
		}
		r := decide(t, keyhull.Float64(y, 3), keyhull.Options{})
		for i := range r.Keys {
			want := math.Ldexp(base.Keys[i].Margin, e)
			if math.Abs(r.Keys[i].Margin-want) > 1e-9*want {
				t.Errorf("2^%d: key %d has margin %v, want %v", e, i, r.Keys[i].Margin, want)
			}
		}
	}
}

// TestSelectableByRounding: a key a hair outside the hull is counted so.
func TestSelectableByRounding(t *testing.T) {
	x := []float64{0, 0, 2, 0, 0, 2, 1, 1 + 1e-9}
	c := decide(t, keyhull.Float64(x, 2), keyhull.Options{}).Counts()
	if c.Selectable != 4 || c.ByRounding != 1 {
		t.Errorf("%+v", c)
	}
}

// TestBestAttention: value under the query, optimality against random
// ascent, the upper bound, and monotonicity in the radius.
func TestBestAttention(t *testing.T) {
	const n, d = 40, 4
	x := gaussian(8, n, d)
	k := keyhull.Float64(x, d)
	for i := range 12 {
		last := 0.0
		for _, r := range []float64{0.1, 1, 5, 40} {
			a, err := keyhull.BestAttention(k, i, r)
			if err != nil {
				t.Fatal(err)
			}
			if w := softmax(x, d, a.Query, i); math.Abs(w-a.Weight) > 1e-12 || norm(a.Query) > r*(1+1e-12) {
				t.Errorf("key %d radius %v: query gives %v, said %v", i, r, w, a.Weight)
			}
			if a.UpperBound < a.Weight || a.UpperBound > a.Weight*(1+1e-7) || a.Weight < last*(1-1e-9) {
				t.Errorf("key %d radius %v: weight %v, bound %v, smaller radius %v", i, r, a.Weight, a.UpperBound, last)
			}
			if w := climb(x, d, i, r); w > a.UpperBound*(1+1e-9) {
				t.Errorf("key %d radius %v: found %v above the bound %v", i, r, w, a.UpperBound)
			}
			last = a.Weight
		}
	}
}

func norm(q []float64) float64 {
	s := 0.0
	for _, v := range q {
		s += v * v
	}
	return math.Sqrt(s)
}

func softmax(x []float64, d int, q []float64, i int) float64 {
	own, sum := 0.0, 0.0
	for c := range d {
		own += q[c] * x[i*d+c]
	}
	for j := 0; j < len(x); j += d {
		s := -own
		for c := range d {
			s += q[c] * x[j+c]
		}
		sum += math.Exp(s)
	}
	return 1 / sum
}

// climb improves a query by plain projected gradient ascent.
func climb(x []float64, d, i int, radius float64) float64 {
	q := make([]float64, d)
	best := 0.0
	for step := 1.0; step > 1e-3; step /= 1.5 {
		for range 50 {
			g := make([]float64, d)
			w := softmax(x, d, q, i)
			best = math.Max(best, w)
			for c := range d {
				h := append([]float64(nil), q...)
				h[c] += 1e-6
				g[c] = (math.Log(softmax(x, d, h, i)) - math.Log(w)) / 1e-6
			}
			size := math.Max(norm(g), 1e-300)
			for c := range d {
				q[c] += step * radius * g[c] / size
			}
			if s := norm(q); s > radius {
				for c := range d {
					q[c] *= radius / s
				}
			}
		}
	}
	return best
}

// TestCausal compares deaths with deciding every prefix, and checks proofs.
func TestCausal(t *testing.T) {
	for _, d := range []int{1, 2, 3, 6} {
		const n = 90
		x := gaussian(uint64(d), n, d)
		for i := range x { // some equal keys
			if i >= 30*d && i < 40*d {
				x[i] = x[i-25*d]
			}
		}
		_, causal, err := keyhull.DecideCausal(context.Background(), keyhull.Float64(x, d), keyhull.Options{})
		if err != nil {
			t.Fatal(err)
		}
		death := make([]int, n)
		for p := n; p >= 1; p-- {
			r := decide(t, keyhull.Float64(x[:p*d], d), keyhull.Options{Margins: keyhull.MarginNone})
			for i := range p {
				if p == n {
					death[i] = -1
				}
				if r.Keys[i].Verdict.Unselectable() {
					death[i] = p - 1
				}
			}
		}
		for i, c := range causal {
			if c.Death != death[i] {
				t.Errorf("d=%d key %d dies at %d, want %d", d, i, c.Death, death[i])
			}
			for _, b := range c.Basis {
				if b > c.Death {
					t.Errorf("d=%d key %d: basis %v reaches past %d", d, i, c.Basis, c.Death)
				}
			}
			if c.Query != nil && !winsAmong(x, d, c.Query, i, c.Death) {
				t.Errorf("d=%d key %d: query does not win before %d", d, i, c.Death)
			}
		}
	}
}

func winsAmong(x []float64, d int, q []float64, i, count int) bool {
	for j := range count {
		s, same := 0.0, true
		for c := range d {
			s += q[c] * (x[i*d+c] - x[j*d+c])
			same = same && x[i*d+c] == x[j*d+c]
		}
		if s <= 0 && !same {
			return false
		}
	}
	return true
}

// TestBoundsBelowTheLeast: counts by rounding are those of exact margins, at any
// threshold that the options name.
func TestBoundsBelowTheLeast(t *testing.T) {
	k := keyhull.Float64(gaussian(5, 300, 6), 6)
	exact := decide(t, k, keyhull.Options{})
	for _, least := range []float64{0, 1e-9, 0.05, 0.3, 10} {
		bound := decide(t, k, keyhull.Options{Margins: keyhull.MarginBound, MinMargin: least})
		if least == 0 {
			least = keyhull.DefaultMinMargin
		}
		if a, b := exact.Counts(least), bound.Counts(least); a != b {
			t.Errorf("below %g: %+v with exact margins, %+v with bounds", least, a, b)
		}
		for i, key := range bound.Keys {
			if m := exact.Keys[i]; key.RelativeMargin < least && math.Abs(key.Margin-m.Margin) > 1e-12*m.Margin || key.Margin > m.Margin*(1+1e-12) {
				t.Errorf("key %d below %g: %v, exactly %v", i, least, key.Margin, m.Margin)
			}
		}
	}
}
