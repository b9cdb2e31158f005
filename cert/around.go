package cert

import (
	"math"
	"math/big"
	"slices"
)

// around checks the same of more keys than can be independent, which span all, by
// weights that nearly give key i. The sum of numbers > 0 is finite only if they are.
func (p *proof) around(name string, keys []int, weights [][]float64) {
	p.others(name, keys, p.n)
	sum, least := 0.0, math.Inf(1)
	if p.expect(len(weights) > 0 && len(weights[0]) == len(keys), "%s has no weight for each key", name) {
		for _, w := range weights[0] {
			sum, least = sum+w, min(least, w)
		}
	}
	if p.expect(least > 0 && math.Abs(sum-1) < 1e-9, "%s has weights that are not > 0 with sum 1", name) {
		p.expect(p.Around(p.i, keys, weights[0]),
			"%s does not give the key with weights > 0 near its own, or does not span all", name)
	}
}

// Around moves weights to the nearest ones that meet one condition after another: that
// their sum is 1, and that they give each coordinate of key i. A condition is a row of
// factors and the sum that is due, made orthogonal to the rows before (Gram, Schmidt).
func (k *Keys) Around(i int, keys []int, weights []float64) bool {
	w, rows, n := make([]*big.Rat, len(keys)), [][]*big.Rat{}, len(keys)
	for b, v := range weights {
		w[b] = new(big.Rat).SetFloat64(v)
	}
	for c := -1; c < k.dim; c++ {
		row, t := make([]*big.Rat, n+1), new(big.Rat)
		for b, j := range append(slices.Clone(keys), i) {
			if row[b] = big.NewRat(1, 1); c >= 0 {
				row[b].Sub(k.x[j][c], k.x[i][c])
			}
		}
		for _, above := range rows {
			t.Quo(product(row[:n], above), product(above[:n], above))
			subtract(row, t, above)
		}
		if first(row[:n]) >= 0 {
			t.Quo(t.Sub(product(w, row), row[n]), product(row[:n], row))
			subtract(w, t, row)
			rows = append(rows, row)
		} else if row[n].Sign() != 0 {
			return false
		}
	}
	return len(rows) == k.Rank(k.all)+1 && !slices.ContainsFunc(w, func(v *big.Rat) bool { return v.Sign() <= 0 })
}

// product is Σ x·y over x.
func product(x, y []*big.Rat) *big.Rat {
	sum, t := new(big.Rat), new(big.Rat)
	for c, v := range x {
		sum.Add(sum, t.Mul(v, y[c]))
	}
	return sum
}
