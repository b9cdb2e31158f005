package audit

import (
	"math"
	"testing"

	"keyhull"
)

// circle is n keys on a circle, whose float32 numbers are all vertices.
func circle(n int) Head {
	h := Head{N: n, Width: 2, Keys: make([]float32, 2*n)}
	for i := range n {
		y, x := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		h.Keys[2*i], h.Keys[2*i+1] = float32(x), float32(y)
	}
	return h
}

// identity is the map z + c.
func identity(dim int, radius float64, c ...float32) QueryMap {
	m := QueryMap{Dim: dim, A: make([]float32, dim*dim), C: c, Radius: radius}
	for k := range dim {
		m.A[k*dim+k] = 1
	}
	return m
}

// Queries (2,0) + z, ‖z‖ ≤ 1, have the angles −30° to 30°. Of 36 keys on a
// circle the one at angle θ wins from θ−5° to θ+5°.
func TestReachOnACircle(t *testing.T) {
	h := circle(36)
	turn := identity(2, 1, 2, 0)
	turn.Rotate = func(position int, q []float64) {
		for range position % 4 {
			q[0], q[1] = -q[1], q[0]
		}
	}
	deep := identity(2, 2.5, 2, 0)
	h.Maps = []QueryMap{identity(2, 1, 2, 0), turn, deep}
	r := analyze(t, h, Options{Certificates: true, Positions: []int{1}})
	for i := range h.N {
		if got, want := r.Reach[0].Keys[i] == CanReach, i <= 3 || i >= 33; got != want || r.Reach[0].Keys[i] == Undecided {
			t.Errorf("key at %d°: %v", 10*i, r.Reach[0].Keys[i])
		}
		if r.Reach[1].Keys[(i+9)%36] != r.Reach[0].Keys[i] {
			t.Errorf("key at %d°, turned by 90°: %v", 10*i, r.Reach[0].Keys[i])
		}
	}
	if w := r.Reach[0]; w.Whole || abs(w.Depth-2) > 1e-9 || w.Reachable != 7 || w.Unreachable != 29 {
		t.Errorf("whole %v, depth %v, %d and %d", w.Whole, w.Depth, w.Reachable, w.Unreachable)
	}
	if w := r.Reach[2]; !w.Whole || abs(w.Depth-0.8) > 1e-9 || w.Reachable != 36 {
		t.Errorf("whole %v, depth %v, %d", w.Whole, w.Depth, w.Reachable)
	}
	checkProofs(t, &h, r, []int{1})
}

func argmax(h *Head, q []float64) (top int) {
	best := math.Inf(-1)
	for i := range h.N {
		s := 0.0
		for c, v := range h.key(i) {
			s += q[c] * float64(v)
		}
		if s > best {
			top, best = i, s
		}
	}
	return top
}

// apply is A·z + c as it is defined.
func (e *ellipsoid) apply(z []float64) []float64 {
	mean := 0.0
	for _, v := range z {
		mean += v / float64(len(z))
	}
	if !e.projected {
		mean = 0
	}
	q := append([]float64(nil), e.c...)
	for c := range q {
		for d, v := range z {
			switch {
			case e.diag == nil:
				q[c] += e.row(c)[d] * (v - mean)
			case d == c:
				q[c] += e.diag[c] * (v - mean)
			}
		}
	}
	return q
}

// No key that wins under a sampled state is unreachable, none is left
// undecided, and nearly all that are reachable are sampled.
func TestReachAgainstSampling(t *testing.T) {
	unreachable, sampled, reachable := 0, 0, 0
	for seed := range uint64(24) {
		r := newDraws(seed)
		width := 2 + r.IntN(2)
		h := r.head(10+r.IntN(20), width, 1)
		dim := width + r.IntN(4)
		m := QueryMap{Dim: dim, A: r.normals(width*dim, 1), C: r.normals(width, 2), Radius: 0.7, Projected: seed%3 == 0}
		h.Maps = []QueryMap{m}
		res := analyze(t, h, Options{Certificates: true})
		checkProofs(t, &h, res, nil)
		e := m.at(-1, width)
		won := make([]bool, h.N)
		for range 20000 {
			z := make([]float64, dim)
			for c := range z {
				z[c] = r.NormFloat64()
			}
			scaleBy(z, m.Radius/norm2(z))
			won[argmax(&h, e.apply(z))] = true
		}
		for i, k := range res.Reach[0].Keys {
			if k == Undecided || won[i] && k != CanReach {
				t.Errorf("seed %d, key %d: %v, sampled %v", seed, i, k, won[i])
			}
			if k == Unreachable && !res.Verdicts[i].Unselectable() {
				unreachable++
			}
			if won[i] {
				sampled++
			}
			if k == CanReach {
				reachable++
			}
		}
	}
	if unreachable < 30 || sampled < reachable*8/10 {
		t.Errorf("%d unreachable, %d sampled of %d reachable", unreachable, sampled, reachable)
	}
}

// Projecting states and taking the mean out of the columns is the same.
func TestProjectedIsTheProjectedMap(t *testing.T) {
	r := newDraws(5)
	h := r.head(40, 3, 2)
	a := r.normals(3*4, 8)
	for k, v := range a {
		a[k] = float32(math.Round(float64(v)))
	}
	b := make([]float32, len(a))
	for c := range 3 {
		mean := (a[4*c] + a[4*c+1] + a[4*c+2] + a[4*c+3]) / 4
		for d := range 4 {
			b[4*c+d] = a[4*c+d] - mean
		}
	}
	c := r.normals(3, 12)
	h.Maps = []QueryMap{{Dim: 4, A: a, C: c, Radius: 1, Projected: true}, {Dim: 4, A: b, C: c, Radius: 1}}
	got := analyze(t, h, Options{}).Reach
	for i := range h.N {
		if got[0].Keys[i] != got[1].Keys[i] {
			t.Errorf("key %d: %v and %v", i, got[0].Keys[i], got[1].Keys[i])
		}
	}
	if got[0].Unreachable == 0 || abs(got[0].Depth-got[1].Depth) > 1e-9 {
		t.Errorf("%d unreachable, depths %v, %v", got[0].Unreachable, got[0].Depth, got[1].Depth)
	}
}

// A map of rank 1 makes the queries (z, 1), |z| ≤ R: with keys (i, −i²/2), key i
// wins for z from i−1/2 to i+1/2.
func TestReachOnALine(t *testing.T) {
	h := Head{N: 21, Width: 2}
	for i := -10; i <= 10; i++ {
		h.Keys = append(h.Keys, float32(i), -float32(i*i)/2)
	}
	h.Maps = []QueryMap{{Dim: 1, A: []float32{1, 0}, C: []float32{0, 1}, Radius: 3.25}}
	r := analyze(t, h, Options{}).Reach[0]
	for k, got := range r.Keys {
		if want := abs(float64(k-10)) <= 3; want != (got == CanReach) || got == Undecided {
			t.Errorf("key %d: %v", k-10, got)
		}
	}
	if r.Whole || r.Depth != -1 {
		t.Errorf("%+v", r)
	}
}

// Where a radius ends exactly between two keys neither proof is possible in
// floats; the answer says so.
func TestReachLeavesWhatItCannotProve(t *testing.T) {
	h := Head{N: 3, Width: 2, Keys: []float32{0, 0, 1, -0.5, 2, -2}}
	h.Maps = []QueryMap{{Dim: 1, A: []float32{1, 0}, C: []float32{0, 1}, Radius: 1.5}}
	r := analyze(t, h, Options{}).Reach[0]
	if r.Keys[2] == CanReach || r.Keys[1] != CanReach {
		t.Errorf("%v", r.Keys)
	}
}

// Copies of a key do not keep it from being reached; an unselectable key never
// is.
func TestReachOfTiedAndInterior(t *testing.T) {
	h := Head{N: 5, Width: 2, Keys: []float32{4, 0, 4, 0, -4, 4, -4, -4, 0, 0}}
	h.Maps = []QueryMap{identity(2, 1, 2, 0)}
	r := analyze(t, h, Options{})
	want := []Reachable{CanReach, CanReach, Unreachable, Unreachable, Unreachable}
	for i, k := range r.Reach[0].Keys {
		if k != want[i] {
			t.Errorf("key %d (%v): %v", i, r.Verdicts[i], k)
		}
	}
	if r.Verdicts[0] != keyhull.Tied || r.Reach[0].Reachable != 2 || r.Reach[0].Unreachable != 2 {
		t.Errorf("%+v", r.Reach[0])
	}
}

// With many dimensions too all is decided, and every proof holds exactly; with
// too few steps what is left is called undecided.
func TestReachInManyDimensions(t *testing.T) {
	r := newDraws(6)
	h := r.real(70, 12, 1)
	h.Maps = []QueryMap{{Dim: 40, A: r.normals(12*40, 0.3), C: r.normals(12, 6), Radius: 3, Projected: true}}
	res := analyze(t, h, Options{Certificates: true})
	w := res.Reach[0]
	if w.Whole || w.Undecided > 0 || w.Reachable < 5 || w.Unreachable < 5 {
		t.Errorf("whole %v, %d reachable, %d unreachable, %d undecided", w.Whole, w.Reachable, w.Unreachable, w.Undecided)
	}
	checkProofs(t, &h, res, nil)
	few := analyze(t, h, Options{Reach: 2}).Reach[0]
	if few.Undecided == 0 || few.Reachable+few.Unreachable+few.Undecided != 70 {
		t.Errorf("%d undecided", few.Undecided)
	}
	for i, k := range few.Keys {
		if k != Undecided && k != w.Keys[i] {
			t.Errorf("key %d: %v and %v", i, k, w.Keys[i])
		}
	}
}
