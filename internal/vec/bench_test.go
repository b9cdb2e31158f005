package vec

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchLevels runs the benchmark on every level the processor offers; flops is
// the number of floating-point operations in one call of the loop's body, 0 for no matter.
func benchLevels(b *testing.B, name string, flops int, body func()) {
	for l := detect(); l >= generic; l-- {
		b.Run(name+"/"+l.String(), func(b *testing.B) {
			defer func(old level) { active = old }(active)
			active = l
			for b.Loop() {
				body()
			}
			if flops == 0 {
				return
			}
			b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkTop2(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][2]int{{60, 3}, {100, 8}, {1024, 3}, {1024, 8}, {1500, 16}, {1024, 64}} {
		n, dim := size[0], size[1]
		rows := fill(n*dim, r.NormFloat64)
		p32, _ := points[float32](rows, dim)
		p64, _ := points[float64](rows, dim)
		q := fill(dim, r.NormFloat64)
		q32 := convert[float32](q)
		name := fmt.Sprintf("n=%d,d=%d", n, dim)
		benchLevels(b, "F32/"+name, 2*n*dim, func() { Top2F32(q32, p32) })
		benchLevels(b, "F64/"+name, 2*n*dim, func() { Top2F64(q, p64) })
	}
}

func BenchmarkTop2Block(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range [][3]int{{1024, 1024, 3}, {1024, 1024, 8}, {1024, 1024, 64}, {8192, 96, 64}, {8192, 96, 256}, {4096, 96, 768}, {1024, 96, 4096}} {
		n, m, dim := size[0], size[1], size[2]
		rows := fill(n*dim, r.NormFloat64)
		p32, _ := points[float32](rows, dim)
		p64, _ := points[float64](rows, dim)
		qs := fill(m*dim, r.NormFloat64)
		qs32 := convert[float32](qs)
		dst := make([]Top2, m)
		name := fmt.Sprintf("n=%d,m=%d,d=%d", n, m, dim)
		benchLevels(b, "F32/"+name, 2*n*m*dim, func() { Top2BlockF32(dst, qs32, p32) })
		benchLevels(b, "F64/"+name, 2*n*m*dim, func() { Top2BlockF64(dst, qs, p64) })
	}
}

func BenchmarkDense(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{4, 9, 17, 65, 769} {
		ld := (n + 3) / 4 * 4
		m, u, x, y := fill(n*ld, r.NormFloat64), fill(n, r.NormFloat64), fill(ld, r.NormFloat64), make([]float64, n)
		small := fill(n, func() float64 { return 1e-3 * r.NormFloat64() })
		small[0] = 1
		name := fmt.Sprintf("n=%d", n)
		benchLevels(b, "Pivot/"+name, 2*n*ld, func() { Pivot(m, ld, n, 0, small) })
		benchLevels(b, "MatVec/"+name, 2*n*ld, func() { MatVec(y, m, ld, n, x) })
		benchLevels(b, "Dot/"+name, 2*n, func() { Dot(u, y) })
		benchLevels(b, "Axpy/"+name, 2*n, func() { Axpy(1e-9, u, y) })
	}
}
