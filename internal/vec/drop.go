package vec

import (
	"fmt"
	"math"
)

// Drop says what dropout drops: each number with probability P, those that
// stay being divided by 1−P. Which ones depends on Key and on two indices of
// the number alone, so that a backward pass finds them again, in any order and
// on any level. Different keys give independent choices. P = 0 drops nothing.
type Drop struct {
	Key uint64
	P   float32
}

// dice is a Drop made ready.
type dice struct {
	seed, key uint32
	limit     int32 // dropped where the bits are at most it
	scale     float32
	none      bool
}

const (
	golden = 0x9e3779b1 // 2^32/φ, odd: small steps of two indices never meet
	mixA   = 0x7feb352d
	mixB   = 0x846ca68b
)

// dice panics unless 0 ≤ P < 1. Keys go through the finalizer of SplitMix64
// (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
func (d Drop) dice() dice {
	if !(d.P >= 0 && d.P < 1) {
		panic(fmt.Sprintf("vec: dropout with probability %v", d.P))
	}
	x := d.Key + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	least := uint32(math.Round(float64(d.P) * (1 << 32)))
	return dice{
		seed: uint32(x), key: uint32(x >> 32),
		limit: int32(least - 1 - 1<<31), scale: 1 / (1 - d.P), none: least == 0,
	}
}

// throw returns 32 bits for the indices i and j: the integer hash "lowbias32"
// (C. Wellons, "Prospecting for hash functions", 2018) of a counter, with half
// the key in the middle and without the last step, which changes only the lower
// half.
func (d *dice) throw(i, j int) uint32 {
	x := d.seed + uint32(i)*golden + uint32(j)
	x = (x ^ x>>16) * mixA
	return (x ^ x>>15 ^ d.key) * mixB
}

func (d *dice) keeps(i, j int) bool { return d.none || int32(d.throw(i, j)) > d.limit }

// Dropout sets the first n columns of y (rows,n) to those of x (rows,n) after
// dropout, or adds them to y. The indices of the number at row i, column c are i
// and offset+c. x and y have the same Ld and may be the same. It panics on a
// wrong shape, or unless 0 ≤ P < 1.
func Dropout(y, x Rows, rows, n int, drop Drop, offset int, add bool) {
	d := drop.dice()
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	y.need(rows, n)
	x.need(rows, n)
	sameLd(y.Ld, x.Ld)
	if !d.none {
		dropout(y, x, rows, n, &d, offset, add)
		return
	}
	for i := range rows {
		if add {
			addTo(y.Row(i)[:n], x.Row(i))
		} else {
			copy(y.Row(i)[:n], x.Row(i))
		}
	}
}

// vectors returns the key, the limit and the counters from the given one on, for
// a vector each.
func (d *dice) vectors(first uint32) (v [3][MaxLanes]uint32) {
	for l := range uint32(MaxLanes) {
		v[0][l], v[1][l], v[2][l] = d.key, uint32(d.limit), first+l
	}
	return v
}

func dropoutGeneric(y, x Rows, rows, n int, d *dice, offset int, add bool) {
	for i := range rows {
		out := y.Row(i)[:n]
		for c, v := range x.Row(i)[:n] {
			v *= d.scale
			if !d.keeps(i, offset+c) {
				v = 0
			}
			if add {
				v += out[c]
			}
			out[c] = v
		}
	}
}
