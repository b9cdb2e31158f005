package oracle

import (
	"math/big"
	"slices"
)

// feasible reports whether A x = b, x ≥ 0 has a solution; each row of a holds
// a row of A and then its b. It changes a.
//
// This is phase 1 of the simplex method with Bland's rule, which cannot cycle.
// The tableau holds integers over the common denominator `last`, the previous
// pivot, by which every update divides exactly (Edmonds 1967, Bareiss 1968).
// Artificial variables have no columns: they never come back.
func feasible(a [][]*big.Int) bool {
	m, n := len(a), len(a[0])-1
	basis := make([]int, m)
	for i, row := range a {
		basis[i] = n + i
		if row[n].Sign() < 0 {
			for j := range row {
				row[j] = new(big.Int).Neg(row[j])
			}
		}
	}
	tableau := append(a, costs(a))
	last := big.NewInt(1)
	for {
		enter := slices.IndexFunc(tableau[m][:n], func(c *big.Int) bool { return c.Sign() < 0 })
		if enter < 0 {
			return tableau[m][n].Sign() == 0
		}
		leave := ratio(tableau[:m], basis, enter)
		pivot(tableau, leave, enter, last)
		basis[leave], last = enter, tableau[leave][enter]
	}
}

// costs is the row of reduced costs of the sum of the artificial variables.
func costs(a [][]*big.Int) []*big.Int {
	row := make([]*big.Int, len(a[0]))
	for j := range row {
		row[j] = new(big.Int)
		for i := range a {
			row[j].Sub(row[j], a[i][j])
		}
	}
	return row
}

// ratio returns the row that leaves: the smallest b_i / a_i,enter, of equal
// ones that of the smallest basic variable. There is one, because the sum of
// the artificial variables is bounded.
func ratio(rows [][]*big.Int, basis []int, enter int) int {
	best := -1
	var left, right big.Int
	for i, row := range rows {
		if row[enter].Sign() <= 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		last := len(row) - 1
		left.Mul(row[last], rows[best][enter])
		right.Mul(rows[best][last], row[enter])
		if d := left.Cmp(&right); d < 0 || d == 0 && basis[i] < basis[best] {
			best = i
		}
	}
	return best
}

// pivot eliminates column s from all rows but r, fraction-free.
func pivot(t [][]*big.Int, r, s int, last *big.Int) {
	p := t[r][s]
	var product big.Int
	for i, row := range t {
		if i == r {
			continue
		}
		factor := row[s]
		for j := range row {
			x := new(big.Int).Mul(row[j], p)
			x.Sub(x, product.Mul(factor, t[r][j]))
			row[j] = x.Quo(x, last)
		}
	}
}

// rank of an integer matrix, by fraction-free elimination. It changes m.
func rank(m [][]*big.Int) int {
	last := big.NewInt(1)
	r := 0
	for c := 0; r < len(m) && c < len(m[0]); c++ {
		at := slices.IndexFunc(m[r:], func(row []*big.Int) bool { return row[c].Sign() != 0 })
		if at < 0 {
			continue
		}
		m[r], m[r+at] = m[r+at], m[r]
		pivot(m[r:], 0, c, last)
		last = m[r][c]
		r++
	}
	return r
}
