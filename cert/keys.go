package cert

import (
	"fmt"
	"math/big"
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
