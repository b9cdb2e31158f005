package cert

import (
	"fmt"
	"math/big"
)

// Keys are the exact keys of one set: integers, after all coordinates have
// been multiplied by one common power of two, which changes no verdict.
type Keys struct {
	n, width, dim int // width: numbers a row as given; dim: coordinates decided
	x             []big.Int
	bits          int // the longest
}

// NewKeys takes the rows of a file, width finite numbers each, to the keys that
// a norm and reading make of them, exactly as docs/certificates.md defines.
func NewKeys(rows []float64, width int, norm, reading string, eps float64) (*Keys, error) {
	project := norm == "project" || norm == "layernorm"
	scale := norm == "scale" || norm == "rmsnorm" || norm == "layernorm"
	if !project && !scale && norm != "none" || project && reading != "affine" && reading != "ambient" {
		return nil, fmt.Errorf("unknown norm %q, reading %q", norm, reading)
	}
	k := &Keys{n: len(rows) / width, width: width, dim: width}
	if project && reading == "affine" {
		k.dim--
	}
	low, row := uint(0), make([]*big.Rat, width)
	for pass := range 2 { // the second writes value·2^low
		for i := range k.n {
			for c := range row {
				if row[c] = new(big.Rat).SetFloat64(rows[i*width+c]); row[c] == nil {
					return nil, fmt.Errorf("key %d, coordinate %d is not finite", i, c)
				}
			}
			if err := normalize(row, project, scale, eps); err != nil {
				return nil, fmt.Errorf("key %d: %w", i, err)
			}
			for c := range k.dim {
				v := row[c]
				if k.dim < width { // the hyperplane's own coordinates
					v.Sub(v, row[width-1])
				} else if project {
					f, _ := v.Float32()
					v.SetFloat64(float64(f))
				}
				if pass == 0 { // denominators are powers of two now
					low = max(low, uint(v.Denom().BitLen()-1))
				} else {
					z := &k.x[i*k.dim+c]
					z.Lsh(v.Num(), low-uint(v.Denom().BitLen()-1))
					k.bits = max(k.bits, z.BitLen())
				}
			}
		}
		if pass == 0 {
			k.x = make([]big.Int, k.n*k.dim)
		}
	}
	return k, nil
}

// normalize replaces x by x − mean (project), then by s·x, where s is the
// float64 nearest to 1/√(mean square + eps) (scale).
func normalize(x []*big.Rat, project, scale bool, eps float64) error {
	d := new(big.Rat).SetInt64(int64(len(x)))
	if project {
		mean := new(big.Rat)
		for _, v := range x {
			mean.Add(mean, v)
		}
		mean.Quo(mean, d)
		for _, v := range x {
			v.Sub(v, mean)
		}
	}
	if !scale {
		return nil
	}
	square := new(big.Rat)
	for _, v := range x {
		square.Add(square, new(big.Rat).Mul(v, v))
	}
	square.Quo(square, d)
	if e := new(big.Rat).SetFloat64(eps); e != nil {
		square.Add(square, e)
	}
	if square.Sign() <= 0 {
		return fmt.Errorf("the norm is undefined: mean square and eps are 0")
	}
	root := new(big.Float).SetPrec(512).SetRat(square)
	s, _ := root.Quo(new(big.Float).SetPrec(512).SetInt64(1), root.Sqrt(root)).Float64()
	f := new(big.Rat).SetFloat64(s)
	if f == nil || s <= 0 {
		return fmt.Errorf("the factor of the norm is %v", s)
	}
	for _, v := range x {
		v.Mul(v, f)
	}
	return nil
}

func (k *Keys) row(i int) []big.Int { return k.x[i*k.dim : (i+1)*k.dim] }

func (k *Keys) equal(i, j int) bool {
	for c := range k.dim {
		if k.row(i)[c].Cmp(&k.row(j)[c]) != 0 {
			return false
		}
	}
	return true
}
