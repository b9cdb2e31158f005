package shortcut

import (
	"math/big"
	"math/bits"
)

// wide is the integer hi·2^64 + lo.
type wide struct {
	hi int64
	lo uint64
}

func (a wide) add(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return wide{a.hi + b.hi + int64(carry), lo}
}

func (a wide) sub(b wide) wide {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	return wide{a.hi - b.hi - int64(borrow), lo}
}

// shl is a·2^s, for 0 < s < 64.
func (a wide) shl(s uint) wide { return wide{a.hi<<s | int64(a.lo>>(64-s)), a.lo << s} }

// size is |a|/2^s, rounded up or 1 more.
func (a wide) size(s uint) *big.Int {
	v := big.NewInt(a.hi)
	v.Add(v.Lsh(v, 64), new(big.Int).SetUint64(a.lo))
	return v.Add(v.Rsh(v.Abs(v), s), big.NewInt(1))
}

func (a wide) float() float64 { return float64(a.hi)*0x1p64 + float64(a.lo) }

// times is x·y.
func times(x, y int64) wide {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	return wide{int64(hi) - x>>63&y - y>>63&x, lo}
}

// wideDot is Σ x·y, which must be below 2^127.
func wideDot(x, y []int64) (s wide) {
	y = y[:len(x)]
	for c, v := range x {
		s = s.add(times(v, y[c]))
	}
	return s
}

// shortDot is the same for numbers of 29 bits: 32 products fit in 63.
func shortDot(x, y []int64) (s wide) {
	for len(x) > 0 {
		part, some := int64(0), min(32, len(x))
		for c, v := range x[:some] {
			part += v * y[c]
		}
		s = s.add(wide{part >> 63, uint64(part)})
		x, y = x[some:], y[some:]
	}
	return s
}
