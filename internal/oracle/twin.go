package oracle

import "math/rand/v2"

// Twin returns the same keys in another order and under an invertible map of
// coordinates that is exact in float64: coordinates change places, signs and
// sizes by powers of two, and one is added to another where that needs no
// rounding. Key i of the twin is key from[i] of the instance, so their verdicts
// agree.
func (in *Instance) Twin(seed uint64) (twin Instance, from []int) {
	r := rng{rand.New(rand.NewPCG(seed, in.Seed))}
	twin = *in
	from = r.Perm(in.N())
	places := r.Perm(in.Width)
	twin.Data = make([]float64, len(in.Data))
	for i, j := range from {
		for c, k := range places {
			twin.Data[i*in.Width+c] = in.Data[j*in.Width+k]
		}
	}
	if in.Factors != nil {
		twin.Factors = make([]float64, in.N())
		for i, j := range from {
			twin.Factors[i] = in.Factors[j]
		}
	}
	if in.Norm == "none" { // maps that keep the mean are permutations only
		twin.rescale(r)
		twin.shear(r)
	}
	return twin, from
}

// rescale multiplies every coordinate by a power of two or its negative,
// unless that loses bits.
func (in *Instance) rescale(r rng) {
	for c := range in.Width {
		f := pick(r, -4.0, -1, -0.125, 0.25, 1, 8)
		in.change(c, func(row []float64) (float64, bool) {
			v := row[c] * f
			return v, v/f == row[c]
		})
	}
}

// shear adds multiples of coordinates to others, unless that rounds.
func (in *Instance) shear(r rng) {
	for range in.Width {
		a, b := r.IntN(in.Width), r.IntN(in.Width)
		f := pick(r, -2.0, -1, 1, 2)
		if a == b {
			continue
		}
		in.change(a, func(row []float64) (float64, bool) {
			y := f * row[b]
			v := row[a] + y
			back := v - row[a]
			return v, y/f == row[b] && back == y && (row[a]-(v-back)) == 0
		})
	}
}

// change replaces coordinate c of all rows, if the new numbers are exact, and
// for float32 keys fit them.
func (in *Instance) change(c int, f func(row []float64) (v float64, exact bool)) {
	column := make([]float64, in.N())
	for i := range column {
		v, exact := f(in.Data[i*in.Width:][:in.Width])
		if !exact || v-v != 0 || in.Single && float64(float32(v)) != v {
			return
		}
		column[i] = v
	}
	for i, v := range column {
		in.Data[i*in.Width+c] = v
	}
}
