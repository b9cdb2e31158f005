package oracle

import (
	"math"
	"math/rand/v2"
)

// rng draws the parts that families share.
type rng struct{ *rand.Rand }

// size draws the shape of a set: dimensions 1 to 8, mostly 2 to 5; 1 to 60
// keys, mostly 6 to 19.
func (r rng) size() (n, d int) {
	d = pick(r, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 7, 8)
	switch k := r.IntN(20); {
	case k == 0:
		return 1 + r.IntN(5), d
	case k < 18:
		return 6 + r.IntN(14), d
	}
	return 20 + r.IntN(41), d
}

// fewer is size for families whose exact arithmetic is long.
func (r rng) fewer() (n, d int) {
	n, d = r.size()
	return min(n, 14), min(d, 4)
}

func pick[T any](r rng, choices ...T) T { return choices[r.IntN(len(choices))] }

// normals draws n numbers N(0, 1).
func (r rng) normals(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// whole draws n integers from −most to most.
func (r rng) whole(n, most int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(r.IntN(2*most+1) - most)
	}
	return x
}

// single rounds to float32.
func single(x []float64) []float64 {
	for i, v := range x {
		x[i] = float64(float32(v))
	}
	return x
}

// plain is a set without norm.
func plain(data []float64, d int) Instance { return Instance{Width: d, Data: data, Norm: "none"} }

// shape is a polytope with integer coordinates of which some facets are known:
// lists of its vertices.
type shape struct {
	d        int
	vertices [][]float64
	facets   [][]int
}

// shapes draws a simplex, a cube or a cross polytope, each with coordinates of
// different size.
func (r rng) shape(d int) shape {
	s := shape{d: d}
	kind := r.IntN(3)
	if d > 5 && kind == 1 {
		kind = 2 // a cube has too many corners
	}
	switch kind {
	case 0:
		s.simplex()
	case 1:
		s.cube()
	default:
		s.cross()
	}
	for c := range d {
		size, offset := float64(1+r.IntN(7)), float64(r.IntN(9)-4)
		for _, v := range s.vertices {
			v[c] = size*v[c] + offset
		}
	}
	return s
}

func (s *shape) simplex() {
	s.vertices = append(s.vertices, make([]float64, s.d))
	for c := range s.d {
		v := make([]float64, s.d)
		v[c] = 1
		s.vertices = append(s.vertices, v)
	}
	for skip := range s.d + 1 {
		var f []int
		for i := range s.d + 1 {
			if i != skip {
				f = append(f, i)
			}
		}
		s.facets = append(s.facets, f)
	}
}

func (s *shape) cube() {
	s.facets = make([][]int, 2*s.d)
	for i := range 1 << s.d {
		v := make([]float64, s.d)
		for c := range v {
			bit := i >> c & 1
			v[c] = float64(bit)
			s.facets[2*c+bit] = append(s.facets[2*c+bit], i)
		}
		s.vertices = append(s.vertices, v)
	}
}

func (s *shape) cross() {
	for i := range 2 * s.d {
		v := make([]float64, s.d)
		v[i/2] = float64(2*(i%2) - 1)
		s.vertices = append(s.vertices, v)
	}
	for signs := range 1 << s.d {
		var f []int
		for c := range s.d {
			f = append(f, 2*c+signs>>c&1)
		}
		s.facets = append(s.facets, f)
	}
}

// onFacet draws a point of a random facet: weights are multiples of 1/64, so
// it is exact.
func (r rng) onFacet(s shape) []float64 {
	facet := s.facets[r.IntN(len(s.facets))]
	p := make([]float64, s.d)
	left := 64
	for k, i := range r.Perm(len(facet)) {
		w := r.IntN(left + 1)
		if k == len(facet)-1 {
			w = left
		}
		left -= w
		for c := range p {
			p[c] += float64(w) / 64 * s.vertices[facet[i]][c]
		}
	}
	return p
}

func (s shape) data() (x []float64) {
	for _, v := range s.vertices {
		x = append(x, v...)
	}
	return x
}

// shuffle permutes rows.
func (r rng) shuffle(x []float64, d int) []float64 {
	r.Shuffle(len(x)/d, func(i, j int) {
		for c := range d {
			x[i*d+c], x[j*d+c] = x[j*d+c], x[i*d+c]
		}
	})
	return x
}

// ulps moves v by k units in the last place.
func ulps(v float64, k int) float64 {
	for ; k > 0; k-- {
		v = math.Nextafter(v, math.Inf(1))
	}
	for ; k < 0; k++ {
		v = math.Nextafter(v, math.Inf(-1))
	}
	return v
}
