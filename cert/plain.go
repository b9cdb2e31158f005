package cert

import (
	"math/big"
	"slices"
)

// Arithmetic answers the questions about exact keys that every proof comes down
// to. Keys answers them by the definitions, package shortcut faster. Indices are
// in range and queries have Dim finite numbers. Methods may be called concurrently.
type Arithmetic interface {
	// Size returns the number of keys, of numbers in a row of the file and in a
	// query, and the dimension of the affine hull of all keys.
	Size() (n, width, dim, rank int)
	// Ties lists the keys before limit, but for i, that q scores as high as key i,
	// ascending. higher is the first that it scores higher, or −1 if there is none.
	Ties(q *Query, i, limit int) (tied []int, higher int)
	// Equal reports whether two keys are equal.
	Equal(i, j int) bool
	// Inside reports whether the keys of a basis are affinely independent and
	// have key i as a combination with sum 1 and all weights > 0.
	Inside(i int, basis []int) bool
	// Rank is the dimension of the affine hull of keys.
	Rank(keys []int) int
}

// Size computes the rank anew.
func (k *Keys) Size() (n, width, dim, rank int) { return len(k.x), k.width, k.dim, k.Rank(k.all) }

// Ties computes all scores.
func (k *Keys) Ties(q *Query, i, limit int) (tied []int, higher int) {
	query := q.fractions()
	for j := range limit {
		score, t := new(big.Rat), new(big.Rat)
		for c, v := range k.minus(j, i) {
			score.Add(score, t.Mul(v, query[c]))
		}
		switch {
		case score.Sign() > 0:
			return nil, j
		case score.Sign() == 0 && j != i:
			tied = append(tied, j)
		}
	}
	return tied, -1
}

// Equal compares all coordinates.
func (k *Keys) Equal(i, j int) bool { return first(k.minus(i, j)) < 0 }

// Inside looks for weights w with Σ w_b·(key b − key i) = 0. Each of these differences
// is followed by the weights of those that it is made of in the elimination.
func (k *Keys) Inside(i int, basis []int) bool {
	var rows [][]*big.Rat
	var w []*big.Rat
	for b, j := range basis {
		row := k.minus(j, i)
		for range basis {
			row = append(row, new(big.Rat))
		}
		w = row[k.dim:]
		w[b].SetInt64(1)
		rows = eliminate(rows, row)
		if dependent := first(row) >= k.dim; dependent != (b == len(basis)-1) {
			return false
		}
	}
	return !slices.ContainsFunc(w, func(v *big.Rat) bool { return v.Sign() <= 0 })
}

// Rank takes in keys until their differences to the first span all coordinates.
func (k *Keys) Rank(keys []int) int {
	var rows [][]*big.Rat
	for i := 0; i < len(keys) && len(rows) < k.dim; i++ {
		rows = eliminate(rows, k.minus(keys[i], keys[0]))
	}
	return len(rows)
}

// eliminate takes multiples of rows from row, until it is 0 where each of them has its
// first number other than 0, and appends it to them unless it is all 0 then.
func eliminate(rows [][]*big.Rat, row []*big.Rat) [][]*big.Rat {
	f, t := new(big.Rat), new(big.Rat)
	for _, above := range rows {
		p := first(above)
		f.Quo(row[p], above[p])
		for c, v := range row {
			v.Sub(v, t.Mul(f, above[c]))
		}
	}
	if first(row) >= 0 {
		rows = append(rows, row)
	}
	return rows
}

// first is the index of the first number other than 0, or −1.
func first(row []*big.Rat) int {
	return slices.IndexFunc(row, func(v *big.Rat) bool { return v.Sign() != 0 })
}

// minus returns key i minus key j, in new numbers.
func (k *Keys) minus(i, j int) (x []*big.Rat) {
	for c, v := range k.x[i] {
		x = append(x, new(big.Rat).Sub(v, k.x[j][c]))
	}
	return x
}

// fractions returns the numbers of a query.
func (q *Query) fractions() (x []*big.Rat) {
	for _, v := range q.Float {
		x = append(x, new(big.Rat).SetFloat64(v))
	}
	return append(x, q.Exact...)
}
