package norm

import (
	"fmt"
	"math"
	"math/big"
)

// Factors returns the exact row factors of a normalization without gain and
// bias, for keyhull.Keys.Scaled: the key of row x is s·x, or s·(x − mean(x)·1)
// with LayerNorm, taken exactly, where for n rows of dim numbers
//
//	Scale, RMSNorm   s is the float64 nearest to 1/√(Σx²/dim + eps)
//	ScalePublished   s is the float64 nearest to 1/(dim·√(Σx²/dim + eps))
//	LayerNorm        s is the float64 nearest to 1/√(Σ(x−mean)²/dim + eps)
//	None, Project    s is 1
//
// kind is a Kind or its word. Radicand, root and quotient are taken from exact
// rational sums in 512 bits and rounded once, to nearest even; the fast path
// (double.go) is left where it does not provably give the same bits.
//
// It fails on an unknown kind and on DyT and QKNorm, which are no factor of a
// row; on a negative or infinite eps; on NaN and Inf; on a row whose radicand
// is 0 ("undefined") or whose factor is beyond float64. It panics if data is
// not rows of dim numbers. It keeps no reference to data. About 10 ns a number.
func Factors[T Float, K ~string](data []T, dim int, kind K, eps float64) ([]float64, error) {
	s := make([]float64, rowCount(len(data), dim))
	k := Kind(kind)
	switch {
	case k != None && k != Project && !k.scales():
		return nil, fmt.Errorf("%s is no factor of a row", string(k))
	case !(eps >= 0) || math.IsInf(eps, 0):
		return nil, fmt.Errorf("eps is %v, not a number ≥ 0", eps)
	}
	for i := range s {
		row := data[i*dim : (i+1)*dim]
		if err := finite(row, i); err != nil {
			return nil, err
		}
		s[i] = 1
		if !k.scales() {
			continue
		}
		var ok bool
		if s[i], ok = fastFactor(row, k, eps); !ok {
			s[i] = exactFactor(row, k, eps)
		}
		if s[i] == 0 {
			return nil, undefined(i, k, 0)
		}
		if math.IsInf(s[i], 0) {
			return nil, fmt.Errorf("row %d: %s is undefined: its factor is larger than any float64", i, k)
		}
	}
	return s, nil
}

// exactFactor returns the factor of a finite row, 0 for a radicand of 0, and
// +Inf for a factor beyond float64.
func exactFactor[T Float](row []T, kind Kind, eps float64) float64 {
	radicand := exactSquare(row, kind.projects())
	radicand.Add(radicand, new(big.Rat).SetFloat64(eps))
	if kind == ScalePublished {
		d := new(big.Rat).SetInt64(int64(len(row)))
		radicand.Mul(radicand, d.Mul(d, d))
	}
	if radicand.Sign() == 0 {
		return 0
	}
	const bits = 512
	root := new(big.Float).SetPrec(bits).SetRat(radicand)
	root.Sqrt(root)
	s, _ := root.Quo(new(big.Float).SetPrec(bits).SetInt64(1), root).Float64()
	return s
}

// exactSquare returns the mean square of a row, or its variance if centred. It
// adds integers: the row times a power of two.
func exactSquare[T Float](row []T, centred bool) *big.Rat {
	low := 0 // the row is whole numbers times 2^low
	for _, v := range row {
		if v != 0 {
			low = min(low, math.Ilogb(float64(v))-52)
		}
	}
	var sum, squares, x big.Int
	var f big.Float
	for _, v := range row {
		f.SetMantExp(f.SetPrec(53).SetFloat64(float64(v)), -low)
		f.Int(&x)
		sum.Add(&sum, &x)
		squares.Add(&squares, x.Mul(&x, &x))
	}
	d := big.NewInt(int64(len(row)))
	squares.Mul(&squares, d)
	if centred { // Σ(x−m)²·d = d·Σx² − (Σx)²
		squares.Sub(&squares, sum.Mul(&sum, &sum))
	}
	denominator := new(big.Int).Lsh(d.Mul(d, d), uint(-2*low))
	return new(big.Rat).SetFrac(&squares, denominator)
}
