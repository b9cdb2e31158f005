package oracle

import "math"

// Family is a kind of key sets. Every says in how many rounds of mass checks it
// has one turn: 1, or more where sets take long.
type Family struct {
	Name, About string
	make        func(rng) Instance
	Every       int
}

// Families are all kinds, from the ordinary to the malicious.
var Families = []Family{
	{"gaussian", "N(0, 1)", gaussian, 1},
	{"gaussian32", "N(0, 1) rounded to float32", func(r rng) Instance { return asSingle(gaussian(r)) }, 1},
	{"sphere", "on a sphere up to rounding", sphere, 1},
	{"integers", "small integers", integersFamily, 1},
	{"lattice", "all or most of a grid", lattice, 2},
	{"facet", "exactly on facets", func(r rng) Instance { return nearFacets(r, "on") }, 2},
	{"near-facet", "off facets by 1e-17 to 1", func(r rng) Instance { return nearFacets(r, "offset") }, 2},
	{"ulp", "off facets by one unit in the last place a coordinate", func(r rng) Instance { return nearFacets(r, "ulp") }, 2},
	{"hair", "off facets by 2^-1074 up to the size of the set", hair, 4},
	{"mixture", "rounded mixtures of other keys", mixture, 1},
	{"low-rank", "integer combinations of fewer directions", lowRank, 1},
	{"plane", "in a plane up to 1e-16", plane, 2},
	{"collinear", "on a line, exactly or up to rounding", collinear, 1},
	{"duplicated", "many equal keys, also as 0 and −0", duplicated, 2},
	{"cyclic", "on the moment curve", cyclic, 1},
	{"tiny", "1 to 4 keys", tiny, 1},
	{"projected32", "mean removed and rounded in float32", projected32, 1},
	{"project", "mean removed exactly", func(r rng) Instance { return normed(r, "project") }, 1},
	{"scale", "brought to norm √d", func(r rng) Instance { return normed(r, "scale") }, 2},
	{"layernorm", "LayerNorm in exact arithmetic", func(r rng) Instance { return normed(r, "layernorm") }, 2},
	{"coordinate-scales", "coordinates times 2^±60 or 1e±300", coordinateScales, 1},
	{"half-tiny", "half of the keys times 1e-30", halfTiny, 2},
	{"offset", "far from the origin", offset, 1},
	{"extreme", "subnormal, or next to the largest float64", extreme, 1},
	{"key-scales", "keys times 1e-300 to 1e300", keyScales, 20},
	{"large", "100 to 400 keys, dimensions to 24, also lattices", large, 60},
	{"mixed-scales", "numbers of 1e-300 to 1e300 in one set", mixedScales, 60},
}

func gaussian(r rng) Instance {
	n, d := r.size()
	return plain(r.normals(n*d), d)
}

func asSingle(in Instance) Instance {
	in.Single, in.Data = true, single(in.Data)
	return in
}

func sphere(r rng) Instance {
	in := gaussian(r)
	for i := range in.N() {
		row, sum := in.Data[i*in.Width:][:in.Width], 0.0
		for _, v := range row {
			sum += v * v
		}
		for c := range row {
			row[c] /= math.Sqrt(sum)
		}
	}
	if r.IntN(2) == 0 {
		return asSingle(in)
	}
	return in
}

func integersFamily(r rng) Instance {
	n, d := r.size()
	return plain(r.whole(n*d, pick(r, 1, 1, 2, 3, 5, 20)), d)
}

// lattice draws a whole grid, or keeps three points in four.
func lattice(r rng) Instance {
	shape := pick(r, [2]int{1, 9}, [2]int{2, 4}, [2]int{2, 6}, [2]int{3, 3}, [2]int{3, 4}, [2]int{4, 2}, [2]int{5, 2}, [2]int{6, 2})
	x, d := grid(shape)
	r.shuffle(x, d)
	if r.IntN(2) == 0 {
		x = x[:(len(x)/d*3+3)/4*d]
	}
	return plain(x, d)
}

// grid is {0, …, side−1}^d, for shape d and side.
func grid(shape [2]int) (x []float64, d int) {
	d, side := shape[0], shape[1]
	for i := range int(math.Pow(float64(side), float64(d)) + 0.5) {
		for range d {
			x = append(x, float64(i%side))
			i /= side
		}
	}
	return x, d
}

// nearFacets draws a polytope and points on its facets, moved off them or not.
func nearFacets(r rng, how string) Instance {
	n, d := r.size()
	s := r.shape(d)
	x := s.data()
	for range n {
		p := r.onFacet(s)
		size := math.Pow(10, -17*r.Float64()) * pick(r, -1.0, 1)
		for c := range p {
			switch how {
			case "offset":
				p[c] += size * r.NormFloat64()
			case "ulp":
				p[c] = ulps(p[c], r.IntN(3)-1)
			}
		}
		x = append(x, p...)
	}
	return plain(r.shuffle(x, d), d)
}

// hair moves single coordinates of points on facets by an amount that may be
// hundreds of powers of two smaller than the polytope.
func hair(r rng) Instance {
	n, d := r.fewer()
	s := r.shape(d)
	up := r.IntN(1000)
	x := s.data()
	for range n {
		x = append(x, r.onFacet(s)...)
	}
	for i := range x {
		x[i] = math.Ldexp(x[i], up)
		if i >= len(s.vertices)*d && r.IntN(d) == 0 {
			x[i] += math.Ldexp(float64(1-2*r.IntN(2)), r.IntN(1074+up)-1074)
		}
	}
	return plain(r.shuffle(x, d), d)
}

// mixture adds rounded convex combinations of at most d+1 keys, and such that
// leave the hull by a little.
func mixture(r rng) Instance {
	n, d := r.size()
	x := r.normals((d + 1 + n/2) * d)
	if r.IntN(2) == 0 {
		x = single(x)
	}
	vertices := len(x) / d
	for range n/2 + 1 {
		p, sum, k := make([]float64, d), 0.0, 1+r.IntN(d+1)
		for range k {
			w, j := r.ExpFloat64(), r.IntN(vertices)
			sum += w
			for c := range p {
				p[c] += w * x[j*d+c]
			}
		}
		for c := range p {
			p[c] /= sum * (1 + float64(r.IntN(3)-1)*0x1p-52)
		}
		x = append(x, p...)
	}
	return plain(r.shuffle(x, d), d)
}

func large(r rng) Instance {
	if r.IntN(3) == 0 {
		return plain(grid(pick(r, [2]int{2, 18}, [2]int{3, 6}, [2]int{4, 4}, [2]int{5, 3}, [2]int{7, 2})))
	}
	n, d := 100+r.IntN(300), 2+r.IntN(23)
	x := r.normals(n * d)
	switch r.IntN(4) {
	case 0:
		for i := range x {
			x[i] = math.Round(3 * x[i])
		}
	case 1: // many inside
		for i := range n / 2 * d {
			x[i] /= 4
		}
	}
	return asSingle(plain(x, d))
}

func tiny(r rng) Instance {
	d := 1 + r.IntN(8)
	n := 1 + r.IntN(4)
	if r.IntN(2) == 0 {
		return plain(r.whole(n*d, 1), d)
	}
	return plain(r.normals(n*d), d)
}

// cyclic is the moment curve (t, t², …, t^d), whose hull has the most faces,
// with a few mixtures of its points.
func cyclic(r rng) Instance {
	d := 2 + r.IntN(5)
	n := d + 1 + r.IntN(14)
	var x []float64
	for t := range n {
		for c := range d {
			x = append(x, math.Pow(float64(t-n/2), float64(c+1)))
		}
	}
	for range r.IntN(6) {
		i, j := r.IntN(n), r.IntN(n)
		for c := range d {
			x = append(x, (x[i*d+c]+x[j*d+c])/2)
		}
	}
	return plain(r.shuffle(x, d), d)
}
