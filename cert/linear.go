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
	if q == nil || len(q.Float)+len(q.Exact) != dim || slices.ContainsFunc(q.Float, func(v float64) bool { return v-v != 0 }) {
		return nil
	}
	out, e, common := make([]*big.Int, 0, dim), lowest(q.Float), big.NewInt(1)
	for _, v := range q.Float {
		out = append(out, whole(v, e))
	}
	for _, v := range q.Exact {
		g := new(big.Int).GCD(nil, nil, common, v.Denom())
		common.Mul(common, g.Quo(v.Denom(), g))
	}
	for _, v := range q.Exact {
		m := new(big.Int).Quo(common, v.Denom())
		out = append(out, m.Mul(m, v.Num()))
	}
	return out
}

// ties compares the scores of the keys before limit with that of key i. It lists
// those that score the same: those equal to key i, and how many are not.
func (k *Keys) ties(query *Query, i, limit int) (same []int, other int, err error) {
	q := query.whole(k.dim)
	if q == nil || k.dim < 0 {
		return nil, 0, errors.New("has no query of the right length")
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
		switch {
		case higher.Sign() > 0:
			return nil, 0, fmt.Errorf("the query scores key %d higher", j)
		case higher.Sign() == 0 && k.equal(i, j):
			same = append(same, j)
		case higher.Sign() == 0:
			other++
		}
	}
	return same, other, nil
}

func (k *Keys) equal(i, j int) bool {
	for c := range k.dim {
		if k.diff(i, j, c).Sign() != 0 {
			return false
		}
	}
	return true
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
	n := len(basis)
	for _, j := range basis {
		switch {
		case j < 0 || j >= limit:
			return fmt.Errorf("contains key %d, out of range", j)
		case j == p:
			return errors.New("contains the key itself")
		}
	}
	if n < 2 || n > len(k.cols)+1 {
		return fmt.Errorf("has %d keys, not 2 to %d", n, len(k.cols)+1)
	}
	if n == len(k.cols)+1 && k.clearlyInside(p, basis) {
		return nil
	}
	w := kernel(len(k.cols), n, func(c, b int) *big.Int { return k.diff(basis[b], p, k.cols[c]) })
	if w == nil {
		return errors.New("is not affinely independent, or does not give the key")
	}
	for b := range w {
		if w[b].Sign() == 0 || w[b].Sign() != w[0].Sign() {
			return fmt.Errorf("gives the key with a weight of key %d that is not positive", basis[b])
		}
	}
	return nil
}

// clearlyInside proves, where it can, that p lies inside the simplex of a basis
// that spans the affine hull. Float64 proposes a normal r for the facet opposite
// each vertex i; with X the lifted vertices, c = r·X_i, t = r·p, h the largest
// |r·X_j|, j ≠ i, and ρ = Σ|r| the most that rounding can change each, integers
// show 2n(h + ρ) < t − ρ and t + ρ ≤ c. So r·X is diagonally dominant, no weight
// exceeds 2, and c·weight_i ≥ t − ρ − 2n(h + ρ) > 0.
func (k *Keys) clearlyInside(p int, basis []int) bool {
	n := len(basis)
	lifted := func(j int) []int32 {
		x := make([]int32, n)
		for c, col := range k.cols {
			x[c] = k.near[j*k.dim+col]
		}
		x[n-1] = 1 << 30
		return x
	}
	x, key, room := make([][]int32, n), lifted(p), 30-big.NewInt(int64(n)).BitLen()
	for b, j := range basis {
		x[b] = lifted(j)
	}
	for i, row := range inverse(x) {
		top, size, r := 0.0, int64(0), make([]int64, n)
		for _, v := range row {
			top = max(top, math.Abs(v))
		}
		if !(top > 0 && top <= math.MaxFloat64) {
			return false
		}
		for c, v := range row {
			r[c] = int64(math.Ldexp(v/top, room))
			size += max(r[c], -r[c])
		}
		h, t := size, dot(r, key)
		for j := range x {
			if d := dot(r, x[j]); j != i {
				h = max(h, d+size, size-d)
			}
		}
		if h >= (t-size)/int64(2*n) || t+size > dot(r, x[i]) {
			return false
		}
	}
	return true
}

// inverse is about that of the matrix with columns x.
func inverse(x [][]int32) [][]float64 {
	n := len(x)
	a, inv := make([][]float64, n), make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, 2*n)
		for j := range x {
			a[i][j] = float64(x[j][i])
		}
		a[i][n+i] = 1
	}
	for s := range a {
		p := s
		for i := s + 1; i < n; i++ {
			if math.Abs(a[i][s]) > math.Abs(a[p][s]) {
				p = i
			}
		}
		a[s], a[p] = a[p], a[s]
		for i := range a {
			f := a[i][s] / a[s][s]
			for c := s; c < 2*n && i != s; c++ {
				a[i][c] -= f * a[s][c]
			}
		}
	}
	for i := range a {
		inv[i] = a[i][n:]
		for c := range inv[i] {
			inv[i][c] /= a[i][i]
		}
	}
	return inv
}

// kernel returns the w, up to a factor, with Σ_j m(i, j)·w_j = 0 in each of the
// rows; nil if there is only w = 0 or more than one. It eliminates without
// fractions (Bareiss 1968).
func kernel(rows, n int, m func(i, j int) *big.Int) []*big.Int {
	a := make([][]*big.Int, rows)
	for i := range a {
		for j := range n {
			a[i] = append(a[i], m(i, j))
		}
	}
	det, t := big.NewInt(1), new(big.Int)
	for s := range n - 1 {
		p := slices.IndexFunc(a[s:], func(row []*big.Int) bool { return row[s].Sign() != 0 })
		if p < 0 {
			return nil
		}
		a[s], a[s+p] = a[s+p], a[s]
		for i := range a {
			for j := s + 1; j < n && i != s; j++ {
				v := a[i][j].Mul(a[i][j], a[s][s])
				v.Quo(v.Sub(v, t.Mul(a[i][s], a[s][j])), det)
			}
		}
		det = a[s][s]
	}
	w := make([]*big.Int, n)
	for i := range a {
		if last := a[i][n-1]; i < n-1 {
			w[i] = last.Neg(last)
		} else if last.Sign() != 0 {
			return nil
		}
	}
	w[n-1] = det
	return w
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
		for i := 0; i < len(keys) && w != nil; i++ {
			sum := new(big.Int)
			for j, col := range on {
				d := k.diff(keys[i], keys[0], col)
				sum.Add(sum, d.Mul(d, w[j]))
			}
			if sum.Sign() != 0 { // no
				rows, cols, w, c = append(rows, keys[i]), on, nil, -1
			}
		}
	}
	return cols
}
