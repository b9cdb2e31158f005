package shortcut

import (
	"math"
	"math/big"
	"slices"
)

// manyKeys is the length of a basis above which clearlyInside takes long, and fails.
const manyKeys = 100

// Inside solves for the weights, unless they are clear without. It does so for as many
// keys at once as there are cores, since it takes much memory.
func (k *Keys) Inside(p int, basis []int) bool {
	k.solving <- struct{}{}
	defer func() { <-k.solving }()
	n, rank := len(basis), len(k.cols)
	if n == rank+1 && (n <= manyKeys && k.clearlyInside(p, basis) || k.enclosed(p, basis)) {
		return true
	}
	w := kernel(rank, n, func(c, b int) *big.Int { return k.diff(basis[b], p, k.cols[c]) })
	return w != nil && !slices.ContainsFunc(w, func(v *big.Int) bool { return v.Sign()*w[0].Sign() <= 0 })
}

// clearlyInside proves, where it can, that p lies inside the simplex of a basis
// that spans the affine hull. Float64 proposes for each vertex i the normal r of
// the facet opposite; integers then decide. Rounding changes no r·x by more than
// ρ = Σ|r|, so f(x) = r·x − h, where h is ρ above the highest r·x of the other
// vertices, is ≤ 0 on these. Asked are f(p) > 0 and that f has a sum > 0 over all
// vertices. This is enough: let the unique weights w be lowest at i, w_i ≤ 0; then
// f(p) = w_i·Σ_j f(x_j) + Σ_j (w_j − w_i)·f(x_j) ≤ 0. And the f(x_j) dominate their
// diagonal, so the vertices are independent.
func (k *Keys) clearlyInside(p int, basis []int) bool {
	n := len(basis)
	lifted := func(j int) (x []int32) {
		for _, c := range k.cols {
			x = append(x, k.near[j*k.dim+c])
		}
		return append(x, 1<<30)
	}
	x, key, room := make([][]int32, n), lifted(p), 30-big.NewInt(int64(n)).BitLen()
	for b, j := range basis {
		x[b] = lifted(j)
	}
	for i, row := range inverse(x) {
		top, size, r := 0.0, int64(0), make([]int64, n)
		for _, v := range row[n:] {
			top = max(top, math.Abs(v))
		}
		if !(top > 0 && top <= math.MaxFloat64) {
			return false
		}
		for c, v := range row[n:] {
			r[c] = int64(math.Ldexp(v/math.Copysign(top, row[i]), room))
			size += max(r[c], -r[c])
		}
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		for j := range x {
			if d := dot(r, x[j]); j != i {
				low, high = min(low, d), max(high, d)
			}
		}
		h := high + size
		if dot(r, key)-size <= h || (dot(r, x[i])-size-h)/int64(n) <= h+size-low {
			return false
		}
	}
	return true
}

// dot is Σ r·x below 2^61.
func dot(r []int64, x []int32) (sum int64) {
	x = x[:len(r)]
	for c, v := range r {
		sum += v * int64(x[c])
	}
	return sum
}

// inverse is, in its columns from n on, about that of the matrix with columns x;
// but row i is off by a factor, with the sign of its entry i.
func inverse(x [][]int32) [][]float64 {
	n := len(x)
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, 2*n)
		for j := range x {
			a[i][j] = float64(x[j][i])
		}
		a[i][n+i] = 1
	}
	eliminate(a, 1, math.Abs, func(x, p, f, y, _ float64) float64 { return x - f/p*y })
	return a
}
