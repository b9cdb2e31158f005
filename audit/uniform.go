package audit

import (
	"math"

	"keyhull/internal/vec"
)

// Uniform says how near a head can come to attending to all keys alike. The
// zero query does so always; the question is whether a query does that the
// model makes. Where the map of a query head is Whole ([Reach]), it can make
// the zero query.
type Uniform struct {
	// Flat: the keys' affine hull has fewer dimensions than the keys, so that
	// queries orthogonal to it score all keys alike. Query is one, of norm 1.
	Flat  bool      `json:"flat"`
	Query []float64 `json:"query,omitempty"`
	// Spread is the largest |Query·(key − mean)| left by rounding, in units of
	// the largest distance of a key to the mean.
	Spread float64 `json:"spread,omitempty"`
	// Nearest is the actual query whose attention is nearest to uniform.
	Nearest *Flat `json:"nearest,omitempty"`
}

func (h *Head) uniform(rank int, a *Attained) Uniform {
	u := Uniform{Flat: rank < h.Width}
	if a != nil {
		u.Nearest = a.Flattest
	}
	if !u.Flat {
		return u
	}
	mean := h.mean()
	u.Query = h.orthogonal(mean, rank)
	radius := 0.0
	for i, d := range h.distances(mean) {
		radius = max(radius, d)
		s := 0.0
		for c, v := range h.key(i) {
			s += u.Query[c] * (float64(v) - mean[c])
		}
		u.Spread = max(u.Spread, math.Abs(s))
	}
	if radius > 0 {
		u.Spread /= radius
	}
	return u
}

// orthogonal returns a unit vector orthogonal to all differences of keys, which
// span rank dimensions: what Gram and Schmidt leave of the coordinate axis of
// which they leave most.
func (h *Head) orthogonal(mean []float64, rank int) []float64 {
	rows := make([][]float64, h.N)
	for i := range rows {
		rows[i] = make([]float64, h.Width)
		for c, v := range h.key(i) {
			rows[i][c] = float64(v) - mean[c]
		}
	}
	basis := gramSchmidt(rows, rank)
	var best []float64
	size := -1.0
	for c := range h.Width {
		x := make([]float64, h.Width)
		x[c] = 1
		reduce(x, basis)
		if s := norm2(x); s > size {
			best, size = x, s
		}
	}
	reduce(best, basis)
	scaleBy(best, 1/norm2(best))
	return best
}

// gramSchmidt returns an orthonormal basis of the rows' span, of rank vectors
// at most: each time from the row that is longest of what is left. It changes
// the rows.
func gramSchmidt(rows [][]float64, rank int) (basis [][]float64) {
	for len(basis) < rank {
		at, size := -1, 0.0
		for i, x := range rows {
			if s := norm2(x); s > size {
				at, size = i, s
			}
		}
		if at < 0 {
			break
		}
		q := append([]float64(nil), rows[at]...)
		scaleBy(q, 1/size)
		reduce(q, basis) // once more: rounding
		scaleBy(q, 1/norm2(q))
		basis = append(basis, q)
		clear(rows[at])
		for _, x := range rows {
			reduce(x, basis[len(basis)-1:])
		}
	}
	return basis
}

// reduce takes the components along an orthonormal basis out of x.
func reduce(x []float64, basis [][]float64) {
	for _, q := range basis {
		vec.Axpy(-vec.Dot(q, x), q, x)
	}
}

// norm2 is ‖x‖ of numbers of float32's range.
func norm2(x []float64) float64 { return math.Sqrt(vec.Dot(x, x)) }

func scaleBy(x []float64, f float64) {
	for c := range x {
		x[c] *= f
	}
}
