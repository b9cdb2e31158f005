package hull

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"keyhull/internal/vec"
)

// decidePlane decides points whose affine hull has dimension 0, 1 or 2, by
// sorting.
func (t *set) decidePlane(answers []answer, workers int) error {
	switch t.rank {
	case 0:
		answers[0] = answer{rung: byPlane, verdict: Selectable, query: make([]float64, t.src.Dim())}
	case 1:
		t.decideLine(answers)
	default:
		h := t.planeHull()
		place := make([]int, t.n()) // in h, plus 1
		for k, p := range h {
			place[p] = k + 1
		}
		err := vec.ParallelErr((t.n()+1023)/1024, workers, func(k int) error {
			for p := k * 1024; p < min((k+1)*1024, t.n()); p++ {
				answers[p] = t.decideInPlane(h, place[p]-1, p)
			}
			return nil
		})
		return errors.Join(err, t.leadInPlane(h, answers, workers))
	}
	return nil
}

// leadInPlane finds how far each vertex's query puts it ahead of all others.
// On huge sets with many vertices that would take too long and stays 0.
func (t *set) leadInPlane(h []int32, answers []answer, workers int) error {
	if float64(len(h))*float64(t.n()) > 1e9 {
		return nil
	}
	return vec.ParallelErr(len(h), workers, func(k int) error {
		if a := &answers[h[k]]; a.query != nil {
			a.gap, _ = t.proveQuery(int(h[k]), a.query)
		}
		return nil
	})
}

// decideLine: the two ends are vertices, all between them interior.
func (t *set) decideLine(answers []answer) {
	order := t.sorted()
	first, last := order[0], order[len(order)-1]
	for _, p := range order {
		answers[p] = answer{rung: byPlane, verdict: Interior, bases: [][]int32{{first, last}}}
		a, b, x := t.w[first], t.w[last], t.w[p]
		s := (x - a) / (b - a)
		answers[p].weights = [][]float64{t.unlessExact([]float64{1 - s, s}, []int32{first, last}, p)}
	}
	for p, sign := range map[int32]float64{first: -1, last: 1} {
		q := make([]float64, t.src.Dim())
		q[t.cols[0]] = sign
		answers[p] = answer{rung: byPlane, verdict: Selectable, query: q}
		answers[p].gap, _ = t.proveQuery(int(p), q)
	}
}

// sorted lists the points by coordinates, compared exactly.
func (t *set) sorted() []int32 {
	order := upTo(t.n())
	slices.SortFunc(order, func(a, b int32) int {
		for c := range t.dim {
			if s := t.compareCoord(int(a), int(b), c); s != 0 {
				return s
			}
		}
		return 0
	})
	return order
}

// compareCoord is the sign of x_ac − x_bc.
func (t *set) compareCoord(a, b, c int) int {
	switch d := t.w[a*t.dim+c] - t.w[b*t.dim+c]; {
	case d > 3*t.err[c]:
		return 1
	case d < -3*t.err[c]:
		return -1
	}
	return t.exactRow(a)[c].Cmp(&t.exactRow(b)[c])
}

// planeHull returns the vertices counter-clockwise (Andrew's monotone chain).
func (t *set) planeHull() []int32 {
	order := t.sorted()
	half := func(order []int32) []int32 {
		var h []int32
		for _, p := range order {
			for len(h) >= 2 && t.turn(h[len(h)-2], h[len(h)-1], p) <= 0 {
				h = h[:len(h)-1]
			}
			h = append(h, p)
		}
		return h[:len(h)-1]
	}
	lower := half(order)
	slices.Reverse(order)
	return append(lower, half(order)...)
}

// turn is the sign of (b − a) × (c − a): 1 when a, b, c turn left. In floats
// when the error bound allows, else exactly (Shewchuk 1997 in spirit: the
// filter's bound is coarser, covers coordinate errors and underflow).
func (t *set) turn(a, b, c int32) int {
	w, e := t.w, max(t.err[0], t.err[1])
	bx, by := w[2*b]-w[2*a], w[2*b+1]-w[2*a+1]
	cx, cy := w[2*c]-w[2*a], w[2*c+1]-w[2*a+1]
	l, r := bx*cy, by*cx
	size := math.Abs(bx) + math.Abs(by) + math.Abs(cx) + math.Abs(cy)
	bound := 8*unit*(math.Abs(l)+math.Abs(r)) + 4*e*(size+4*e) + tiny
	if d := l - r; d > bound {
		return 1
	} else if d < -bound {
		return -1
	}
	u, v := t.difference(int(b), int(a)), t.difference(int(c), int(a))
	var x, y big.Int
	return x.Mul(&u[0], &v[1]).Cmp(y.Mul(&u[1], &v[0]))
}

// decideInPlane decides p, which is vertex k of the hull h if k ≥ 0.
func (t *set) decideInPlane(h []int32, k, p int) answer {
	q := int32(p)
	if k >= 0 {
		return t.planeVertex(h[(k+len(h)-1)%len(h)], q, h[(k+1)%len(h)])
	}
	k = t.wedge(h, q)
	for _, e := range [][2]int32{{h[0], h[1]}, {h[k], h[k+1]}, {h[len(h)-1], h[0]}} {
		if t.turn(e[0], e[1], q) == 0 {
			return t.planeFace(e[0], e[1], q)
		}
	}
	a := answer{rung: byPlane, verdict: Interior}
	if t.turn(h[0], h[k], q) != 0 && t.turn(h[0], h[k+1], q) != 0 {
		a.bases = [][]int32{{h[0], h[k], h[k+1]}}
	} else {
		a.bases = t.diagonal(h, k, q)
	}
	for _, b := range a.bases {
		a.weights = append(a.weights, t.planeWeights(b, q))
	}
	return a
}

// wedge finds k ≥ 1 such that p is in the triangle h_0, h_k, h_k+1.
func (t *set) wedge(h []int32, p int32) int {
	lo, hi := 1, len(h)-2
	for lo < hi { // the last k with p on or left of h_0 → h_k
		if mid := (lo + hi + 1) / 2; t.turn(h[0], h[mid], p) >= 0 {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// diagonal handles p on the diagonal from h_0 to h_k or h_k+1: a triangle at
// h_1 has it inside, or it lies on two diagonals that cross.
func (t *set) diagonal(h []int32, k int, p int32) [][]int32 {
	if t.turn(h[0], h[k], p) != 0 {
		k++
	}
	turned := append(slices.Clone(h[1:]), h[0])
	j := t.wedge(turned, p)
	a, b := t.turn(turned[0], turned[j], p), t.turn(turned[0], turned[j+1], p)
	if a != 0 && b != 0 {
		return [][]int32{{turned[0], turned[j], turned[j+1]}}
	}
	if a != 0 {
		j++
	}
	return [][]int32{{h[0], h[k]}, {turned[0], turned[j]}}
}
