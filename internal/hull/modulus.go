package hull

import (
	"math"
	"sync"
)

// modulus maps exact coordinates, times one common power of two, to residues.
type modulus struct {
	p   float64
	src *Source
	pow []float64 // 2^k mod p
}

// residue reduces an integer 0 ≤ v < 2^53.
func (m *modulus) residue(v float64) float64 {
	r := v - m.p*math.Floor(v/m.p)
	if r >= m.p {
		r -= m.p
	} else if r < 0 {
		r += m.p
	}
	return r
}

func (m *modulus) residues(row []float64) {
	for c, v := range row {
		row[c] = m.residue(v)
	}
}

const lowest = 2200 // no exact coordinate has a bit under 2^-lowest

// powers makes pow.
func (m *modulus) powers() {
	if m.pow != nil {
		return
	}
	if known, ok := powerTables.Load(m.p); ok {
		m.pow = known.([]float64)
		return
	}
	pow := make([]float64, 2*lowest)
	pow[0] = 1
	for k := 1; k < len(pow); k++ {
		pow[k] = m.residue(2 * pow[k-1])
	}
	powerTables.Store(m.p, pow)
	m.pow = pow
}

// powerTables has pow of each prime that was used, never changed.
var powerTables sync.Map

func (m *modulus) row(i int, dst []float64) []float64 {
	m.powers()
	s, f := m.src, 1.0
	if s.Scale != nil {
		f = s.Scale[i]
	}
	for c := range dst {
		dst[c] = m.of(s.raw(i, c), f)
		if s.Projected {
			dst[c] = m.residue(dst[c] + m.p - m.of(s.raw(i, s.Width-1), f))
		}
	}
	return dst
}

// of returns x·f·2^lowest modulo the prime.
func (m *modulus) of(x, f float64) float64 {
	mx, ex := mantissa(x)
	if mx == 0 {
		return 0
	}
	p := int64(m.p)
	r := mx % p
	if f != 1 {
		mf, ef := mantissa(f)
		r, ex = r*(mf%p)%p, ex+ef
	}
	r = r * int64(m.pow[ex+lowest]) % p
	if r < 0 {
		r += p
	}
	return float64(r)
}
