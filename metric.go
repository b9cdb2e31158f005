package keyhull

import (
	"math"
)

// metric is the keys after factor and projection, in the metric that margins
// and query norms are measured in: coordinate c of key i is hi + lo times
// 2^exp, the largest hi between 1/2 and 1. lo is nil when it is 0 throughout.
type metric struct {
	dim    int
	hi, lo []float64
	exp    int
}

// left bounds what hi + lo leaves out of a number: of a mean in twice the
// precision, or of numbers that are 2^1000 times smaller than others.
func (m *metric) left() float64 {
	if m.lo == nil {
		return 0x1p-1000
	}
	return float64(m.dim*m.dim) * 0x1p-102
}

func (k Keys) metric() metric {
	m := metric{dim: k.dim, hi: make([]float64, k.n*k.dim)}
	switch {
	case k.f64 != nil:
		copy(m.hi, k.f64)
	default:
		for i, v := range k.f32 {
			m.hi[i] = float64(v)
		}
	}
	if k.scale == nil && !k.projected {
		m.exp = exponent(m.hi)
		shift(m.hi, -m.exp)
		return m
	}
	m.lo = make([]float64, len(m.hi))
	exps := make([]int, k.n)
	m.exp = math.MinInt32
	for i := range k.n {
		exps[i] = k.normalize(i, m.hi[i*k.dim:(i+1)*k.dim], m.lo[i*k.dim:(i+1)*k.dim])
		m.exp = max(m.exp, exps[i])
	}
	for i, e := range exps {
		shift(m.hi[i*k.dim:(i+1)*k.dim], e-m.exp)
		shift(m.lo[i*k.dim:(i+1)*k.dim], e-m.exp)
	}
	return m
}

// normalize applies factor and projection to row i, in twice the precision,
// and divides by a power of two so that the largest number is near 1.
func (k Keys) normalize(i int, hi, lo []float64) (exp int) {
	exp = exponent(hi)
	shift(hi, -exp)
	if k.projected {
		sum, rest := 0.0, 0.0
		for _, v := range hi {
			s := sum + v
			rest += sumError(sum, v, s)
			sum = s
		}
		d := float64(k.dim)
		mean := (sum + rest) / d
		rest = (math.FMA(-mean, d, sum) + rest) / d // of the mean
		for c, v := range hi {
			x := v - mean
			hi[c], lo[c] = pair(x, sumError(v, -mean, x)-rest)
		}
	}
	if k.scale != nil {
		f, e := math.Frexp(k.scale[i])
		exp += e
		for c, v := range hi {
			x := v * f
			hi[c], lo[c] = pair(x, math.FMA(v, f, -x)+lo[c]*f)
		}
	}
	e := exponent(hi)
	shift(hi, -e)
	shift(lo, -e)
	return exp + e
}

// sumError is the rounding error of s = fl(a + b) (Knuth's TwoSum).
func sumError(a, b, s float64) float64 {
	bb := s - a
	return (a - (s - bb)) + (b - bb)
}

// pair brings hi + lo to the form in which hi is the rounded sum.
func pair(hi, lo float64) (float64, float64) {
	s := hi + lo
	return s, sumError(hi, lo, s)
}

// exponent is that of the power of two above the largest |x|; 0 for zeros.
func exponent(x []float64) int {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	_, exp := math.Frexp(largest)
	return exp
}

// shift multiplies x by 2^exp.
func shift(x []float64, exp int) {
	if exp == 0 {
		return
	}
	if f := math.Ldexp(1, exp); exp > -1022 && exp < 1024 {
		for i := range x {
			x[i] *= f
		}
		return
	}
	for i, v := range x {
		x[i] = math.Ldexp(v, exp)
	}
}

// radius is the largest distance of a row to the rows' mean.
func (m *metric) radius() float64 {
	mean, rest := make([]float64, m.dim), make([]float64, m.dim)
	n := float64(len(m.hi) / m.dim)
	each := func(f func(i int, row []float64)) {
		for i := 0; i < len(m.hi); i += m.dim {
			f(i, m.hi[i:i+m.dim])
		}
	}
	each(func(_ int, row []float64) {
		for c, v := range row {
			mean[c] += v
		}
	})
	for c := range mean {
		mean[c] /= n
	}
	each(func(_ int, row []float64) { // of the mean, for keys far from the origin
		for c, v := range row {
			rest[c] += v - mean[c]
		}
	})
	for c := range rest {
		rest[c] /= n
	}
	most := 0.0
	each(func(i int, row []float64) {
		s := 0.0
		for c, v := range row {
			v = v - mean[c] - rest[c]
			if m.lo != nil {
				v += m.lo[i+c]
			}
			s += v * v
		}
		most = max(most, s)
	})
	return math.Sqrt(most)
}
