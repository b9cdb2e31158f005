package hull

import (
	"math/big"
)

// gaussJordan brings the r×r left part of m to det·I without fractions
// (Bareiss 1968) and returns det, or nil if it is singular. Row k then holds
// det times the solution's k-th components in the columns from r on.
func gaussJordan(m [][]big.Int, r int) *big.Int {
	prev := big.NewInt(1)
	var tmp big.Int
	for k := range r {
		p := k
		for p < r && m[p][k].Sign() == 0 {
			p++
		}
		if p == r {
			return nil
		}
		m[p], m[k] = m[k], m[p]
		pivot := new(big.Int).Set(&m[k][k])
		for i := range m {
			if i == k {
				continue
			}
			f := new(big.Int).Set(&m[i][k])
			for j := range m[i] {
				if j < k && j != i {
					continue // zero already
				}
				v := &m[i][j]
				v.Mul(v, pivot)
				v.Sub(v, tmp.Mul(f, &m[k][j]))
				v.Quo(v, prev)
			}
		}
		prev = pivot
	}
	return prev
}

// bareiss brings a positive definite matrix with extra columns to triangular
// form; every number stays a minor. It fails on a pivot of 0.
func bareiss(a [][]big.Int) (det *big.Int, ok bool) {
	last := big.NewInt(1)
	var t big.Int
	for r := range a {
		if a[r][r].Sign() <= 0 {
			return nil, false
		}
		for i := r + 1; i < len(a); i++ {
			for k := r + 1; k < len(a[i]); k++ {
				v := &a[i][k]
				v.Mul(v, &a[r][r])
				v.Sub(v, t.Mul(&a[i][r], &a[r][k]))
				v.Quo(v, last)
			}
		}
		last = &a[r][r]
	}
	return last, true
}
