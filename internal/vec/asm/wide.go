package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// What kernels for AVX-512 do with all lanes of some vectors.

// spread merges all numbers by op, which leaves the result in every lane.
func (m machine) spread(x []reg.VecVirtual, op ops) reg.VecVirtual {
	all, other := m.ZMM(), m.ZMM()
	m.VMOVAPD(x[0], all)
	for _, v := range x[1:] {
		op(v, all, all)
	}
	for _, imm := range []uint64{0x4e, 0xb1} {
		m.VSHUFF64X2(Imm(imm), all, all, other)
		op(other, all, all)
	}
	shuffles := []uint64{0x4e, 0xb1} // of quarters of 128 bits
	if !m.single {
		shuffles = []uint64{0x55}
	}
	for _, imm := range shuffles {
		m.permute(Imm(imm), all, other)
		op(other, all, all)
	}
	return all
}

// where sets lanes to the set of those in which x equals y. Its zero flag says
// whether there is none.
func (m machine) where(x []reg.VecVirtual, y reg.VecVirtual, lanes reg.GPVirtual) {
	m.XORQ(lanes, lanes)
	for v := len(x) - 1; v >= 0; v-- {
		eq, bits := m.K(), m.GP64()
		m.cmp(Imm(equal), y, x[v], eq)
		if m.single {
			m.KMOVW(eq, bits.As32())
			m.SHLQ(Imm(16), lanes)
		} else {
			m.KMOVB(eq, bits.As32())
			m.SHLQ(Imm(8), lanes)
		}
		m.ORQ(bits, lanes)
	}
}

// better keeps, lane by lane, a score that is larger than the best, and its number.
func (m machine) better(score, number, best, index Op) {
	won := m.K()
	m.cmp(Imm(greater), best, score, won)
	m.VMOVAPS(score, won, best)
	m.VMOVDQA32(number, won, index)
}

// masks returns the bits of a set of lanes of float64, which it shifts out, a vector
// each.
func (m machine) masks(bits reg.GPVirtual, vectors int) []reg.OpmaskVirtual {
	k := make([]reg.OpmaskVirtual, vectors)
	for v := range k {
		k[v] = m.K()
		m.KMOVB(bits.As32(), k[v])
		if v+1 < vectors {
			m.SHRQ(Imm(8), bits)
		}
	}
	return k
}

// lane returns the set of one lane.
func (m machine) lane(number reg.GPVirtual) reg.GPVirtual {
	bits := m.GP64()
	m.XORQ(bits, bits)
	m.BTSQ(number, bits)
	return bits
}

// firstLanes returns the set of so many lanes.
func (m machine) firstLanes(n reg.GPVirtual) reg.GPVirtual {
	bits := m.GP64()
	m.MOVQ(I32(-1), bits)
	m.BZHIQ(n, bits, bits)
	return bits
}

// unless jumps unless x op y, of numbers in the lowest lanes.
func (d dense) unless(x reg.VecVirtual, op uint64, y Op, label string) {
	k, r := d.K(), d.GP64()
	d.VCMPSD(Imm(op), y, x.AsX(), k)
	d.KMOVB(k, r.As32())
	d.TESTQ(r, r)
	d.JZ(LabelRef(label))
}

// sum returns the sum of all numbers of all vectors, which it destroys.
func (d dense) sum(v []reg.VecVirtual) reg.VecVirtual {
	for len(v) > 1 {
		half := len(v) / 2
		for i := range half {
			d.VADDPD(v[half+i], v[i], v[i])
		}
		v = v[:half]
	}
	y, x := d.YMM(), d.XMM()
	d.VEXTRACTF64X4(Imm(1), v[0], y)
	d.VADDPD(v[0].AsY(), y, y)
	d.VEXTRACTF128(Imm(1), y, x)
	d.VADDPD(y.AsX(), x, x)
	swapped := d.XMM()
	d.VPERMILPD(Imm(1), x, swapped)
	d.VADDSD(swapped, x, x)
	return x
}

// product returns the sum of products of vectors and of places in memory.
func (d dense) product(x []reg.VecVirtual, y func(v int) Op) reg.VecVirtual {
	p := d.vecs(len(x))
	for v := range x {
		d.VMULPD(y(v), x[v], p[v])
	}
	return d.sum(p)
}
