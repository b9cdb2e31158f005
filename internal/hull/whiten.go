package hull

import (
	"math"
	"sync"

	"keyhull/internal/vec"
)

// whitenBelow is the pivot ratio of the first simplex below which the points
// are so flat that walks go to other coordinates.
const whitenBelow = 0x1p-9

// whiten replaces the frame by barycentric coordinates of the first simplex:
// y = A·(x − x_0), A the float64 inverse of the simplex's edges taken as exact
// numbers. A is proved invertible, so y has the same verdicts, and y is summed
// in double-double, so its error is that of one rounding.
func (s *solver) whiten(basis []int32) bool {
	d := s.f.dim
	x0 := s.f.row(int(basis[0]))
	edges := make([]float64, d*d) // column k is x_k − x_0
	for k, b := range basis[1:] {
		for c, v := range s.f.row(int(b)) {
			edges[c*d+k] = v - x0[c]
		}
	}
	ld := (d + 3) &^ 3
	inv := make([]float64, d*ld)
	if !invert(inv, ld, append([]float64(nil), edges...), d, s.workers) || !provedInverse(inv, ld, edges, d) {
		return false
	}
	f := &frame{dim: d, w: make([]float64, s.n()*d), maxW: make([]float64, d), err: make([]float64, d), back: make([]float64, d*d)}
	for l := range d {
		for c := range d {
			f.back[c*d+l] = inv[l*ld+c]
		}
	}
	s.whitenRows(f, inv, ld, x0)
	for l := range d {
		f.err[l] += unit*f.maxW[l] + tiny
	}
	s.replaceFrame(f)
	return true
}

// whitenRows fills f, part by part.
func (s *solver) whitenRows(f *frame, inv []float64, ld int, x0 []float64) {
	var mu sync.Mutex
	inParts(s.workers, s.n(), f.dim, func(_, from, to int) {
		part := frame{dim: f.dim, w: f.w, maxW: make([]float64, f.dim), err: make([]float64, f.dim)}
		for i := from; i < to; i++ {
			s.whitenRow(&part, inv, ld, x0, i)
		}
		mu.Lock()
		defer mu.Unlock()
		for l := range f.maxW {
			f.maxW[l], f.err[l] = max(f.maxW[l], part.maxW[l]), max(f.err[l], part.err[l])
		}
	})
}

// whitenRow fills row i of f and raises maxW and err.
func (s *solver) whitenRow(f *frame, inv []float64, ld int, x0 []float64, i int) {
	const dd = 0x1p-98 // relative error of a double-double sum of products, with room
	x, y := s.f.row(i), f.row(i)
	for l := range y {
		a := inv[l*ld : l*ld+f.dim]
		var hi, lo, size, in float64
		for c, v := range x {
			h := v - x0[c]
			e := twoDiffErr(v, x0[c], h)
			p := h * a[c]
			pe := math.FMA(h, a[c], -p) + e*a[c]
			sum := hi + p
			lo += twoDiffErr(hi, -p, sum) + pe
			hi = sum
			size += math.Abs(p)
			in += math.Abs(a[c]) * 2 * s.f.err[c]
		}
		y[l] = hi + lo
		f.maxW[l] = max(f.maxW[l], math.Abs(y[l]))
		// lo is summed in floats: its own rounding is unit·|lo| ≤ unit²·size a term
		f.err[l] = max(f.err[l], in+size*(dd+float64(4*f.dim*f.dim)*unit*unit))
	}
}

// provedInverse reports ‖I − inv·edges‖∞ < 1/2, rounding included. That proves
// inv invertible, whatever edges is.
func provedInverse(inv []float64, ld int, edges []float64, d int) bool {
	for l := range d {
		sum := 0.0
		for k := range d {
			v, size := 0.0, 0.0
			for c := range d {
				p := inv[l*ld+c] * edges[c*d+k]
				v += p
				size += math.Abs(p)
			}
			if l == k {
				v--
			}
			sum += math.Abs(v) + float64(d+4)*unit*(size+1)
		}
		if !(sum < 0.5) {
			return false
		}
	}
	return true
}

// queryBack turns a query of the frame into one of the set's coordinates.
func (f *frame) queryBack(q []float64) []float64 {
	out := make([]float64, f.dim)
	for c := range out {
		for l, v := range q {
			out[c] += f.back[c*f.dim+l] * v
		}
	}
	return out
}

// replaceFrame goes over to f: panels of known vertices and mean are made anew.
func (s *solver) replaceFrame(f *frame) {
	if f.dim < rowsAt {
		s.need64()
	}
	s.base, s.base64, s.all64, s.once64 = s.f, s.all64, vec.Panels64{}, new(sync.Once)
	s.f, s.plane, s.mean = f, false, nil // the set keeps its own
	s.findMean()
}
