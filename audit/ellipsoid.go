package audit

import (
	"math"

	"keyhull/internal/vec"
)

// ellipsoid is a set of queries: A·z + c for ‖z‖ ≤ radius, with z less its mean
// if projected. Numbers are taken as exact. A is width×dim, or where diag is
// set a diagonal of that. It may be read concurrently.
type ellipsoid struct {
	width, dim int
	a, diag    []float64
	c          []float64
	radius     float64
	projected  bool
	ones       []float64 // A·1
	size       []float64 // and with |A|
}

// at is the map for queries at a position: A and C are turned and rounded to
// float64, and taken as exact then. A negative position turns nothing.
func (m *QueryMap) at(position, width int) *ellipsoid {
	e := &ellipsoid{width: width, dim: m.Dim, a: make([]float64, width*m.Dim), c: make([]float64, width), radius: m.Radius, projected: m.Projected}
	for i, v := range m.A {
		e.a[i] = float64(v)
	}
	for i, v := range m.C {
		e.c[i] = float64(v)
	}
	if m.Rotate != nil && position >= 0 {
		m.Rotate(position, e.c)
		col := make([]float64, width)
		for d := range m.Dim {
			for c := range col {
				col[c] = e.a[c*m.Dim+d]
			}
			m.Rotate(position, col)
			for c, v := range col {
				e.a[c*m.Dim+d] = v
			}
		}
	}
	e.sums()
	return e
}

func (e *ellipsoid) row(c int) []float64 { return e.a[c*e.dim : (c+1)*e.dim] }

func (e *ellipsoid) sums() {
	e.ones, e.size = make([]float64, e.width), make([]float64, e.width)
	for c := range e.width {
		if e.diag != nil {
			e.ones[c], e.size[c] = e.diag[c], math.Abs(e.diag[c])
			continue
		}
		for _, v := range e.row(c) {
			e.ones[c] += v
			e.size[c] += math.Abs(v)
		}
	}
}

// query returns A·z + c and a bound of the error of each number. Every number
// is a sum of dim + 2 products at most, each term with a few roundings, in
// whatever order: twice what Higham's γ says.
func (e *ellipsoid) query(z []float64) (q, bound []float64) {
	q, bound = make([]float64, e.width), make([]float64, e.width)
	mean, size := 0.0, 0.0
	if e.projected {
		for _, v := range z {
			mean += v / float64(e.dim)
			size += math.Abs(v) / float64(e.dim)
		}
	}
	gamma := 2 * float64(e.dim+10) * unit
	for c := range q {
		s, b := e.times(c, z)
		q[c] = s - mean*e.ones[c] + e.c[c]
		bound[c] = gamma*(b+size*e.size[c]+math.Abs(e.c[c])) + underflow
	}
	return q, bound
}

// underflow bounds what products too small for a float64 lose in a sum.
const underflow = 0x1p-1000

// times returns row c of A times z, and the same of sizes.
func (e *ellipsoid) times(c int, z []float64) (sum, size float64) {
	if e.diag != nil {
		s := e.diag[c] * z[c]
		return s, math.Abs(s)
	}
	for d, v := range e.row(c) {
		p := v * z[d]
		sum += p
		size += math.Abs(p)
	}
	return sum, size
}

// back bounds ‖Aᵀv‖ from above, without its mean if projected, for the v that
// are within bound of the one given.
func (e *ellipsoid) back(v, bound []float64) float64 {
	w, err := make([]float64, e.dim), make([]float64, e.dim)
	gamma := 2 * float64(e.width+10) * unit
	add := func(d int, a, x, b float64) {
		w[d] += a * x
		err[d] += math.Abs(a)*b + gamma*math.Abs(a*x)
	}
	for c, x := range v {
		if e.diag != nil {
			add(c, e.diag[c], x, bound[c])
			continue
		}
		for d, a := range e.row(c) {
			add(d, a, x, bound[c])
		}
	}
	if e.projected {
		e.centre(w, err)
	}
	s := 0.0
	for d, x := range w {
		x = math.Abs(x) + err[d] + underflow
		s += x * x
	}
	return math.Sqrt(s) * above(e.dim+e.width)
}

// centre takes the mean out of w.
func (e *ellipsoid) centre(w, err []float64) {
	mean, off, size := 0.0, 0.0, 0.0
	for d, x := range w {
		mean += x / float64(e.dim)
		off += err[d] / float64(e.dim)
		size += math.Abs(x) / float64(e.dim)
	}
	for d := range w {
		err[d] = (err[d]+off)*above(e.dim) + 2*float64(e.dim+10)*unit*(size+math.Abs(w[d]))
		w[d] -= mean
	}
}

// above is a factor that covers the rounding of a sum of n numbers ≥ 0.
func above(n int) float64 { return 1 + 2*float64(n+10)*unit }

// length bounds ‖z‖ from above; it is at least that of z less its mean.
func length(z []float64) float64 { return math.Sqrt(vec.Dot(z, z))*above(len(z)) + underflow }
