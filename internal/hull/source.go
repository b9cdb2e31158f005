// Package hull decides which points of a finite set are vertices of their
// convex hull, with proofs: plain floats with proved error bounds first, exact
// integer arithmetic for what they leave open. It knows points only.
package hull

import (
	"math"
	"math/big"
	"math/bits"
)

// Source is a point set as real numbers: row i is Scale[i]·x_i, or, when
// Projected, the Width−1 differences Scale[i]·(x_ic − x_i,last). Exactly one
// of F32 and F64 is set. All numbers are finite, factors positive.
type Source struct {
	N, Width  int
	F32       []float32
	F64       []float64
	Scale     []float64
	Projected bool
}

// Dim is the number of coordinates of a point.
func (s *Source) Dim() int {
	if s.Projected {
		return s.Width - 1
	}
	return s.Width
}

func (s *Source) raw(i, c int) float64 {
	if s.F32 != nil {
		return float64(s.F32[i*s.Width+c])
	}
	return s.F64[i*s.Width+c]
}

// plain reports that the given numbers are the coordinates themselves.
func (s *Source) plain() bool { return s.Scale == nil && !s.Projected }

// nearest returns coordinate c of point i rounded to the nearest float64. It
// is a function of the exact value alone, so equal values give equal results.
func (s *Source) nearest(i, c int) float64 {
	x := s.raw(i, c)
	if !s.Projected {
		if s.Scale != nil {
			x *= s.Scale[i]
		}
		return x + 0 // −0 becomes +0
	}
	last := s.raw(i, s.Width-1)
	d := x - last
	if s.Scale == nil {
		return d + 0
	}
	if twoDiffErr(x, last, d) == 0 {
		return d*s.Scale[i] + 0
	}
	f, _ := new(big.Rat).SetFrac(s.exact(i, c, -4400), pow2(4400)).Float64()
	return f
}

// nearestAll returns the nearest floats of all coordinates, row by row.
func (s *Source) nearestAll(workers int) []float64 {
	d := s.Dim()
	all := make([]float64, s.N*d)
	inParts(workers, s.N, d, func(_, from, to int) {
		switch {
		case s.plain() && s.F32 != nil:
			dst := all[from*d : to*d]
			for k, v := range s.F32[from*d : to*d] {
				dst[k] = float64(v) + 0
			}
		case s.plain():
			dst := all[from*d : to*d]
			for k, v := range s.F64[from*d : to*d] {
				dst[k] = v + 0
			}
		default:
			for i := from; i < to; i++ {
				for c := range d {
					all[i*d+c] = s.nearest(i, c)
				}
			}
		}
	})
	return all
}

// twoDiffErr is the exact rounding error of d = fl(a − b) (Knuth's TwoSum).
func twoDiffErr(a, b, d float64) float64 {
	bb := a - d
	return (a - (d + bb)) + (bb - b)
}

func pow2(e uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), e) }

// lsb is the exponent of the lowest set bit of x, or a large number for 0.
func lsb(x float64) int {
	m, e := mantissa(x)
	if m == 0 {
		return math.MaxInt32
	}
	return e + bits.TrailingZeros64(uint64(m))
}

// mantissa splits x = m·2^e with an integer m.
func mantissa(x float64) (m int64, e int) {
	b := math.Float64bits(x)
	e = int(b >> 52 & 0x7ff)
	m = int64(b & (1<<52 - 1))
	if e == 0 {
		e = 1
	} else {
		m |= 1 << 52
	}
	if x < 0 {
		m = -m
	}
	return m, e - 1075
}

// lowBit is the exponent of a bit at or under the lowest one of the exact
// coordinate, or a large number for 0.
func (s *Source) lowBit(i, c int) int {
	low := lsb(s.raw(i, c))
	if s.Projected {
		low = min(low, lsb(s.raw(i, s.Width-1)))
	}
	if s.Scale != nil && low != math.MaxInt32 {
		low += lsb(s.Scale[i])
	}
	return low
}

// exact returns the exact coordinate divided by 2^shift, for shift ≤ lowBit.
func (s *Source) exact(i, c, shift int) *big.Int {
	x := s.raw(i, c)
	if s.Scale == nil && !s.Projected {
		return shifted(x, 1, shift)
	}
	f := 1.0
	if s.Scale != nil {
		f = s.Scale[i]
	}
	z := shifted(x, f, shift)
	if s.Projected {
		z.Sub(z, shifted(s.raw(i, s.Width-1), f, shift))
	}
	return z
}

// shifted returns x·f/2^shift, which must be an integer.
func shifted(x, f float64, shift int) *big.Int {
	mx, ex := mantissa(x)
	z := big.NewInt(mx)
	e := ex - shift
	if f != 1 {
		mf, ef := mantissa(f)
		z.Mul(z, big.NewInt(mf))
		e += ef
	}
	if mx == 0 {
		return z
	}
	if e >= 0 {
		return z.Lsh(z, uint(e))
	}
	return z.Rsh(z, uint(-e)) // exact: only zero bits leave
}
