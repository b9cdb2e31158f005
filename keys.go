package keyhull

import "fmt"

// Keys is a set of N keys of Dim coordinates each, row by row. It refers to
// the caller's slice and never changes it; the caller must not change it
// during a call that uses it.
//
// A Keys value may carry an exact positive factor for each row ([Keys.Scaled])
// and the projection onto the hyperplane orthogonal to 1 = [1, …, 1]
// ([Keys.Projected]). Both are taken exactly, as real numbers, not rounded:
// the key decided is factor·(x − mean(x)·1).
type Keys struct {
	n, dim    int
	f32       []float32
	f64       []float64
	scale     []float64
	projected bool
}

// Float32 returns the len(data)/dim keys that stand row by row in data.
// It panics if dim < 1 or len(data) is not a multiple of dim.
func Float32(data []float32, dim int) Keys {
	return Keys{n: rows(len(data), dim), dim: dim, f32: data}
}

// Float64 returns the len(data)/dim keys that stand row by row in data.
// It panics if dim < 1 or len(data) is not a multiple of dim.
func Float64(data []float64, dim int) Keys {
	return Keys{n: rows(len(data), dim), dim: dim, f64: data}
}

func rows(length, dim int) int {
	if dim < 1 || length%dim != 0 {
		panic(fmt.Sprintf("keyhull: %d numbers are not rows of dimension %d", length, dim))
	}
	return length / dim
}

// Scaled returns the same keys, each multiplied by its own factor, exactly.
// Factors must be positive and finite; Decide reports an error otherwise.
// It panics if there is not one factor a key.
func (k Keys) Scaled(factor []float64) Keys {
	if len(factor) != k.n {
		panic(fmt.Sprintf("keyhull: %d factors for %d keys", len(factor), k.n))
	}
	k.scale = factor
	return k
}

// Projected returns the same keys with their mean coordinate subtracted,
// exactly. They are decided in the exact coordinates y_c = x_c − x_last of
// the hyperplane, Dim()−1 of them (the "affine" reading; a query certificate
// has Dim()−1 numbers and scores y). It panics if Dim() < 2.
func (k Keys) Projected() Keys {
	if k.dim < 2 {
		panic("keyhull: projection needs at least 2 coordinates")
	}
	k.projected = true
	return k
}

// Len returns the number of keys.
func (k Keys) Len() int { return k.n }

// Dim returns the number of coordinates of a key as given.
func (k Keys) Dim() int { return k.dim }

// At returns coordinate c of key i as given, before factor and projection.
func (k Keys) At(i, c int) float64 {
	if k.f32 != nil {
		return float64(k.f32[i*k.dim+c])
	}
	return k.f64[i*k.dim+c]
}
