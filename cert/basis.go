package cert

import (
	"fmt"
	"math/big"
)

// checkBasis reports why key p is not a convex combination with all weights > 0
// of the basis, affinely independent keys below limit none of which equals p.
func (k *Keys) checkBasis(p int, basis []int, limit int) error {
	if len(basis) < 2 || len(basis) > k.dim+1 {
		return fmt.Errorf("a basis has %d keys", len(basis))
	}
	seen := map[int]bool{}
	for _, j := range basis {
		switch {
		case j < 0 || j >= limit:
			return fmt.Errorf("a basis holds key %d, out of range", j)
		case j == p:
			return fmt.Errorf("a basis holds the key itself")
		case seen[j]:
			return fmt.Errorf("a basis holds key %d twice", j)
		case k.equal(j, p):
			return fmt.Errorf("a basis holds key %d, which equals the key", j)
		}
		seen[j] = true
	}
	m := make([][]big.Int, k.dim) // column b is x_b − x_p
	for c := range m {
		m[c] = make([]big.Int, len(basis))
		for b, j := range basis {
			m[c][b].Sub(&k.row(j)[c], &k.row(p)[c])
		}
	}
	return positiveKernel(m, len(basis))
}

// positiveKernel reports nil if the n columns of m have exactly one linear
// dependency, and its coefficients all have one sign: fraction-free elimination
// (Bareiss 1968), then back substitution for det times the coefficients.
func positiveKernel(m [][]big.Int, n int) error {
	prev, tmp := big.NewInt(1), new(big.Int)
	for s := range n - 1 {
		p := s
		for p < len(m) && m[p][s].Sign() == 0 {
			p++
		}
		if p == len(m) {
			return fmt.Errorf("a basis is not affinely independent, or gives the key weight 0 somewhere")
		}
		m[s], m[p] = m[p], m[s]
		for i := s + 1; i < len(m); i++ {
			for j := n - 1; j >= s; j-- {
				v := &m[i][j]
				v.Mul(v, &m[s][s])
				v.Sub(v, tmp.Mul(&m[i][s], &m[s][j]))
				v.Quo(v, prev)
			}
		}
		prev = &m[s][s]
	}
	for i := n - 1; i < len(m); i++ {
		if m[i][n-1].Sign() != 0 {
			return fmt.Errorf("a basis does not give the key")
		}
	}
	w := make([]big.Int, n)
	w[n-1].Set(prev)
	for s := n - 2; s >= 0; s-- {
		for j := s + 1; j < n; j++ {
			w[s].Sub(&w[s], tmp.Mul(&m[s][j], &w[j]))
		}
		w[s].Quo(&w[s], &m[s][s])
		if w[s].Sign() != prev.Sign() {
			return fmt.Errorf("a basis gives the key only with a weight that is not positive")
		}
	}
	return nil
}

// prime is 2^61 − 1. Independent modulo a prime means independent.
var prime = big.NewInt(1<<61 - 1)

// rank is the dimension, at most most, of the affine hull of the given keys:
// what is found modulo the prime if that is most already, else exactly.
func (k *Keys) rank(keys []int, most int) int {
	if r := k.rankModulo(keys, most, prime); r == most {
		return r
	}
	return k.rankModulo(keys, most, nil)
}

func (k *Keys) rankModulo(keys []int, most int, mod *big.Int) int {
	var rows [][]big.Int
	var cols []int
	for i := 1; i < len(keys) && len(rows) < most; i++ {
		v := make([]big.Int, k.dim)
		for c := range v {
			v[c].Sub(&k.row(keys[i])[c], &k.row(keys[0])[c])
		}
		if c := reduceRow(v, rows, cols, mod); c >= 0 {
			rows, cols = append(rows, v), append(cols, c)
		}
	}
	return len(rows)
}

// reduceRow eliminates v by the rows without fractions and returns the column
// of the first number left, or −1. Without a modulus it divides out common
// factors.
func reduceRow(v []big.Int, rows [][]big.Int, cols []int, mod *big.Int) int {
	tmp, f := new(big.Int), new(big.Int)
	for r := 0; r <= len(rows); r++ {
		g := new(big.Int)
		for c := range v {
			if mod != nil {
				v[c].Mod(&v[c], mod)
			} else {
				g.GCD(nil, nil, g, tmp.Abs(&v[c]))
			}
		}
		for c := range v {
			if g.Sign() > 0 {
				v[c].Quo(&v[c], g)
			}
		}
		if r == len(rows) {
			break
		}
		f.Set(&v[cols[r]])
		for c := range v {
			v[c].Mul(&v[c], &rows[r][cols[r]])
			v[c].Sub(&v[c], tmp.Mul(f, &rows[r][c]))
		}
	}
	for c := range v {
		if v[c].Sign() != 0 {
			return c
		}
	}
	return -1
}
