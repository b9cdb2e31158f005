package hull

import (
	"math"

	"keyhull/internal/vec"
)

// ringFrom is the dimension from which on insides are looked for in a ring; a test
// lowers it.
var ringFrom = 512

// ring is a set of vertices all around, several times as many as a simplex has,
// whose matrix is far from singular: one factor serves the proofs of all points.
//
// Let B have the rows b_j = [D·x_j, h] for the points of a list that begins with the
// ring, D a diagonal of powers of two. If ν > 0 is such that ρ = Σ ν_j·b_j − [D·x_p, h]
// has a length below σ·min ν for a lower bound σ > 0 of the least singular value, then
// ν less B·(BᵀB)⁻¹·ρ, which is no longer than |ρ|/σ, is a combination of exactly p with
// all weights positive. As σ > 0, the list spans all, and p is interior. σ comes from
// the ring alone, since more rows make it no less.
type ring struct {
	s     *solver
	list  []int32
	up    []float64 // D
	h     float64
	off   []float64 // bound of |b − exact| of each coordinate
	gram  [][]float64
	l     [][]float64 // its factor
	sigma float64
}

const (
	ringRoom = 64  // for whoever checks a proof with less of a ring
	gramRows = 512 // of B that are multiplied at once
	// shiftStep is by what shifts are made smaller, from the mean eigenvalue on, until
	// there is a factor of what they leave.
	shiftStep = 16
)

// newRing makes a ring of the vertices in a list, of which the first half and the
// second take turns; nil if they are too few, or nearly flat.
func (s *solver) newRing(list []int32) *ring {
	d := s.f.dim
	r := &ring{s: s, up: make([]float64, d), off: make([]float64, d+1), h: 1}
	for k := range list {
		if i := list[k/2+k%2*(len(list)/2)]; s.answers[i].verdict == Selectable && s.answers[i].rung != undecided {
			r.list = append(r.list, i)
		}
	}
	if len(r.list) < 3*(d+1) {
		return nil
	}
	for c, size := range s.f.maxW {
		_, exp := math.Frexp(size)
		r.up[c] = math.Ldexp(1, -exp)
		r.off[c] = r.up[c]*s.f.err[c] + 0x1p-1000
	}
	_, exp := math.Frexp(math.Sqrt(float64(d)) / 4)
	r.h = max(1, math.Ldexp(1, exp))
	r.gram = triangle(d + 1)
	loss := r.addGram(r.list, r.gram, s.workers)
	trace := 0.0
	for c, row := range r.gram {
		trace += row[c]
	}
	// the sums are off by loss·trace, and the factor by (n+2)·unit·trace or so
	loss = 2 * (loss + float64(d+16)*unit) * trace
	r.l = triangle(d + 1)
	far := 0.0
	for _, v := range r.off {
		far += v * v
	}
	far = math.Sqrt(far*float64(len(r.list))) * (1 + 1e-9)
	for shift := trace / float64(d+1) / shiftStep; shift > 2*loss && !(r.sigma > 0); shift /= shiftStep {
		if factor(r.l, r.gram, shift, s.workers) {
			r.sigma = math.Sqrt(shift-loss)*(1-1e-9) - far
		}
	}
	if !(r.sigma > 0 && factor(r.l, r.gram, 0, s.workers)) {
		return nil
	}
	return r
}

// triangle is the lower half of a matrix.
func triangle(n int) [][]float64 {
	all, rows := make([]float64, n*(n+1)/2), make([][]float64, n)
	for i := range rows {
		rows[i], all = all[:i+1:i+1], all[i+1:]
	}
	return rows
}

// scaled is row j of B, in the memory of buf.
func (r *ring) scaled(j int32, buf []float64) []float64 {
	d := r.s.f.dim
	for c, v := range r.s.f.rowIn(int(j), buf) {
		buf[c] = v * r.up[c]
	}
	buf[d] = r.h
	return buf[:d+1]
}

// addGram adds BᵀB of a list to g, and returns what rounding changes by, over the trace.
// Tiles do not depend on workers.
func (r *ring) addGram(list []int32, g [][]float64, workers int) (loss float64) {
	n := len(g)
	part, buf := make([]float64, n*gramRows), make([]float64, n)
	for from := 0; from < len(list); from += gramRows {
		some := list[from:min(from+gramRows, len(list))]
		for k, j := range some {
			for c, v := range r.scaled(j, buf) {
				part[c*gramRows+k] = v
			}
		}
		column := func(c int) []float64 { return part[c*gramRows:][:len(some)] }
		vec.Parallel((n+tileRows-1)/tileRows, workers, func(tile int) {
			lo := tile * tileRows
			hi := min(lo+tileRows, n)
			for j := range hi {
				for i := max(lo, j); i < hi; i++ {
					g[i][j] += vec.Dot(column(i), column(j))
				}
			}
		})
	}
	return float64(gramRows+2+len(list)/gramRows+2) * unit
}

// factor makes l, which may be g, of g less a shift on the diagonal (Cholesky); false if
// that is not positive definite. A tile's rows are as far as they depend on those before in
// parallel.
func factor(l, g [][]float64, shift float64, workers int) bool {
	n := len(g)
	for lo := 0; lo < n; lo += tileRows {
		hi := min(lo+tileRows, n)
		for i := lo; i < hi; i++ {
			for j := lo; j <= i; j++ {
				v := g[i][j] - vec.Dot(l[i][:j], l[j][:j])
				if i > j {
					l[i][j] = v / l[j][j]
				} else if l[j][j] = math.Sqrt(v - shift); !(v-shift > 0) {
					return false
				}
			}
		}
		vec.Parallel((n-hi+tileRows-1)/tileRows, workers, func(tile int) {
			for i := hi + tile*tileRows; i < min(hi+(tile+1)*tileRows, n); i++ {
				for j := lo; j < hi; j++ {
					l[i][j] = (g[i][j] - vec.Dot(l[i][:j], l[j][:j])) / l[j][j]
				}
			}
		})
	}
	return true
}

// solveWith sets y to (L·Lᵀ)⁻¹·y.
func solveWith(l [][]float64, y []float64) {
	for i, row := range l {
		y[i] = (y[i] - vec.Dot(row[:i], y[:i])) / row[i]
	}
	for i := len(l) - 1; i >= 0; i-- {
		y[i] /= l[i][i]
		vec.Axpy(-y[i], l[i][:i], y[:i])
	}
}
