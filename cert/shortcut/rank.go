package shortcut

import (
	"math/big"
	"slices"
)

// Rank counts the coordinates that fix the others on the affine hull of keys.
func (k *Keys) Rank(keys []int) int { return len(k.independent(keys, min(len(k.cols), len(keys)-1))) }

// independent returns coordinates in which the affine hull of the given keys is
// as large as in all: as many as its dimension, at most most.
func (k *Keys) independent(keys []int, most int) (cols []int) {
	const prime = 1<<31 - 1 // what is independent modulo a prime is independent
	var rows []int
	var echelon [][]int64 // each 1 where it begins
	for i := 0; i < len(keys) && len(cols) < most; i++ {
		v := make([]int64, k.dim)
		for c := range v {
			d := k.diff(keys[i], keys[0], c)
			v[c] = d.Mod(d, big.NewInt(prime)).Int64()
		}
		for r, e := range echelon {
			f := prime - v[cols[r]]%prime
			for c, x := range e {
				x = v[c] + f*x // v is below 2^32: 2^31 is 1
				v[c] = x&prime + x>>31
			}
		}
		if c := slices.IndexFunc(v, func(x int64) bool { return x%prime != 0 }); c >= 0 {
			inverse := new(big.Int).ModInverse(big.NewInt(v[c]%prime), big.NewInt(prime)).Int64()
			for c := range v {
				v[c] = v[c] % prime * inverse % prime
			}
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
