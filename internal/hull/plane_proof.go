package hull

import (
	"math"
	"math/big"
	"slices"
)

// planeFace proves p on the edge from a to b by the edge's outer normal.
func (t *set) planeFace(a, b, p int32) answer {
	n := t.normal(a, b)
	return answer{rung: byPlane, verdict: Face, exact: t.fractions(n),
		bases: [][]int32{{a, b}}, weights: [][]float64{t.planeWeights([]int32{a, b}, p)}}
}

// normal is the outer normal of the counter-clockwise edge from a to b.
func (t *set) normal(a, b int32) []big.Int {
	e := t.difference(int(b), int(a))
	n := make([]big.Int, 2)
	n[0].Set(&e[1])
	n[1].Neg(&e[0])
	return n
}

// planeVertex proves v, between its neighbours a and b on the hull, by the
// mean of the two edges' normals. Winning against the neighbours is winning
// against all: a linear function on a convex polygon has no other local maximum.
func (t *set) planeVertex(a, v, b int32) answer {
	var q [2]float64
	for _, e := range [2][2]int32{{a, v}, {v, b}} {
		dx, dy := t.w[2*e[1]]-t.w[2*e[0]], t.w[2*e[1]+1]-t.w[2*e[0]+1]
		l := math.Hypot(dx, dy)
		q[0], q[1] = q[0]+dy/l, q[1]-dx/l
	}
	for _, short := range []bool{true, false} {
		w := q
		if short {
			w[0], w[1] = float64(float32(q[0])), float64(float32(q[1]))
		}
		if src, _, ok := t.sourceQuery(w[:]); ok && t.beats(src, w, v, a) && t.beats(src, w, v, b) {
			return answer{rung: byPlane, verdict: Selectable, query: src}
		}
	}
	n, m := t.normal(a, v), t.normal(v, b)
	for c := range n {
		n[c].Add(&n[c], &m[c])
	}
	return answer{rung: byPlane, verdict: Selectable, exact: t.fractions(n)}
}

// beats reports that the query scores v strictly above x.
func (t *set) beats(src []float64, q [2]float64, v, x int32) bool {
	s, bound := 0.0, tiny
	for c := range 2 {
		d := t.w[2*int(v)+c] - t.w[2*int(x)+c]
		s += q[c] * d
		bound += math.Abs(q[c]) * (8*unit*math.Abs(d) + 2*t.err[c])
	}
	if s > bound {
		return true
	}
	return !math.IsNaN(s) && t.newExactQuery(src).compare(int(v), int(x)) > 0
}

// planeWeights are the barycentric weights of p on two or three points.
func (t *set) planeWeights(b []int32, p int32) []float64 {
	at := func(i int32) (x, y float64) { return t.w[2*i], t.w[2*i+1] }
	px, py := at(p)
	ax, ay := at(b[0])
	bx, by := at(b[1])
	if len(b) == 2 {
		s := ((px-ax)*(bx-ax) + (py-ay)*(by-ay)) / ((bx-ax)*(bx-ax) + (by-ay)*(by-ay))
		return t.unlessExact([]float64{1 - s, s}, b, p)
	}
	cx, cy := at(b[2])
	det := (bx-ax)*(cy-ay) - (by-ay)*(cx-ax)
	s := ((px-ax)*(cy-ay) - (py-ay)*(cx-ax)) / det
	u := ((bx-ax)*(py-ay) - (by-ay)*(px-ax)) / det
	return t.unlessExact([]float64{1 - s - u, s, u}, b, p)
}

// unlessExact returns the weights of p on two or three points, computed anew in
// integers unless all are positive: they are on a line the distances to the
// other point, in a plane the areas of the triangles with the other two.
func (t *set) unlessExact(w []float64, b []int32, p int32) []float64 {
	if !slices.ContainsFunc(w, func(v float64) bool { return !(v > 0 && v < 1) }) {
		return w
	}
	x := make([]*big.Int, len(b))
	for i := range b {
		u := t.difference(int(b[(i+1)%len(b)]), int(p))
		if len(b) == 3 {
			v := t.difference(int(b[(i+2)%3]), int(p))
			x[i] = new(big.Int).Sub(new(big.Int).Mul(&u[0], &v[1]), new(big.Int).Mul(&u[1], &v[0]))
		} else if x[i] = &u[0]; x[i].Sign() == 0 && len(u) == 2 {
			x[i] = &u[1]
		}
		x[i].Abs(x[i])
	}
	return shares(x)
}
