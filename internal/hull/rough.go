package hull

import "keyhull/internal/vec"

const (
	roughRows = 512 // that are multiplied at once
	roughTile = 96  // rows of the result that a worker makes at a time
)

// addRough adds f·RᵀR to the lower half of a matrix g, where R has count rows and row(k)
// writes row k, of as many numbers as g has rows, to x. Products are summed in float32,
// in blocks: several times as fast as in float64, for what need not be precise. Blocks and
// tiles do not depend on workers.
func addRough(g [][]float64, count int, f float64, row func(k int, x []float64), workers int) {
	n, packed := len(g), new(vec.Packed)
	turned := make([]float32, n*roughRows) // a column of a block after the other
	for from := 0; from < count; from += roughRows {
		some := min(roughRows, count-from)
		inParts(workers, some, n, func(_, lo, hi int) {
			x := make([]float64, n)
			for k := lo; k < hi; k++ {
				row(from+k, x)
				for c, v := range x {
					turned[c*some+k] = float32(v)
				}
			}
		})
		packed.Reset(some, n)
		packed.Set(0, n, turned, 1, some, nil)
		vec.Parallel((n+roughTile-1)/roughTile, workers, func(tile int) {
			lo := tile * roughTile
			hi := min(lo+roughTile, n)
			sums := make([]float32, (hi-lo)*hi)
			vec.MatMul(sums, hi, turned[lo*some:], some, hi-lo, packed.Head(some, hi), 1)
			for i := lo; i < hi; i++ {
				for j, v := range sums[(i-lo)*hi:][:i+1] {
					g[i][j] += f * float64(v)
				}
			}
		})
	}
}
