package vec

import (
	"math/rand/v2"
	"testing"
)

// TestMatMulBounds is TestBounds for products of large matrices and for rows.
func TestMatMulBounds(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(39, 40))
		line := func(n int) []float32 { return guarded[float32](t, n) }
		for range 40 {
			m, k, n := 1+r.IntN(60), 1+r.IntN(20), 1+r.IntN(200)
			p := NewPacked(k, n)
			data := line(len(p.data))
			p.data = data
			p.Set(0, n, line(k*n), 1, k, line(n))
			MatMul(line(m*n), n, line(m*k), k, m, p, 1+r.IntN(2))
			x := line(n)
			SiluGate(line(n), x, line(n))
			Exponentials(x, Largest(x), 1)
		}
	})
}
