package vec

import (
	"math/rand/v2"
	"testing"
)

// TestBertBounds is TestBounds for the kernels of BERT.
func TestBertBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 20))
		for range 20 {
			rows, n := 1+r.IntN(22), LaneBlock()*(1+r.IntN(60))
			x, y := guardedRows(t, rows, n), guardedRows(t, rows, n)
			GeluErfForward(y, x, rows, n)
			GeluErfBackward(x, y, y, x, rows, n)
			line := func(n int) []float32 { return guarded[float32](t, n) }
			AdamStep(line(n-3), line(n-3), line(n-3), line(n-3), AdamRates{Root: 1, Eps: 1})
			w, starts := 1+r.IntN(3), []int{0}
			for range 1 + r.IntN(6) {
				starts = append(starts, starts[len(starts)-1]+r.IntN(40))
			}
			n = max(1, starts[len(starts)-1])
			m := func() Rows { return guardedRows(t, w, n) }
			q, k, v, out, lse := m(), m(), m(), m(), line(n)
			AttendForward(out, lse, q, k, v, starts, w, 1, Drop{Key: 1, P: 0.5}, 0)
			AttendBackward(m(), m(), m(), m(), out, q, k, v, lse, starts, w, 1, Drop{Key: 1, P: 0.5}, 0)
		}
	})
}
