package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// times runs body d+more times.
func (c *corral) times(name string, more int, body func()) {
	n := c.GP64()
	c.LEAQ(Mem{Base: c.d, Disp: more}, n)
	c.Label(name)
	body()
	c.DECQ(n)
	c.JNZ(LabelRef(name))
}

// last is the number after near's coordinates: 0, or −Inf where it must not be found.
func (c *corral) last() Mem {
	at := c.GP64()
	c.MOVQ(c.d, at)
	c.SHLQ(Imm(5), at)
	c.ADDQ(c.near, at)
	return Mem{Base: c.k, Index: at, Scale: 4, Disp: corralNear}
}

// combine returns the sum of the first d+more rows of one field times the numbers of
// another, and perhaps of the next row: two at a time in sums of their own, so that one
// need not wait for another.
func (c *corral) combine(name string, more, rows, numbers int) []reg.VecVirtual {
	sums, others := c.vecs(c.n), c.vecs(c.n)
	for v := range sums {
		c.VXORPD(sums[v], sums[v], sums[v])
		c.VXORPD(others[v], others[v], others[v])
	}
	row, number, n := c.GP64(), c.GP64(), c.GP64()
	c.LEAQ(c.at(rows), row)
	c.LEAQ(c.at(numbers), number)
	c.LEAQ(Mem{Base: c.d, Disp: more - 1}, n)
	c.Label(name)
	for i, to := range [][]reg.VecVirtual{sums, others} {
		b := c.ZMM()
		c.VBROADCASTSD(Mem{Base: number, Disp: 8 * i}, b)
		for v, s := range to {
			c.VFMADD231PD(Mem{Base: row, Disp: c.ld()*i + 64*v}, b, s)
		}
	}
	c.ADDQ(U32(2*c.ld()), row)
	c.ADDQ(Imm(16), number)
	c.SUBQ(Imm(2), n)
	c.JGE(LabelRef(name))
	for v, s := range sums {
		c.VADDPD(others[v], s, s)
	}
	return sums
}

// rowOf sets row to where a row of the first matrix lies.
func (c *corral) rowOf(number, row reg.GPVirtual) {
	c.IMUL3Q(U32(c.ld()), number, row)
	c.ADDQ(c.k, row)
}

// bordering returns where the bordering row lies, and a register for the lane.
func (c *corral) bordering() (row, lane reg.GPVirtual) {
	row, lane = c.GP64(), c.GP64()
	c.LEAQ(Mem{Base: c.d, Disp: 1}, lane)
	c.rowOf(lane, row)
	return row, lane
}

func (c *corral) keep(x []reg.VecVirtual, field int) {
	for v := range x {
		c.VMOVUPD(x[v], c.vector(field, v))
	}
}

// rankOne adds factor·v·vᵀ to the inverse, and clears the columns outside masks.
func (c *corral) rankOne(name string, v []reg.VecVirtual, factor reg.VecVirtual, masks []reg.OpmaskVirtual) {
	scaled := c.vecs(c.n)
	for i := range v {
		c.VMULPD(factor, v[i], scaled[i])
	}
	c.keep(scaled, corralB)
	row, number := c.GP64(), c.GP64()
	c.LEAQ(c.at(corralK), row)
	c.LEAQ(c.at(corralB), number)
	c.times(name, 2, func() {
		b := c.ZMM()
		c.VBROADCASTSD(Mem{Base: number}, b)
		for i := range v {
			t, at := c.ZMM(), Mem{Base: row, Disp: 64 * i}
			c.VMOVUPD(at, t)
			c.VFMADD231PD(v[i], b, t)
			if masks != nil {
				c.VMOVAPD_Z(t, masks[i], t)
			}
			c.VMOVUPD(t, at)
		}
		c.ADDQ(U32(c.ld()), row)
		c.ADDQ(Imm(8), number)
	})
}
