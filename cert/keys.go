package cert

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"slices"
	"sync"
)

// Keys are the exact keys of one set: a row times its factor, minus its last
// coordinate where dim < width. Any number of goroutines may read them.
type Keys struct {
	n, width, dim int       // keys, numbers a row, coordinates decided
	x, factor     []float64 // n rows, n factors
	ex, ef        int       // x are multiples of 2^ex, factors of 2^ef
	near          []int32   // ⌊(key − key 0)·2^30/2^bits⌋, n×dim
	bits          []int     // the longest of key − key 0, for each coordinate
	cols          []int     // coordinates that fix the others on the affine hull
}

// NewKeys takes rows of width finite numbers to the keys that a norm and reading
// make of them (docs/certificates.md). It keeps rows, which must not change.
func NewKeys(rows []float64, width int, norm, reading string, eps float64) (*Keys, error) {
	project := norm == "project" || norm == "layernorm"
	scale := norm == "scale" || norm == "rmsnorm" || norm == "layernorm"
	if !project && !scale && norm != "none" || project && reading != "affine" && reading != "ambient" {
		return nil, fmt.Errorf("unknown norm %q, reading %q", norm, reading)
	}
	for i, v := range rows {
		if v-v != 0 {
			return nil, fmt.Errorf("key %d, coordinate %d is not finite", i/width, i%width)
		}
	}
	n := len(rows) / width
	k := &Keys{n: n, width: width, dim: width, x: slices.Clone(rows), factor: slices.Repeat([]float64{1}, n), ex: lowest(rows)}
	if project && reading == "affine" {
		k.dim--
	}
	for i := range n {
		if err := k.normalize(i, project, scale, eps); err != nil {
			return nil, fmt.Errorf("key %d: %w", i, err)
		}
	}
	k.ex, k.ef = lowest(k.x), lowest(k.factor)
	k.approximate()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	k.cols = k.independent(all, min(k.dim, n-1))
	return k, nil
}

// normalize computes factor i, the float64 nearest to 1/√(mean square + eps), or
// for the ambient reading the float32 nearest to each coordinate.
func (k *Keys) normalize(i int, project, scale bool, eps float64) error {
	row, unit, f := k.x[i*k.width:][:k.width], new(big.Rat).SetFloat64(math.Ldexp(1, k.ex)), new(big.Rat)
	d, sum, square := big.NewInt(int64(k.width)), new(big.Int), new(big.Int)
	for _, v := range row {
		w := whole(v, k.ex)
		sum.Add(sum, w)
		square.Add(square, w.Mul(w, w))
	}
	if !project {
		sum.SetInt64(0)
	}
	if scale { // mean square = (d·Σx² − (Σx)²)/d²
		square.Sub(square.Mul(square, d), new(big.Int).Mul(sum, sum))
		mean := new(big.Rat).SetFrac(square, new(big.Int).Mul(d, d))
		mean.Mul(mean, f.Mul(unit, unit))
		if f.SetFloat64(eps) == nil || mean.Add(mean, f).Sign() <= 0 {
			return fmt.Errorf("the norm is undefined: mean square and eps are 0")
		}
		root := new(big.Float).SetPrec(512).SetRat(mean)
		k.factor[i], _ = root.Quo(big.NewFloat(1), root.Sqrt(root)).Float64()
	}
	if f.SetFloat64(k.factor[i]) == nil || f.Sign() == 0 {
		return fmt.Errorf("the norm is undefined: its factor is %v", k.factor[i])
	}
	for c, v := range row {
		if project && k.dim == k.width {
			w := whole(v, k.ex)
			r := new(big.Rat).SetFrac(w.Sub(w.Mul(w, d), sum), d)
			v32, _ := r.Mul(r, unit).Mul(r, f).Float32()
			if row[c], k.factor[i] = float64(v32), 1; math.IsInf(row[c], 0) {
				return fmt.Errorf("coordinate %d is too large for float32", c)
			}
		}
	}
	return nil
}

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
	w, _ := new(big.Float).SetMantExp(big.NewFloat(v), -e).Int(nil)
	return w
}

// at is coordinate c of key i, as an integer.
func (k *Keys) at(i, c int) *big.Int {
	v := whole(k.x[i*k.width+c], k.ex)
	if k.dim < k.width {
		v.Sub(v, whole(k.x[(i+1)*k.width-1], k.ex))
	}
	return v.Mul(v, whole(k.factor[i], k.ef))
}

// diff is coordinate c of key i minus key j.
func (k *Keys) diff(i, j, c int) *big.Int {
	v := k.at(i, c)
	return v.Sub(v, k.at(j, c))
}

// approximate rounds the keys to 31 bits, for tests that most often suffice.
func (k *Keys) approximate() {
	k.near, k.bits = make([]int32, k.n*k.dim), make([]int, k.dim)
	each(context.Background(), k.dim, nil, func(c int) {
		for i := range k.n {
			k.bits[c] = max(k.bits[c], k.diff(i, 0, c).BitLen())
		}
		for i := range k.n {
			v := k.diff(i, 0, c)
			k.near[i*k.dim+c] = int32(v.Rsh(v.Lsh(v, 30), uint(k.bits[c])).Int64())
		}
	})
}

// each calls f(0 … n−1) on all cores, and from one of them progress.
func each(ctx context.Context, n int, progress func(done, total int), f func(int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += workers {
				if f(i); w == 0 && progress != nil {
					progress(i, n)
				}
			}
		})
	}
	wg.Wait()
}
