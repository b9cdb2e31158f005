package audit

import (
	"math"
	"math/big"
	"testing"
)

// checkProofs holds every proof against its definition, in fractions.
func checkProofs(t *testing.T, h *Head, r *HeadResult, positions []int) {
	t.Helper()
	for m, reach := range r.Reach {
		for _, p := range reach.Proofs {
			if e := h.Maps[m].at(p.Position, h.Width); p.State != nil && !e.selects(h, p.Key, p.State) {
				t.Errorf("map %d, key %d: its state does not select it", m, p.Key)
			}
			for k, b := range p.Barriers {
				place := -1
				if h.Maps[m].Rotate != nil {
					place = positions[k]
				}
				if e := h.Maps[m].at(place, h.Width); !e.barred(h, p.Key, b) {
					t.Errorf("map %d, key %d: no barrier", m, p.Key)
				}
			}
		}
	}
}

// selects: ‖z‖ ≤ radius, and A·z + c scores key i above all that differ.
func (e *ellipsoid) selects(h *Head, i int, z []float64) bool {
	square := new(big.Rat)
	for _, v := range z {
		square.Add(square, times(exactly(v), exactly(v)))
	}
	if square.Cmp(times(exactly(e.radius), exactly(e.radius))) > 0 {
		return false
	}
	q := e.exactQuery(z)
	for j := range h.N {
		lead := new(big.Rat)
		for c := range q {
			d := new(big.Rat).Sub(exactly(float64(h.key(i)[c])), exactly(float64(h.key(j)[c])))
			lead.Add(lead, times(q[c], d))
		}
		if lead.Sign() <= 0 && !equal(h.key(i), h.key(j)) {
			return false
		}
	}
	return true
}

// barred: with v = Σ λ_j (k_i − k_j), c·v ≤ 0 and (c·v)² ≥ radius²·‖Aᵀv‖².
func (e *ellipsoid) barred(h *Head, i int, b Barrier) bool {
	v := make([]*big.Rat, h.Width)
	own := new(big.Rat)
	for c := range v {
		v[c] = new(big.Rat)
		for n, j := range b.Keys {
			d := new(big.Rat).Sub(exactly(float64(h.key(i)[c])), exactly(float64(h.key(j)[c])))
			v[c].Add(v[c], times(exactly(b.Weights[n]), d))
		}
		own.Add(own, times(exactly(e.c[c]), v[c]))
	}
	square, sum := new(big.Rat), new(big.Rat)
	for d := range e.dim {
		w := new(big.Rat)
		for c := range v {
			w.Add(w, times(exactly(e.row(c)[d]), v[c]))
		}
		square.Add(square, times(w, w))
		sum.Add(sum, w)
	}
	if e.projected {
		square.Sub(square, times(times(sum, sum), big.NewRat(1, int64(e.dim))))
	}
	return own.Sign() <= 0 && times(own, own).Cmp(times(square, times(exactly(e.radius), exactly(e.radius)))) >= 0
}

// RMSNorm of queries changes their lengths only, so that a map without it and with
// its gain tells which keys they select.
func TestReachUnderQKNorm(t *testing.T) {
	r := newDraws(3)
	h := r.head(40, 3, 1)
	gain := []float32{1, -2, 0.5}
	m := QueryMap{Dim: 5, A: r.normals(15, 1), C: r.normals(3, 3), Radius: 1}
	with := QueryMap{Dim: 5, A: make([]float32, 15), C: make([]float32, 3), Radius: 1}
	for c, g := range gain {
		with.C[c] = g * m.C[c]
		for d := range 5 {
			with.A[c*5+d] = g * m.A[c*5+d]
		}
	}
	h.Maps = []QueryMap{with}
	keys := analyze(t, h, Options{}).Reach[0].Keys
	e, won := m.at(-1, 3), map[int]bool{}
	for range 5000 {
		z := make([]float64, 5)
		for c := range z {
			z[c] = r.NormFloat64()
		}
		scaleBy(z, 1/norm2(z))
		q := e.apply(z)
		scaleBy(q, math.Sqrt(3)/norm2(q))
		for c, g := range gain {
			q[c] *= float64(g)
		}
		won[argmax(&h, q)] = true
	}
	reachable := 0
	for i, k := range keys {
		if won[i] && k != CanReach {
			t.Errorf("key %d wins; it is %v", i, k)
		}
		if k == CanReach {
			reachable++
		}
	}
	if reachable < 3 || len(won) < reachable-2 {
		t.Errorf("%d win, %d are reachable", len(won), reachable)
	}
}

// A map that makes one query only, keys that are all equal, a single key.
func TestReachOfTrivialMaps(t *testing.T) {
	constant := QueryMap{Dim: 3, A: make([]float32, 6), C: []float32{1, 0}, Radius: 1}
	for name, c := range map[string]struct {
		head Head
		want []Reachable
	}{
		"one query":  {Head{N: 4, Width: 2, Keys: []float32{0, 1, 3, 0, 0, -1, -2, 0}}, []Reachable{Unreachable, CanReach, Unreachable, Unreachable}},
		"equal keys": {Head{N: 2, Width: 2, Keys: []float32{1, 2, 1, 2}}, []Reachable{CanReach, CanReach}},
		"one key":    {Head{N: 1, Width: 2, Keys: []float32{1, 2}}, []Reachable{CanReach}},
	} {
		c.head.Maps = []QueryMap{constant}
		r := analyze(t, c.head, Options{Certificates: true})
		for i, k := range r.Reach[0].Keys {
			if k != c.want[i] {
				t.Errorf("%s, key %d: %v", name, i, k)
			}
		}
		checkProofs(t, &c.head, r, nil)
	}
	zero := constant
	zero.C = nil
	h := Head{N: 2, Width: 2, Keys: []float32{0, 1, 3, 0}, Maps: []QueryMap{zero}}
	for i, k := range analyze(t, h, Options{}).Reach[0].Keys {
		if k == CanReach {
			t.Errorf("key %d is reached by the zero query", i)
		}
	}
}
