package audit

import (
	"math"
	"math/rand/v2"
)

// draws are random heads.
type draws struct{ *rand.Rand }

func newDraws(seed uint64) draws { return draws{rand.New(rand.NewPCG(seed, 77))} }

func (r draws) normals(n int, size float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(size * r.NormFloat64())
	}
	return x
}

// head is a head of Gaussian keys and queries.
func (r draws) head(n, width, heads int) Head {
	return Head{N: n, Width: width, Keys: r.normals(n*width, 1), Queries: r.normals(heads*n*width, 2), QueryHeads: heads, Scale: 1 / math.Sqrt(float64(width))}
}

// lattice makes a head's keys small integers: ties, faces and equal keys.
func (r draws) lattice(n, width int) Head {
	h := Head{N: n, Width: width, Keys: make([]float32, n*width)}
	for i := range h.Keys {
		h.Keys[i] = float32(r.IntN(4))
	}
	return h
}

// real makes keys as models have them: a few large directions, a common
// offset, and a first key far from all.
func (r draws) real(n, width, heads int) Head {
	h := r.head(n, width, heads)
	const large = 4
	axes, offset := r.normals(large*width, 2), r.normals(width, 10)
	for i := range n {
		k := h.key(i)
		for e := range large {
			z := float32(r.NormFloat64())
			for c := range k {
				k[c] += z * axes[e*width+c]
			}
		}
		for c := range k {
			k[c] += offset[c]
			if i == 0 {
				k[c] = -3 * offset[c]
			}
		}
	}
	return h
}
