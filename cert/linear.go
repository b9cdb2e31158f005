package cert

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// whole returns q times a positive number that makes it integers; nil if q has
// not dim finite numbers.
func (q *Query) whole(dim int) []*big.Int {
	if q == nil || len(q.Float)+len(q.Exact) != dim || slices.ContainsFunc(q.Float, infinite) {
		return nil
	}
	out, e, common := make([]*big.Int, 0, dim), lowest(q.Float), big.NewInt(1)
	for _, v := range q.Float {
		out = append(out, whole(v, e))
	}
	for _, v := range q.Exact { // common becomes the least common denominator
		g := new(big.Int).GCD(nil, nil, common, v.Denom())
		common.Mul(common, g.Quo(v.Denom(), g))
	}
	for _, v := range q.Exact {
		m := new(big.Int).Quo(common, v.Denom())
		out = append(out, m.Mul(m, v.Num()))
	}
	return out
}

// ties lists the keys before limit that the query scores as high as key i. The
// error says that it scores one higher, or is none.
func (k *Keys) ties(query *Query, i, limit int) (tied []int, err error) {
	q := query.whole(k.dim)
	if q == nil {
		return nil, errors.New("has no query of the right length")
	}
	top, room := 1, 30-big.NewInt(int64(k.dim)).BitLen()
	for c, v := range q {
		top = max(top, v.BitLen()+k.bits[c])
	}
	// q is r + δ, 0 ≤ δ < 1, in other units; the keys are near + η. A difference
	// of scores is off by Σ δ·(near − near') + (r + δ)·(η − η') at most slack.
	slack, r := int64(0), make([]int64, k.dim)
	for c, v := range q {
		v = new(big.Int).Lsh(v, uint(k.bits[c]+room))
		r[c] = v.Rsh(v, uint(top)).Int64()
		slack += max(r[c], -r[c]) + 1<<31 + 1
	}
	own := dot(r, k.near[i*k.dim:])
	for j := range limit {
		if j == i || dot(r, k.near[j*k.dim:]) < own-slack {
			continue
		}
		higher := new(big.Int)
		for c, v := range q {
			d := k.diff(j, i, c)
			higher.Add(higher, d.Mul(d, v))
		}
		if higher.Sign() > 0 {
			return nil, fmt.Errorf("the query scores key %d higher", j)
		} else if higher.Sign() == 0 {
			tied = append(tied, j)
		}
	}
	return tied, nil
}

// dot is Σ r·x below 2^61.
func dot(r []int64, x []int32) (sum int64) {
	x = x[:len(r)]
	for c, v := range r {
		sum += v * int64(x[c])
	}
	return sum
}

// convex reports why key p is not a convex combination, with all weights > 0, of
// a basis: affinely independent keys before limit.
func (k *Keys) convex(p int, basis []int, limit int) error {
	for _, j := range basis {
		if j < 0 || j >= limit || j == p {
			return fmt.Errorf("contains key %d: the key itself, or out of range", j)
		}
	}
	n, rank := len(basis), len(k.cols)
	if n < 2 || n > rank+1 {
		return fmt.Errorf("has %d keys, not 2 to %d", n, rank+1)
	}
	if n == rank+1 && k.clearlyInside(p, basis) {
		return nil
	}
	w := kernel(rank, n, func(c, b int) *big.Int { return k.diff(basis[b], p, k.cols[c]) })
	if w == nil || slices.ContainsFunc(w, func(v *big.Int) bool { return v.Sign()*w[0].Sign() <= 0 }) {
		return errors.New("does not give the key, or not in one way with all weights > 0")
	}
	return nil
}

// clearlyInside proves, where it can, that p lies inside the simplex of a basis
// that spans the affine hull. Float64 proposes for each vertex i the normal r of
// the facet opposite; integers then decide. Rounding changes no r·x by more than
// ρ = Σ|r|, so f(x) = r·x − h, where h is ρ above the highest r·x of the other
// vertices, is ≤ 0 on these. Asked are f(p) > 0 and that f has a sum > 0 over all
// vertices. This is enough: let the unique weights w be lowest at i, w_i ≤ 0; then
// f(p) = w_i·Σ_j f(x_j) + Σ_j (w_j − w_i)·f(x_j) ≤ 0. And the f(x_j) dominate their
// diagonal, so the vertices are independent.
func (k *Keys) clearlyInside(p int, basis []int) bool {
	n := len(basis)
	lifted := func(j int) (x []int32) {
		for _, c := range k.cols {
			x = append(x, k.near[j*k.dim+c])
		}
		return append(x, 1<<30)
	}
	x, key, room := make([][]int32, n), lifted(p), 30-big.NewInt(int64(n)).BitLen()
	for b, j := range basis {
		x[b] = lifted(j)
	}
	for i, row := range inverse(x) {
		top, size, r := 0.0, int64(0), make([]int64, n)
		for _, v := range row[n:] {
			top = max(top, math.Abs(v))
		}
		if !(top > 0 && top <= math.MaxFloat64) {
			return false
		}
		for c, v := range row[n:] {
			r[c] = int64(math.Ldexp(v/math.Copysign(top, row[i]), room))
			size += max(r[c], -r[c])
		}
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		for j := range x {
			if d := dot(r, x[j]); j != i {
				low, high = min(low, d), max(high, d)
			}
		}
		h := high + size
		if dot(r, key)-size <= h || (dot(r, x[i])-size-h)/int64(n) <= h+size-low {
			return false
		}
	}
	return true
}

// inverse is, in its columns from n on, about that of the matrix with columns x;
// but row i is off by a factor, with the sign of its entry i.
func inverse(x [][]int32) [][]float64 {
	n := len(x)
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, 2*n)
		for j := range x {
			a[i][j] = float64(x[j][i])
		}
		a[i][n+i] = 1
	}
	eliminate(a, 1, math.Abs, func(x, p, f, y, _ float64) float64 { return x - f/p*y })
	return a
}

// kernel returns the w, up to a factor, with Σ_j m(i, j)·w_j = 0 in each of the
// rows; nil if there is only w = 0 or more than one.
func kernel(rows, n int, m func(i, j int) *big.Int) (w []*big.Int) {
	a := make([][]*big.Int, rows)
	for i := range a {
		for j := range n {
			a[i] = append(a[i], m(i, j))
		}
	}
	t := new(big.Int)
	pivots, det := eliminate(a, big.NewInt(1), func(x *big.Int) float64 { return float64(x.BitLen()) },
		func(x, p, f, y, last *big.Int) *big.Int { // without fractions (Bareiss 1968)
			x.Sub(x.Mul(x, p), t.Mul(f, y))
			return x.Quo(x, last)
		})
	if len(pivots) != n-1 || slices.Contains(pivots, n-1) {
		return nil
	}
	for _, row := range a[:n-1] {
		w = append(w, row[n-1].Neg(row[n-1]))
	}
	return append(w, det)
}

// eliminate takes multiples of pivot rows from the others until the pivots are
// alone in their columns, and returns these columns and the last pivot (Gauss and
// Jordan). take(x, p, f, y, last) is x − f·y/p, or p/last times that. The zeros
// are not written.
func eliminate[T any](a [][]T, one T, size func(T) float64, take func(x, p, f, y, last T) T) (pivots []int, last T) {
	last = one
	for c := 0; len(pivots) < len(a) && c < len(a[0]); c++ {
		s := len(pivots)
		for i := range a[s:] {
			if size(a[s+i][c]) > size(a[s][c]) {
				a[s], a[s+i] = a[s+i], a[s]
			}
		}
		p := a[s][c]
		if size(p) == 0 {
			continue
		}
		for i, row := range a {
			for j := c + 1; j < len(row) && i != s; j++ {
				row[j] = take(row[j], p, row[c], a[s][j], last)
			}
		}
		pivots, last = append(pivots, c), p
	}
	return pivots, last
}

// independent returns coordinates in which the affine hull of the given keys is
// as large as in all: as many as its dimension, at most most.
func (k *Keys) independent(keys []int, most int) (cols []int) {
	const prime = 1<<31 - 1 // what is independent modulo a prime is independent
	var rows []int
	var echelon [][]int64
	for i := 0; i < len(keys) && len(cols) < most; i++ {
		v := make([]int64, k.dim)
		for c := range v {
			d := k.diff(keys[i], keys[0], c)
			v[c] = d.Mod(d, big.NewInt(prime)).Int64()
		}
		for r, e := range echelon {
			f, g := prime-v[cols[r]], e[cols[r]]
			for c := range v {
				v[c] = (v[c]*g + f*e[c]) % prime
			}
		}
		if c := slices.IndexFunc(v, func(x int64) bool { return x != 0 }); c >= 0 {
			rows, cols, echelon = append(rows, keys[i]), append(cols, c), append(echelon, v)
		}
	}
	for c := 0; c < k.dim && len(cols) < most; c++ { // a coordinate depends on cols: in all keys?
		on := append(slices.Clone(cols), c)
		w := kernel(len(rows), len(on), func(r, j int) *big.Int { return k.diff(rows[r], keys[0], on[j]) })
		for _, i := range keys {
			sum := new(big.Int)
			for j, col := range on {
				d := k.diff(i, keys[0], col)
				sum.Add(sum, d.Mul(d, w[j]))
			}
			if sum.Sign() != 0 { // no
				rows, cols = append(rows, i), on
				break
			}
		}
	}
	return cols
}
