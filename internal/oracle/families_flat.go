package oracle

import "math"

// Families of flat, repeated and badly scaled keys.

// lowRank draws integer combinations of k < d integer directions, exactly.
func lowRank(r rng) Instance {
	n, d := r.size()
	d++
	k := 1 + r.IntN(d-1)
	directions, origin := r.whole(k*d, 9), r.whole(d, 50)
	x := make([]float64, 0, n*d)
	for range n {
		weights := r.whole(k, pick(r, 1, 3, 1000))
		for c := range d {
			v := origin[c]
			for j, w := range weights {
				v += w * directions[j*d+c]
			}
			x = append(x, v)
		}
	}
	return plain(x, d)
}

// plane draws keys whose last coordinate is a rounded linear function of the
// others.
func plane(r rng) Instance {
	n, d := r.size()
	x := r.normals(n * (d + 1))
	slope := r.normals(d)
	for i := range n {
		row := x[i*(d+1):][:d+1]
		row[d] = 0
		for c, s := range slope {
			row[d] += s * row[c]
		}
	}
	return plain(x, d+1)
}

func collinear(r rng) Instance {
	n, d := r.size()
	exact := r.IntN(2) == 0
	at, along := r.normals(d), r.normals(d)
	if exact {
		at, along = r.whole(d, 9), r.whole(d, 9)
	}
	var x []float64
	for range n {
		t := r.NormFloat64()
		if exact {
			t = float64(r.IntN(200) - 100)
		}
		for c := range d {
			x = append(x, at[c]+t*along[c])
		}
	}
	return plain(x, d)
}

func duplicated(r rng) Instance {
	in := pick(r, gaussian, integersFamily, collinear, lowRank)(r)
	d, n := in.Width, in.N()
	for i := range in.Data { // some exact zeros
		if r.IntN(6) == 0 {
			in.Data[i] = 0
		}
	}
	for range 1 + n {
		i := r.IntN(n)
		in.Data = append(in.Data, in.Data[i*d:][:d]...)
	}
	for i, v := range in.Data {
		if v == 0 && r.IntN(2) == 0 {
			in.Data[i] = math.Copysign(0, -1)
		}
	}
	r.shuffle(in.Data, d)
	return in
}

func projected32(r rng) Instance {
	n, d := r.size()
	d++
	x := single(r.normals(n * d))
	for i := range n {
		row, mean := x[i*d:][:d], 0.0
		for _, v := range row {
			mean += v / float64(d)
		}
		for c := range row {
			row[c] -= mean
		}
	}
	in := plain(x, d)
	return asSingle(in)
}

// normed takes another family's keys through a norm.
func normed(r rng, norm string) Instance {
	in := pick(r, gaussian, gaussian, integersFamily, lattice, duplicated, lowRank, plane)(r)
	if in.Width == 1 {
		in.Width = 2
		in.Data = append(in.Data, make([]float64, len(in.Data)%2)...)
	}
	if r.IntN(2) == 0 {
		in = asSingle(in)
	}
	in.normalize(norm)
	return in
}

func coordinateScales(r rng) Instance {
	in := pick(r, gaussian, integersFamily, mixture)(r)
	factor := make([]float64, in.Width)
	for c := range factor {
		factor[c] = math.Ldexp(1, 60*(r.IntN(3)-1))
		if r.IntN(3) == 0 {
			factor[c] = pick(r, 1e300, 1e-300)
		}
	}
	for i := range in.Data {
		in.Data[i] *= factor[i%in.Width]
	}
	return in
}

func keyScales(r rng) Instance {
	n, d := r.fewer()
	in := plain(pick(r, r.normals(n*d), r.whole(n*d, 2)), d)
	for i := range in.N() {
		f := math.Pow(10, 600*r.Float64()-300)
		for c := range in.Width {
			in.Data[i*in.Width+c] *= f
		}
	}
	return in
}

func halfTiny(r rng) Instance {
	in := pick(r, gaussian, integersFamily, mixture)(r)
	for i := range in.N() {
		if r.IntN(2) == 0 {
			for c := range in.Width {
				in.Data[i*in.Width+c] *= 1e-30
			}
		}
	}
	return in
}

func mixedScales(r rng) Instance {
	n, d := r.fewer()
	in := plain(pick(r, r.normals(n*d), r.whole(n*d, 2)), d)
	for i := range in.Data {
		in.Data[i] *= math.Pow(10, 600*r.Float64()-300)
	}
	return in
}

// offset draws keys so far from the origin that few bits tell them apart.
func offset(r rng) Instance {
	in := pick(r, gaussian, integersFamily, mixture)(r)
	far := pick(r, 1e3, 1e8, 1e12, 0x1p50, 0x1p52)
	for i := range in.Data {
		in.Data[i] += far * float64(i%in.Width+1)
	}
	return in
}

// extreme draws multiples of the smallest float64, or keys whose differences
// overflow.
func extreme(r rng) Instance {
	n, d := r.size()
	if r.IntN(2) == 0 {
		x := r.whole(n*d, pick(r, 1, 3, 100))
		for i := range x {
			x[i] *= math.SmallestNonzeroFloat64
		}
		return plain(x, d)
	}
	x := r.normals(n * d)
	for i := range x {
		x[i] = max(-1, min(1, x[i]/2)) * math.MaxFloat64
	}
	return plain(x, d)
}
