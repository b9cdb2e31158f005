package cert

import (
	"fmt"
	"math/big"
	"slices"
)

// Keys are the exact keys of one set. Any number of goroutines may use them.
type Keys struct {
	width, dim int          // numbers a row, coordinates decided
	x          [][]*big.Rat // keys of dim coordinates
	all        []int        // 0, 1, …
}

// NewKeys takes rows of width finite numbers to the keys that a norm and reading
// make of them (docs/certificates.md).
func NewKeys(rows []float64, width int, norm, reading string, eps float64) (*Keys, error) {
	project := norm == "project" || norm == "layernorm"
	scale := norm == "scale" || norm == "rmsnorm" || norm == "layernorm"
	ambient := project && reading == "ambient"
	e := new(big.Rat).SetFloat64(eps) // nil for what is not finite
	switch {
	case !project && !scale && norm != "none" || project && !ambient && reading != "affine":
		return nil, fmt.Errorf("unknown norm %q, reading %q", norm, reading)
	case e == nil || e.Sign() < 0:
		return nil, fmt.Errorf("eps is %v", eps)
	}
	k := &Keys{width: width, dim: width}
	if project && !ambient {
		k.dim--
	}
	for i := range len(rows) / width {
		key, err := normalize(rows[i*width:][:width], project, scale, ambient, e)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
		k.x, k.all = append(k.x, key[:k.dim]), append(k.all, i)
	}
	return k, nil
}

// normalize returns factor·(x − centre) for a row x. The factor is the float64
// nearest to 1/√(mean square + eps); the centre is the last coordinate or, for the
// ambient reading, the mean, and the result the float32 nearest to that.
func normalize(row []float64, project, scale, ambient bool, eps *big.Rat) ([]*big.Rat, error) {
	key, centre, mean, square, t := make([]*big.Rat, len(row)), new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
	for c, v := range row {
		if key[c] = new(big.Rat).SetFloat64(v); key[c] == nil {
			return nil, fmt.Errorf("coordinate %d is not finite", c)
		}
		mean.Add(mean, key[c])
		square.Add(square, t.Mul(key[c], key[c]))
	}
	d, s := big.NewRat(int64(len(row)), 1), 1.0
	mean.Quo(mean, d)
	square.Quo(square, d)
	if project { // the mean square of x − mean is that of x, less mean²
		square.Sub(square, t.Mul(mean, mean))
		centre.Set(key[len(key)-1])
	}
	if ambient {
		centre = mean
	}
	if scale {
		root := new(big.Float).SetPrec(512).SetRat(square.Add(square, eps))
		s, _ = root.Quo(big.NewFloat(1), root.Sqrt(root)).Float64()
	}
	factor := new(big.Rat).SetFloat64(s)
	if factor == nil || s == 0 {
		return nil, fmt.Errorf("the norm is undefined: its factor is %v", s)
	}
	for c, x := range key {
		x.Mul(x.Sub(x, centre), factor)
		if near, _ := x.Float32(); ambient && x.SetFloat64(float64(near)) == nil {
			return nil, fmt.Errorf("coordinate %d is too large for float32", c)
		}
	}
	return key, nil
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
	f := new(big.Rat)
	for _, above := range rows {
		p := first(above)
		subtract(row, f.Quo(row[p], above[p]), above)
	}
	if first(row) >= 0 {
		rows = append(rows, row)
	}
	return rows
}

// subtract takes f times y from x.
func subtract(x []*big.Rat, f *big.Rat, y []*big.Rat) {
	t := new(big.Rat)
	for c, v := range x {
		v.Sub(v, t.Mul(f, y[c]))
	}
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
