package main

import (
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns writes the passes over the rows of a matrix that treat as many
// columns at a time as a vector holds.
type columns struct{ dense }

func newColumns(ctx *build.Context, wide bool) columns { return columns{newDense(ctx, wide)} }

// eachRow loads the vector of every row in turn and stores it back if body
// says so.
func (c columns) eachRow(x reg.GPVirtual, body func(v reg.VecVirtual) (changed bool)) {
	rows, ld := c.param("rows"), c.param("ld")
	c.SHLQ(Imm(3), ld)
	c.Label("row")
	v := c.vec()
	c.VMOVUPD(Mem{Base: x}, v)
	if body(v) {
		c.VMOVUPD(v, Mem{Base: x})
	}
	c.ADDQ(ld, x)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
}

// held returns the vectors that the named arguments point to, and a function
// that stores them back.
func (c columns) held(names ...string) (v []reg.VecVirtual, store func()) {
	at := make([]reg.GPVirtual, len(names))
	for i, name := range names {
		at[i] = c.param(name)
		v = append(v, c.vec())
		c.VMOVUPD(Mem{Base: at[i]}, v[i])
	}
	return v, func() {
		for i := range v {
			c.VMOVUPD(v[i], Mem{Base: at[i]})
		}
	}
}

func (c columns) ranges() {
	c.begin("ranges", "func(lo, hi, sum, x *float64, rows, ld int)",
		"is Range for a vector of columns of rows > 0 rows, ld numbers apart.")
	v, store := c.held("lo", "hi", "sum")
	c.eachRow(c.param("x"), func(x reg.VecVirtual) bool {
		c.VMINPD(x, v[0], v[0])
		c.VMAXPD(x, v[1], v[1])
		c.VADDPD(x, v[2], v[2])
		return false
	})
	store()
	c.end()
}

func (c columns) centre() {
	c.begin("centre", "func(m, lost, size, x *float64, rows, ld int)",
		"is Centre for a vector of columns of rows > 0 rows, ld numbers apart.")
	v, store := c.held("m", "lost", "size")
	m, lost, size := v[0], v[1], v[2]
	abs := c.vec()
	c.VMOVUPD(c.constant("abs", func(int) uint64 { return 1<<63 - 1 }), abs)
	c.eachRow(c.param("x"), func(a reg.VecVirtual) bool {
		d, z, e, t := c.vec(), c.vec(), c.vec(), c.vec()
		c.VSUBPD(m, a, d) // a − m
		c.VSUBPD(d, a, z) // a − d
		c.VADDPD(z, d, e) // d + z
		c.VSUBPD(e, a, e) // a − (d + z)
		c.VSUBPD(m, z, t) // z − m
		c.VADDPD(t, e, e)
		c.VANDPD(abs, e, e)
		c.VMAXPD(e, lost, lost)
		c.VANDPD(abs, d, t)
		c.VMAXPD(t, size, size)
		c.VMOVAPD(d, a)
		return true
	})
	store()
	c.end()
}
