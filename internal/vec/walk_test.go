package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// walkFrom begins a walk in the simplex 0, 100·e1, …, 100·ed, whose corners are rows
// 0 … d, and lists the other rows as known points.
func walkFrom(w *Walk, rows []float64, d int) (known Panels32, ids []int32) {
	known.Reset(d)
	for j := d + 1; j < len(rows)/d; j++ {
		known.Append(rows[j*d : (j+1)*d])
		ids = append(ids, int32(j))
	}
	for i := range d + 1 {
		w.Basis[i] = int32(i)
		for c := range d {
			w.M[c][i] = 0
			if i == 0 {
				w.M[c][i] = -0.01
			} else if c == i-1 {
				w.M[c][i] = 0.01
			}
		}
		w.M[d][i] = 0
	}
	w.M[d][0] = 1
	return known, ids
}

// checkWalk holds the state of a walk to target x against what it should be.
func checkWalk(t *testing.T, w *Walk, rows, x []float64, d int) {
	t.Helper()
	one := func(i int, y []float64) float64 {
		s := w.M[d][i]
		for c, v := range y {
			s += w.M[c][i] * v
		}
		return s
	}
	tau, lambda := 0.0, 0.0
	for i := range d + 1 {
		for j, b := range w.Basis[:d+1] {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := one(i, rows[int(b)*d:][:d]); math.Abs(got-want) > 1e-7 {
				t.Fatalf("d=%d: corner %d has coordinate %d %v", d, j, i, got)
			}
		}
		if got := one(i, x); math.Abs(got-w.Tau[i]) > 1e-7*(1+math.Abs(got)) {
			t.Fatalf("d=%d: coordinate %d of the target is %v, not %v", d, i, got, w.Tau[i])
		}
		if w.Lambda[i] < -1e-9 {
			t.Fatalf("d=%d: the point reached is outside: %v", d, w.Lambda)
		}
		tau, lambda = tau+w.Tau[i], lambda+w.Lambda[i]
	}
	if math.Abs(tau-1) > 1e-7 || math.Abs(lambda-1) > 1e-7 {
		t.Fatalf("d=%d: sums %v and %v", d, tau, lambda)
	}
}

// TestWalk walks to points in and around a ball of known ones. Where it stops inside,
// the target is in the simplex; where it is stuck, no known point is beyond the facet
// and clearly farther than the target.
func TestWalk(t *testing.T) {
	if NewWalk(3) == nil {
		t.Skip("this level has no walks")
	}
	r := rand.New(rand.NewPCG(27, 28))
	stops := [3]int{}
	for range 400 {
		d := 1 + r.IntN(WalkDim)
		w := NewWalk(d)
		n := r.IntN(300)
		rows := append(make([]float64, d*(d+1)), fill(n*d, func() float64 { return 10 + r.NormFloat64() })...)
		for i := range d {
			rows[(i+1)*d+i] = 100
		}
		known, ids := walkFrom(w, rows, d)
		x := fill(d, func() float64 { return 10 + 1.5*r.NormFloat64() })
		w.Aim(x)
		checkWalk(t, w, rows, x, d)
		why, facet := w.Run(rows, &known, r.IntN(4), ids, -1, 0, 500)
		checkWalk(t, w, rows, x, d)
		stops[why]++
		if why == Inside && slices.Min(w.Tau[:d+1]) < -1e-13 {
			t.Errorf("d=%d: stopped inside at %v", d, w.Tau)
		}
		if why != Stuck {
			continue
		}
		for j := range n {
			s := w.M[d][facet]
			for c, v := range rows[(d+1+j)*d:][:d] {
				s += w.M[c][facet] * v
			}
			if -s > 1e-4 && -s > -w.Tau[facet]*(1+1e-4) {
				t.Errorf("d=%d: stuck at facet %d with point %d at %v, the target at %v", d, facet, j, s, w.Tau[facet])
			}
			if math.Abs(float64(w.Q[0])+w.M[0][facet]) > 1e-6*math.Abs(w.M[0][facet]) {
				t.Errorf("d=%d: query %v is not that of facet %d", d, w.Q, facet)
			}
		}
	}
	if stops[Inside] < 20 || stops[Stuck] < 20 {
		t.Errorf("inside %d times, stuck %d", stops[Inside], stops[Stuck])
	}
}

// TestWalkEnters: a point that is given replaces the corner at once, and a walk that
// may pivot once no more stops for that.
func TestWalkEnters(t *testing.T) {
	if NewWalk(3) == nil {
		t.Skip("this level has no walks")
	}
	const d = 3
	w := NewWalk(d)
	rows := []float64{0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100, 150, 150, 150, 50, 60, 70, 1, 1, 1}
	known, ids := walkFrom(w, rows, d)
	x := []float64{80, 81, 82}
	w.Aim(x)
	if why, _ := w.Run(rows, &known, 1, ids, -1, 0, 1); why != Long || w.Basis[0] != 4 {
		t.Errorf("%v, basis %v", why, w.Basis)
	}
	walkFrom(w, rows, d)
	none := Panels32{Dim: d}
	w.Aim(x)
	why, facet := w.Run(rows, &none, 0, nil, -1, 0, 9)
	if why != Stuck || facet != 0 {
		t.Fatalf("%v at %d", why, facet)
	}
	why, _ = w.Run(rows, &none, 0, nil, 4, facet, 9)
	if checkWalk(t, w, rows, x, d); why != Inside || w.Basis[0] != 4 {
		t.Errorf("%v, basis %v", why, w.Basis)
	}
	mustPanic(t, func() { w.Run(rows, &known, 1, nil, -1, 0, 9) })
}
