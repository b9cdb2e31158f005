package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// add takes z in as point j, unless it depends on the corners.
func (c *corral) add() {
	c.MOVQ(c.used, c.slot)
	c.NOTQ(c.slot)
	c.TZCNTQ(c.slot, c.slot)
	c.CMPQ(c.slot, c.d)
	c.JGT(LabelRef("dependent"))
	c.TESTQ(c.used, c.used)
	c.JNZ(LabelRef("border"))
	c.firstCorner()
	c.JMP(LabelRef("store"))
	c.Label("border")
	c.border()
	c.Label("store")
	row := c.GP64()
	c.rowOf(c.slot, row)
	for v, z := range c.z {
		c.VMOVUPD(z, Mem{Base: row, Disp: corralY + 64*v})
	}
	from, to := c.GP64(), c.GP64()
	c.LEAQ(c.at(corralZ), from)
	c.LEAQ(Mem{Base: c.k, Index: c.slot, Scale: 8, Disp: corralT}, to)
	c.times("transpose", 0, func() {
		x := c.GP64()
		c.MOVQ(Mem{Base: from}, x)
		c.MOVQ(x, Mem{Base: to})
		c.ADDQ(Imm(8), from)
		c.ADDQ(U32(c.ld()), to)
	})
	c.VMOVSD(c.norm, Mem{Base: c.k, Index: c.slot, Scale: 8, Disp: corralNorm})
	c.MOVL(c.j.As32(), Mem{Base: c.k, Index: c.slot, Scale: 4, Disp: corralIndex})
	c.MOVL(c.near.As32(), Mem{Base: c.k, Index: c.slot, Scale: 4, Disp: corralLane})
	c.BTSQ(c.slot, c.used)
	c.MOVL(U32(math.Float32bits(float32(math.Inf(-1)))), c.last())
	c.INCQ(c.added)
}

// firstCorner sets the inverse for one corner, in slot 0.
func (c *corral) firstCorner() {
	zero, one := c.XMM(), c.XMM()
	c.VXORPD(zero, zero, zero)
	c.unless(c.norm, greater, zero, "dependent")
	row, lane := c.bordering()
	c.VSUBSD(c.norm, zero, zero)
	c.VMOVSD(zero, Mem{Base: row, Index: lane, Scale: 8})
	c.VMOVSD(c.one, one)
	c.VMOVSD(one, Mem{Base: row})
	c.VMOVSD(one, Mem{Base: c.k, Index: lane, Scale: 8, Disp: corralK})
}

// border adds row and column slot to the inverse.
func (c *corral) border() {
	b := c.combine("products", 0, corralT, corralZ)
	_, lane := c.bordering()
	for i, k := range c.masks(c.lane(lane), c.n) {
		c.VMOVUPD(c.one, k, b[i])
	}
	c.keep(b, corralB)
	v := c.combine("solve", 2, corralK, corralB)

	left, least := c.XMM(), c.XMM()
	c.VSUBSD(c.product(v, func(i int) Op { return b[i] }), c.norm, left)
	c.VMULSD(c.flat, c.norm, least)
	c.unless(left, greater, least, "dependent")
	factor := c.ZMM()
	f := c.XMM()
	c.VMOVSD(c.one, f)
	c.VDIVSD(left, f, f)
	c.VBROADCASTSD(f, factor)
	for i, k := range c.masks(c.lane(c.slot), c.n) {
		c.VMOVUPD(c.minus, k, v[i])
	}
	c.rankOne("grow", v, factor, nil)
}

// settle moves the weights to those of the least point of the affine hull, removing
// corners whose weight would turn negative on the way.
func (c *corral) settle() {
	c.Label("settle")
	u, w, diff, t := c.vecs(c.n), c.vecs(c.n), c.vecs(c.n), c.vecs(c.n)
	zero, ones := c.ZMM(), c.ZMM()
	c.VXORPD(zero, zero, zero)
	c.VMOVUPD(c.one, ones)
	last, slots := c.bordering()
	for v, k := range c.masks(c.firstLanes(slots), c.n) {
		c.VMOVUPD_Z(Mem{Base: last, Disp: corralK + 64*v}, k, u[v])
		c.VMOVUPD(c.vector(corralWeight, v), w[v])
		c.VSUBPD(u[v], w[v], diff[v])
		sinks := c.K()
		c.VCMPPD(Imm(lessEqual), zero, u[v], sinks)
		c.VCMPPD(Imm(greater), zero, diff[v], sinks, sinks)
		c.VMOVAPD(ones, t[v])
		c.VDIVPD(diff[v], w[v], sinks, t[v])
	}
	theta := c.spread(t, c.min)
	c.unless(theta, less, ones.AsX(), "whole")
	c.where(t, theta, c.slot)
	c.TZCNTQ(c.slot, c.slot)
	for v := range w {
		c.VFNMADD231PD(theta, diff[v], w[v])
	}
	c.remove(w)
	c.TESTQ(c.used, c.used)
	c.JZ(LabelRef("lost"))
	c.JMP(LabelRef("settle"))
	c.Label("whole")
	c.keep(u, corralWeight)
}

// remove frees slot, whose weight it sets to 0 in w.
func (c *corral) remove(w []reg.VecVirtual) {
	others := c.lane(c.slot)
	c.NOTQ(others)
	masks := c.masks(others, c.n)
	for v, k := range masks {
		c.VMOVAPD_Z(w[v], k, w[v])
	}
	c.keep(w, corralWeight)
	row := c.GP64()
	c.rowOf(c.slot, row)
	out := c.vecs(c.n)
	for v := range out {
		c.VMOVUPD(Mem{Base: row, Disp: corralK + 64*v}, out[v])
	}
	factor, f := c.ZMM(), c.XMM()
	c.VMOVSD(c.minus, f)
	c.VDIVSD(Mem{Base: row, Index: c.slot, Scale: 8, Disp: corralK}, f, f)
	c.VBROADCASTSD(f, factor)
	c.rankOne("shrink", out, factor, masks)
	zero := c.ZMM()
	c.VXORPD(zero, zero, zero)
	for v := range out {
		c.VMOVUPD(zero, Mem{Base: row, Disp: corralK + 64*v})
	}
	c.BTRQ(c.slot, c.used)
	c.MOVLQSX(Mem{Base: c.k, Index: c.slot, Scale: 4, Disp: corralLane}, c.near)
	c.TESTQ(c.near, c.near)
	c.JLT(LabelRef("gone"))
	c.MOVL(U32(0), c.last())
	c.Label("gone")
}

// point sets X and Square to what the weights give.
func (c *corral) point() {
	x := c.combine("combine", 1, corralY, corralWeight)
	c.keep(x, corralX)
	square, before := c.product(x, func(v int) Op { return x[v] }), c.XMM()
	c.VMOVSD(c.at(corralSquare), before)
	c.VMOVSD(square, c.at(corralSquare))
	c.unless(square, less, before, "lost")
	c.unless(square, greater, c.at(corralLeast), "lost")
	c.x = x
}

// ask sets Q.
func (c *corral) ask() {
	zero := c.ZMM()
	c.VXORPD(zero, zero, zero)
	for v, x := range c.x {
		c.VSUBPD(x, zero, x)
		y := c.YMM()
		c.VCVTPD2PS(x, y)
		c.VMOVUPS(y, c.at(corralQ+32*v))
	}
	c.MOVL(U32(math.Float32bits(1)), Mem{Base: c.k, Index: c.d, Scale: 4, Disp: corralQ})
}
