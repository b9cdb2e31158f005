package nn

import (
	"math"
	"sync/atomic"

	"keyhull/internal/vec"
)

// network writes y, what the feed-forward network makes of h.
func (r *run) network(l *inferLayer, h []float32) {
	wide := l.up.Out
	vec.MatMul(r.up, wide, h, r.Arch.Dim, r.n, l.up, r.workers)
	eachRow(r.n, r.workers, func(i int) { r.activate(row(r.up, i, wide), r.hidden) })
	vec.MatMul(r.y, r.Arch.Dim, r.up, wide, r.n, l.down, r.workers)
}

// activate applies the activation to the first numbers of a row; what follows
// them is multiplied by the results, which take the place of the first.
func (m *Model) activate(x []float32, count int) {
	gates, values := x[:count], x[count:]
	switch m.activation {
	case silu:
		vec.SiluGate(gates, gates, values)
		return
	case relu:
		ReLUForward(gates, gates)
	default:
		gelu(gates, m.activation == geluErf)
	}
	for j, v := range values {
		gates[j] *= v
	}
}

// gelu replaces x by GELU of x, what does not fill vectors in float64.
func gelu(x []float32, erf bool) {
	n := len(x) / vec.Lanes() * vec.Lanes()
	if n > 0 && erf {
		vec.GeluErfForward(vec.Rows{Data: x, Ld: n}, vec.Rows{Data: x, Ld: n}, 1, n)
	} else if n > 0 {
		vec.GeluForward(vec.Rows{Data: x, Ld: n}, vec.Rows{Data: x, Ld: n}, 1, n)
	}
	for i, v := range x[n:] {
		if erf {
			x[n+i] = float32(float64(v) * (1 + math.Erf(float64(v)/math.Sqrt2)) / 2)
		} else {
			GELUTanhForward(x[n+i:n+i+1], x[n+i:n+i+1])
		}
	}
}

// finite says whether all numbers of n rows are.
func (r *run) finite(x []float32) bool {
	var bad atomic.Bool
	d := len(x) / r.n
	eachRow(r.n, r.workers, func(i int) {
		if s := total(row(x, i, d)); math.IsNaN(s) || math.IsInf(s, 0) {
			bad.Store(true)
		}
	})
	return !bad.Load()
}
