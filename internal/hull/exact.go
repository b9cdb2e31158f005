package hull

import (
	"math"
	"math/big"
)

// Verdict of a point; the order is that of package keyhull.
type Verdict uint8

const (
	Selectable Verdict = iota
	Tied
	Face
	Interior
)

// rung says which step of the ladder gave an answer.
type rung uint8

const (
	undecided rung = iota
	byScan
	byWalk
	byExact
	byPlane
)

// answer is the verdict of one rep with its proof. Indices are places in reps.
type answer struct {
	rung    rung
	verdict Verdict
	own     int32      // if not 0: query is the direction to point own−1 (lean sets)
	query   []float64  // in the source's coordinates
	exact   []*big.Rat // when no float query was proved, and for faces
	bases   [][]int32
	weights [][]float64
	gap     float64 // lower bound of query·(x_p − x_j)/|query|, working units
}

// decideExact decides rep p in exact arithmetic (see lp). hints are points to
// try first when looking for a direction in which p lies on the boundary.
func (t *set) decideExact(p int, hints []int32) answer {
	a := t.decideAmong(p, t.n())
	if a.verdict == Selectable {
		return a
	}
	return t.faceOrInterior(p, a, hints)
}

// faceOrInterior looks for bases of p until their union spans the affine hull
// (p is interior) or a query supports the hull at p without tying all (face).
func (t *set) faceOrInterior(p int, a answer, hints []int32) answer {
	for _, prime := range rankPrimes {
		sp := newSpan(t.src, prime, int(t.reps[p]))
		for _, b := range a.bases {
			t.extend(sp, b)
		}
		for k := 0; k < len(hints)+t.n() && len(sp.cols) < t.rank; k++ {
			f := k - len(hints)
			if k < len(hints) {
				f = int(hints[k])
			}
			if f == p || sp.reduce(int(t.reps[f])) < 0 {
				continue
			}
			l := &lp{t: t, p: p, count: t.n()}
			support := l.solve(t.difference(p, f))
			if support == nil {
				a.verdict, a.exact = Face, t.fractions(l.y)
				a.bases, a.weights = a.bases[:1], a.weights[:1]
				return a
			}
			a.addBasis(append([]int{f}, support...), append([]*big.Int{&l.det}, l.weights()...))
			t.extend(sp, a.bases[len(a.bases)-1])
		}
		if len(sp.cols) == t.rank {
			return a
		}
	}
	panic("hull: internal error: bases span nothing modulo three primes")
}

func (t *set) extend(sp *span, basis []int32) {
	for _, j := range basis {
		sp.add(int(t.reps[j]))
	}
}

// addBasis appends a basis with weights in the ratio of those given.
func (a *answer) addBasis(support []int, weights []*big.Int) {
	basis := make([]int32, len(support))
	for k, j := range support {
		basis[k] = int32(j)
	}
	a.bases, a.weights = append(a.bases, basis), append(a.weights, shares(weights))
}

// weights are det times the weights of the support.
func (l *lp) weights() (w []*big.Int) {
	for i, b := range l.basis {
		if b >= 0 && l.x[i].Sign() > 0 {
			w = append(w, &l.x[i])
		}
	}
	return w
}

// shares divides numbers, not all 0, by their sum and rounds.
func shares(x []*big.Int) []float64 {
	var sum big.Int
	for _, v := range x {
		sum.Add(&sum, v)
	}
	w := make([]float64, len(x))
	for i, v := range x {
		w[i], _ = new(big.Rat).SetFrac(v, &sum).Float64()
	}
	return w
}

func copyInts(dst, src []big.Int) {
	for c := range src {
		dst[c].Set(&src[c])
	}
}

// difference returns x_p − x_f.
func (t *set) difference(p, f int) []big.Int {
	z := make([]big.Int, t.dim)
	a, b := t.exactRow(p), t.exactRow(f)
	for c := range z {
		z[c].Sub(&a[c], &b[c])
	}
	return z
}

// fractions turns prices of integer coordinates into a query of the source's
// coordinates; dropped coordinates get 0.
func (t *set) fractions(y []big.Int) []*big.Rat {
	q := make([]*big.Rat, t.src.Dim())
	for c := range q {
		q[c] = new(big.Rat)
	}
	low := math.MaxInt32
	for c := range t.cols {
		low = min(low, -t.shift[c])
	}
	for c, col := range t.cols { // times 2^−low: an integer query
		q[col].SetInt(new(big.Int).Lsh(&y[c], uint(-t.shift[c]-low)))
	}
	return q
}

// vertexByPrices proves p a vertex of the first count points by the query y,
// rounded to float64 where that still is a proof.
func (t *set) vertexByPrices(p int, y []big.Int, count int) answer {
	a := answer{rung: byExact, verdict: Selectable, exact: t.fractions(y)}
	top := math.MinInt32
	for c := range y {
		if y[c].Sign() != 0 {
			top = max(top, y[c].BitLen()-t.shift[c])
		}
	}
	q := make([]float64, t.src.Dim())
	for c, col := range t.cols {
		q[col], _ = toFloat(&y[c], -t.shift[c]-top)
	}
	if gap, ok := t.proveAmong(p, q, count); ok {
		a.query, a.exact, a.gap = q, nil, gap
	}
	return a
}
