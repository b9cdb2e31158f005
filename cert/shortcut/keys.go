// Package shortcut answers cert's questions about exact keys as fast as sets of many
// thousand keys need. Three shortcuts, each with its proof beside it, decide most
// questions on whole numbers: scores by keys rounded to 31 bits (Ties), weights by
// planes that float64 proposes and integers check (Inside; of many keys by a
// triangle, in 128 bits), and ranks modulo a prime (Rank). What they leave open is
// computed in big integers. Package cert is the plain twin of all, and shares no
// arithmetic with it.
package shortcut

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"sync"
)

// Keys are the exact keys of one set: a row times its factor, minus its last
// coordinate where dim < width. They are a cert.Arithmetic.
type Keys struct {
	n, width, dim int       // keys, numbers a row, coordinates decided
	x, factor     []float64 // n rows, n factors
	ex, ef        int       // x are multiples of 2^ex, factors of 2^ef
	near          []int32   // ⌊(key − key 0)·2^30/2^bits⌋, n×dim
	bits          []int     // the longest of key − key 0, for each coordinate
	cols          []int     // coordinates that fix the others on the affine hull

	mu      sync.Mutex
	waiting []*question // of Ties
	passes  int         // made just now
	solving chan struct{}
	coring  sync.Mutex
	core    *core // the last
}

// NewKeys is as cert.NewKeys, but keeps rows, which must not change.
func NewKeys(rows []float64, width int, norm, reading string, eps float64) (*Keys, error) {
	project := norm == "project" || norm == "layernorm"
	scale := norm == "scale" || norm == "rmsnorm" || norm == "layernorm"
	exactEps := new(big.Rat).SetFloat64(eps)
	switch {
	case !project && !scale && norm != "none" || project && reading != "affine" && reading != "ambient":
		return nil, fmt.Errorf("unknown norm %q, reading %q", norm, reading)
	case exactEps == nil || exactEps.Sign() < 0:
		return nil, fmt.Errorf("eps is %v", eps)
	}
	if i := slices.IndexFunc(rows, infinite); i >= 0 {
		return nil, fmt.Errorf("key %d: coordinate %d is not finite", i/width, i%width)
	}
	n := len(rows) / width
	k := &Keys{n: n, width: width, dim: width, x: rows, factor: slices.Repeat([]float64{1}, n), solving: make(chan struct{}, cores())}
	if project && reading == "affine" {
		k.dim--
	} else if project {
		k.x = slices.Clone(rows)
	}
	all := make([]int, n)
	for i := range all {
		if all[i] = i; norm != "none" {
			if err := k.normalize(i, project, scale, exactEps); err != nil {
				return nil, fmt.Errorf("key %d: %w", i, err)
			}
		}
	}
	k.ex, k.ef = lowest(k.x), lowest(k.factor)
	k.approximate()
	k.cols = k.independent(all, min(k.dim, n-1))
	return k, nil
}

// normalize computes factor i, the float64 nearest to 1/√(mean square + eps), or
// for the ambient reading the float32 nearest to each coordinate.
func (k *Keys) normalize(i int, project, scale bool, eps *big.Rat) error {
	exact := func() *big.Float { return new(big.Float).SetPrec(big.MaxPrec) } // no sum or product is rounded
	row, d := k.x[i*k.width:][:k.width], big.NewRat(int64(k.width), 1)
	sum, squares, x := exact(), exact(), exact()
	for _, v := range row {
		sum.Add(sum, x.SetFloat64(v))
		squares.Add(squares, x.Mul(x, x))
	}
	mean, t := new(big.Rat), new(big.Rat)
	if project {
		sum.Rat(mean)
		mean.Quo(mean, d)
	}
	if scale { // mean square of x − mean = mean of x² − mean²
		square, _ := squares.Rat(nil)
		square.Sub(square.Quo(square, d), t.Mul(mean, mean))
		root := new(big.Float).SetPrec(512).SetRat(square.Add(square, eps))
		k.factor[i], _ = root.Quo(big.NewFloat(1), root.Sqrt(root)).Float64()
	}
	factor := new(big.Rat).SetFloat64(k.factor[i])
	if factor == nil || factor.Sign() == 0 {
		return fmt.Errorf("the norm is undefined: its factor is %v", k.factor[i])
	}
	for c := 0; project && k.dim == k.width && c < k.dim; c++ {
		t.SetFloat64(row[c])
		near, _ := t.Mul(t.Sub(t, mean), factor).Float32()
		if row[c], k.factor[i] = float64(near), 1; infinite(row[c]) {
			return fmt.Errorf("coordinate %d is too large for float32", c)
		}
	}
	return nil
}

func infinite(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }

// lowest returns an e ≤ 0 such that all of x are integers times 2^e.
func lowest(x []float64) (e int) {
	for _, v := range x {
		f := big.NewFloat(v)
		e = min(e, f.MantExp(nil)-int(f.MinPrec()))
	}
	return e
}

// whole returns v/2^e, an integer.
func whole(v float64, e int) *big.Int {
	mantissa, exp := math.Frexp(v)
	shift := exp - 53 - e
	w := big.NewInt(int64(mantissa*(1<<53)) >> max(0, -shift))
	return w.Lsh(w, uint(max(0, shift)))
}

// at is coordinate c of key i, in units of 2^(ex + ef).
func (k *Keys) at(i, c int) *big.Int {
	v := whole(k.x[i*k.width+c], k.ex)
	if k.dim < k.width {
		v.Sub(v, whole(k.x[i*k.width+k.dim], k.ex))
	}
	if k.factor[i] == 1 && k.ef == 0 {
		return v
	}
	return v.Mul(v, whole(k.factor[i], k.ef))
}

// diff is coordinate c of key i minus key j.
func (k *Keys) diff(i, j, c int) *big.Int {
	v := k.at(i, c)
	return v.Sub(v, k.at(j, c))
}

// Size returns what it has found before.
func (k *Keys) Size() (n, width, dim, rank int) { return k.n, k.width, k.dim, len(k.cols) }
