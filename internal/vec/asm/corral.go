package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// corral writes the descent of vec.Corral for AVX-512: a row of n vectors has a lane
// for each slot, and then one for the bordering row.
type corral struct {
	dense
	n          int
	one, minus Mem // constants: 1 and −1
	flat       Mem // what part of its square a corner must have beyond the others

	k, rows, list, d reg.GPVirtual
	used             reg.GPVirtual // set of slots
	added, left      reg.GPVirtual // left: how many more steps may be taken
	slot, near, j    reg.GPVirtual // what is added or removed
	z, x             []reg.VecVirtual
	norm             reg.VecVirtual // z·z
}

// Where the fields of vec.Corral lie.
const (
	corralRow    = 256
	corralK      = 0
	corralY      = corralK + 32*corralRow
	corralT      = corralY + 32*corralRow
	corralWeight = corralT + 32*corralRow
	corralX      = corralWeight + corralRow
	corralNorm   = corralX + corralRow
	corralP      = corralNorm + corralRow
	corralB      = corralP + corralRow
	corralV      = corralB + corralRow
	corralZ      = corralV + corralRow
	corralNear   = corralZ + corralRow
	corralQ      = corralNear + 32*128
	corralPanel  = corralQ + 128
	corralLane   = corralPanel + 128
	corralIndex  = corralLane + 128
	corralSquare = corralIndex + 128
	corralDrop   = corralSquare + 8
	corralLeast  = corralDrop + 8
	corralDim    = corralLeast + 8
	corralUsed   = corralDim + 16
)

const (
	less      = 0x11
	lessEqual = 0x12
)

func newCorral(ctx *build.Context, n int) *corral {
	return &corral{dense: newDense(ctx, true), n: n}
}

func (c *corral) emit() {
	c.begin(fmt.Sprintf("descend%d", c.n), "func(k, rows *float64, list *int32) (added, why int)",
		fmt.Sprintf("is Corral.Descend of the corral at k, whose slots and coordinates fill less than %d vectors.", c.n))
	c.constants()
	c.load()
	c.Label("step")
	c.lowest()
	c.difference()
	c.add()
	c.settle()
	c.point()
	c.ask()
	c.DECQ(c.left)
	c.JNZ(LabelRef("step"))
	c.endings()
}

func (c *corral) constants() {
	name := func(s string) string { return fmt.Sprintf("corral%d%s", c.n, s) }
	bits := func(x float64) uint64 { return math.Float64bits(x) }
	c.one = c.constant(name("One"), func(int) uint64 { return bits(1) })
	c.minus = c.constant(name("Minus"), func(int) uint64 { return bits(-1) })
	c.flat = c.constant(name("Flat"), func(int) uint64 { return bits(1e-9) })
}

// ld is the length of a row in bytes.
func (c *corral) ld() int { return 64 * c.n }

// at is a place in the corral.
func (c *corral) at(disp int) Mem { return Mem{Base: c.k, Disp: disp} }

// vector is vector v of a field or row.
func (c *corral) vector(disp, v int) Mem { return c.at(disp + 64*v) }

func (c *corral) load() {
	c.k, c.rows, c.list = c.param("k"), c.param("rows"), c.param("list")
	c.d, c.used, c.added, c.left = c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(c.at(corralDim), c.d)
	c.MOVQ(c.at(corralUsed), c.used)
	c.XORQ(c.added, c.added)
	c.LEAQ(Mem{Base: c.d, Index: c.d, Scale: 1}, c.left)
	c.LEAQ(Mem{Base: c.left, Index: c.left, Scale: 1}, c.left)
	c.LEAQ(Mem{Base: c.left, Index: c.left, Scale: 1, Disp: 8}, c.left)
	c.slot, c.near, c.j = c.GP64(), c.GP64(), c.GP64()
}

func (c *corral) endings() {
	why := c.GP64()
	c.Label("lost")
	c.MOVQ(U32(2), why)
	c.JMP(LabelRef("done"))
	c.Label("dependent")
	c.MOVQ(U32(1), why)
	c.JMP(LabelRef("done"))
	c.Label("none")
	c.XORQ(why, why)
	c.Label("done")
	c.MOVQ(c.used, c.at(corralUsed))
	c.MOVQ(c.added, c.address(c.ReturnIndex(0)))
	c.MOVQ(why, c.address(c.ReturnIndex(1)))
	c.end()
}

// lowest sets near to the near point with the largest score.
func (c *corral) lowest() {
	score, point, q, hidden := c.vecs(2), c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(c.d, hidden)
	c.SHLQ(Imm(7), hidden)
	for v := range score {
		c.VMOVUPS(Mem{Base: c.k, Index: hidden, Scale: 1, Disp: corralNear + 64*v}, score[v])
	}
	c.LEAQ(c.at(corralNear), point)
	c.LEAQ(c.at(corralQ), q)
	c.times("score", 0, func() {
		b := c.ZMM()
		c.VBROADCASTSS(Mem{Base: q}, b)
		for v, s := range score {
			c.VFMADD231PS(Mem{Base: point, Disp: 64 * v}, b, s)
		}
		c.ADDQ(Imm(128), point)
		c.ADDQ(Imm(4), q)
	})
	f := newMachine(c.Context, true, true)
	best, none, some := f.spread(score, f.max), c.ZMM(), c.K()
	c.VMOVUPS(f.constantRef("infinity"), none)
	c.VCMPPS(Imm(greater), none, best, some)
	c.KMOVW(some, hidden.As32())
	c.TESTQ(hidden, hidden)
	c.JZ(LabelRef("none"))
	f.where(score, best, c.near)
	c.JZ(LabelRef("lost")) // NaN
	c.TZCNTQ(c.near, c.near)
	c.CMPL(c.last(), Imm(0))
	c.JNE(LabelRef("lost")) // NaN among the scores
}

// difference sets j, z and norm, and ends the descent if j is not below.
func (c *corral) difference() {
	at, row := c.GP64(), c.GP64()
	c.MOVLQSX(Mem{Base: c.k, Index: c.near, Scale: 4, Disp: corralPanel}, at)
	c.SHLQ(Imm(5), at)
	c.ADDQ(c.near, at)
	c.MOVLQSX(Mem{Base: c.list, Index: at, Scale: 4}, c.j)
	c.MOVQ(c.j, row)
	c.IMULQ(c.d, row)
	c.LEAQ(Mem{Base: c.rows, Index: row, Scale: 8}, row)
	c.z = c.vecs(c.n)
	for v, k := range c.masks(c.firstLanes(c.d), c.n) {
		c.VMOVUPD_Z(Mem{Base: row, Disp: 64 * v}, k, c.z[v])
		c.VSUBPD(c.vector(corralP, v), c.z[v], c.z[v])
		c.VMOVUPD(c.z[v], c.vector(corralZ, v))
	}
	c.norm = c.product(c.z, func(v int) Op { return c.z[v] })
	c.TESTQ(c.used, c.used)
	c.JZ(LabelRef("below"))
	along := c.product(c.z, func(v int) Op { return c.vector(corralX, v) })
	limit := c.XMM()
	c.VMOVSD(c.at(corralSquare), limit)
	c.VMULSD(c.at(corralDrop), limit, limit)
	c.unless(along, less, limit, "none")
	c.Label("below")
}
