package hull

import (
	"math"

	"keyhull/internal/vec"
)

// A first simplex is chosen from evenly spread points, simplexEach times as many as
// it needs; simplexWork is n·d² up to which all points are tried where those give none
// that is round.
const (
	simplexEach = 3
	simplexWork = 1 << 30
)

// firstSimplex picks affinely independent points and returns them and the ratio of
// the last pivot to the first; nil if there are none, or where a cancelled context
// stops it.
func (s *solver) firstSimplex() (basis []int32, ratio float64) {
	d, n := s.f.dim, s.n()
	every := max(1, n/(simplexEach*(d+1)))
	basis, ratio = s.simplexOf(every)
	if ratio < whitenBelow && every > 1 && n*d <= simplexWork/d {
		basis, ratio = s.simplexOf(1)
	}
	return basis, ratio
}

// simplexOf does so with one of so many points, greedily: Gaussian elimination with
// complete pivoting on the differences to a far point.
func (s *solver) simplexOf(every int) (basis []int32, ratio float64) {
	d, base, far := s.f.dim, 0, -1.0
	for i := 0; i < s.n(); i += every {
		if r := distance(s.f.row(i), s.mean); r > far {
			base, far = i, r
		}
	}
	g := s.newGauss(base, every)
	basis = append(make([]int32, 0, d+1), int32(base))
	first := 0.0
	for range d {
		r := g.longest()
		pivot := g.most[r]
		if first == 0 {
			first = pivot
		}
		if pivot == 0 || s.step != nil && s.step(0) != nil {
			return nil, 0
		}
		ratio = pivot / first
		basis = append(basis, int32(r*g.every))
		g.eliminate(r, s.workers)
	}
	return basis, ratio
}

// gauss is a matrix under elimination: point i·every less the base in row i.
type gauss struct {
	d, n, every int
	a, row      []float64
	most        []float64 // the largest size in each row
}

func (s *solver) newGauss(base, every int) *gauss {
	d := s.f.dim
	g := &gauss{d: d, n: (s.n() + every - 1) / every, every: every}
	s.scratch = resized(s.scratch, g.n*d+d+g.n)
	g.a, g.row, g.most = s.scratch[:g.n*d], s.scratch[g.n*d:][:d], s.scratch[g.n*d+d:]
	for i := range g.n {
		row := g.a[i*d : (i+1)*d]
		copy(row, s.f.row(i*g.every))
		vec.Axpy(-1, s.f.row(base), row)
		g.most[i] = largest(row)
	}
	return g
}

// longest is the first row that has a number of largest size.
func (g *gauss) longest() (at int) {
	best := -1.0
	for i, v := range g.most {
		if v > best {
			best, at = v, i
		}
	}
	return at
}

// eliminate takes the first column in which row r is largest out of all rows.
// Every row changes by itself, so that workers change nothing.
func (g *gauss) eliminate(r, workers int) {
	d, c := g.d, 0
	copy(g.row, g.a[r*d:(r+1)*d])
	for math.Abs(g.row[c]) != g.most[r] {
		c++
	}
	inParts(workers, g.n, d, func(_, from, to int) {
		for i := from; i < to; i++ {
			row := g.a[i*d : (i+1)*d]
			if f := row[c] / g.row[c]; f != 0 {
				vec.Axpy(-f, g.row, row)
			}
			row[c] = 0 // no pivot again
			g.most[i] = largest(row)
		}
	})
}

// largest is the largest size in x, in four chains that overlap.
func largest(x []float64) float64 {
	var m [4]float64
	k := 0
	for ; k+4 <= len(x); k += 4 {
		for l := range m {
			m[l] = max(m[l], math.Abs(x[k+l]))
		}
	}
	for ; k < len(x); k++ {
		m[0] = max(m[0], math.Abs(x[k]))
	}
	return max(m[0], m[1], m[2], m[3])
}
