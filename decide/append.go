package decide

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"keyhull/cert"
)

// appendKey appends the JSON of a key as json.Marshal, its plain twin, writes
// it: what most keys have by hand, which takes a tenth of the time, since a
// thousand keys have ten thousand numbers; others by the twin.
func appendKey(b []byte, k *cert.Key) []byte {
	if k.Death != nil || k.DeathBasis != nil || k.DeathWeights != nil || k.AliveQuery != nil || k.Query != nil && k.Query.Exact != nil {
		return append(b, marshal(k)...)
	}
	b = appendInt(append(b, `{"index":`...), int64(k.Index))
	b = append(append(append(b, `,"verdict":"`...), k.Verdict...), '"')
	b = appendNumber(b, `,"margin":`, k.Margin)
	b = appendNumber(b, `,"relative_margin":`, k.RelativeMargin)
	b = appendNumber(b, `,"best_attention":`, k.BestAttention)
	if len(k.Copies) > 0 {
		b = appendInts(append(b, `,"copies":`...), k.Copies)
	}
	if len(k.Bases) > 0 {
		b = appendList(append(b, `,"bases":`...), k.Bases, appendInts)
	}
	if len(k.Weights) > 0 {
		b = appendList(append(b, `,"weights":`...), k.Weights, appendFloats)
	}
	if k.Query != nil {
		b = appendFloats(append(b, `,"query":`...), k.Query.Float)
	}
	return append(b, '}')
}

func appendNumber(b []byte, name string, x *float64) []byte {
	if x == nil {
		return b
	}
	return appendFloat(append(b, name...), *x)
}

func appendInts(b []byte, list []int) []byte {
	return appendList(b, list, func(b []byte, x int) []byte { return appendInt(b, int64(x)) })
}

func appendFloats(b []byte, list []float64) []byte { return appendList(b, list, appendFloat) }

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, x)
	}
	return append(b, ']')
}

// appendFloat writes as encoding/json does: as JavaScript writes numbers.
func appendFloat(b []byte, x float64) []byte {
	if n := int64(x); n != 0 && -1<<53 < n && n < 1<<53 && float64(n) == x { // most queries
		return appendInt(b, n)
	}
	if parts := int64(x*1e6 + 0.5); 0 < parts && parts < 1e6 && float64(parts)/1e6 == x { // most weights
		return appendParts(b, uint32(parts))
	}
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		b = strconv.AppendFloat(b, x, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' { // e-09 is e-9
			b[n-2] = b[n-1]
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

// appendParts writes some millionths, 0 < parts < 1e6: of all decimals that are
// read as that float the one of the fewest digits, as strconv does, since no
// two of at most 15 digits are read as the same.
func appendParts(b []byte, parts uint32) []byte {
	d := digits(parts)
	b = binary.LittleEndian.AppendUint64(b, d|0x3030303030302e30) // "0." where two zeros are
	return b[:len(b)-bits.LeadingZeros64(d)/8]
}

// appendInt is strconv.AppendInt without branches that are hard to predict.
func appendInt(b []byte, x int64) []byte {
	if x <= -1e8 || x >= 1e8 {
		return strconv.AppendInt(b, x, 10)
	}
	if x < 0 {
		b, x = append(b, '-'), -x
	}
	d := digits(uint32(x))
	zeros := bits.TrailingZeros64(d|1<<56) / 8
	b = binary.LittleEndian.AppendUint64(b, (d|0x3030303030303030)>>(8*zeros))
	return b[:len(b)-zeros]
}

// digits returns the eight digits of x < 1e8, a byte each, the first in the lowest
// byte: quotients of halves, of their halves and of theirs, all at once.
func digits(x uint32) uint64 {
	d := uint64(x/1e4) | uint64(x%1e4)<<32
	q := d * 5243 >> 19 & 0x7f0000007f // d / 100
	d = q | (d-100*q)<<16
	q = d * 103 >> 10 & 0xf000f000f000f // d / 10
	return q | (d-10*q)<<8
}
