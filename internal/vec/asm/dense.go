package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dense writes the kernels on small float64 matrices and vectors. Rows of
// matrices are multiples of four numbers, which are called a quad.
type dense struct{ machine }

const quad = 32 // bytes

func newDense(ctx *build.Context, wide bool) dense {
	return dense{newMachine(ctx, wide, false)}
}

func (d dense) begin(name, signature, doc string) {
	d.Function(name + d.level())
	d.Attributes(attr.NOSPLIT)
	d.SignatureExpr(signature)
	d.Doc(name + d.level() + " " + doc)
	d.Pragma("noescape")
}

func (d dense) end() {
	d.VZEROUPPER()
	d.RET()
}

func (d dense) param(name string) reg.GPVirtual {
	r := d.GP64()
	d.Load(d.Param(name), r)
	return r
}

// quads returns n quads of registers: with AVX-512 two to a register, as far as
// they pair up. at[i] is the offset of register i in bytes.
func (d dense) quads(n int) (v []reg.VecVirtual, at []int) {
	for offset := 0; offset < n*quad; {
		at = append(at, offset)
		if d.wide && n*quad-offset >= 64 {
			v = append(v, d.ZMM())
			offset += 64
		} else {
			v = append(v, d.YMM())
			offset += 32
		}
	}
	return v, at
}

// like returns a new register of v's width.
func (d dense) like(v reg.VecVirtual) reg.VecVirtual {
	if v.Size() == 64 {
		return d.ZMM()
	}
	return d.YMM()
}

// pivot walks down the columns, eight quads of columns at a time: the new row r
// of these columns stays in registers.
func (d dense) pivot() {
	d.begin("pivot", "func(m *float64, ld, rows, r int, u *float64)",
		"divides row r by u[r] and takes u[k] times it from every other row k; ld > 0 is a multiple of 4.")
	m, cols, rows, r, u := d.param("m"), d.param("ld"), d.param("rows"), d.param("r"), d.param("u")
	ld := d.GP64()
	d.MOVQ(cols, ld)
	d.SHLQ(Imm(3), ld)
	offset := d.GP64()
	d.MOVQ(r, offset)
	d.IMULQ(ld, offset)
	const most = 8
	for n := most; n > 0; n-- {
		name := fmt.Sprintf("quads%d", n)
		d.Label(name)
		d.CMPQ(cols, Imm(uint64(4*n)))
		d.JLT(LabelRef(fmt.Sprintf("quads%d", n-1)))
		d.pivotColumns(n, name, m, ld, rows, r, u, offset)
		if n == most {
			d.ADDQ(U32(most*quad), m)
			d.SUBQ(Imm(4*most), cols)
			d.JMP(LabelRef(name))
		} else if n > 1 {
			d.JMP(LabelRef("quads0"))
		}
	}
	d.Label("quads0")
	d.end()
}

// pivotColumns treats n quads of columns, which start at m. Row r is changed
// like the others and then overwritten, which saves a branch.
func (d dense) pivotColumns(n int, name string, m, ld, rows, r, u, offset reg.GPVirtual) {
	v, at := d.quads(n)
	factor := d.vec()
	d.VBROADCASTSD(Mem{Base: u, Index: r, Scale: 8}, factor)
	old := d.GP64()
	d.LEAQ(Mem{Base: m, Index: offset, Scale: 1}, old)
	for i := range v {
		d.VMOVUPD(Mem{Base: old, Disp: at[i]}, v[i])
		d.VDIVPD(d.part(factor, v[i]), v[i], v[i])
	}
	row, k := d.GP64(), d.GP64()
	d.MOVQ(m, row)
	d.XORQ(k, k)
	d.Label(name + "_row")
	d.VBROADCASTSD(Mem{Base: u, Index: k, Scale: 8}, factor)
	for i := range v {
		t := d.like(v[i])
		d.VMOVUPD(Mem{Base: row, Disp: at[i]}, t)
		d.VFNMADD231PD(d.part(factor, v[i]), v[i], t)
		d.VMOVUPD(t, Mem{Base: row, Disp: at[i]})
	}
	d.ADDQ(ld, row)
	d.INCQ(k)
	d.CMPQ(k, rows)
	d.JLT(LabelRef(name + "_row"))
	for i := range v {
		d.VMOVUPD(v[i], Mem{Base: old, Disp: at[i]})
	}
}

// part returns v as wide as the register like.
func (d dense) part(v, like reg.VecVirtual) reg.Register {
	if like.Size() == 64 {
		return v
	}
	return v.AsY()
}

// matVec takes four rows at a time, so that their sums fill a quad.
func (d dense) matVec() {
	d.begin("matVec", "func(dst, m *float64, ld, rows int, x *float64)",
		"sets dst[i] to row i times x; ld > 0 is a multiple of 4.")
	dst, m, cols, rows, x := d.param("dst"), d.param("m"), d.param("ld"), d.param("rows"), d.param("x")
	ld := d.GP64()
	d.MOVQ(cols, ld)
	d.SHLQ(Imm(3), ld)
	d.Label("four")
	d.CMPQ(rows, Imm(4))
	d.JLT(LabelRef("one"))
	third := d.GP64()
	d.LEAQ(Mem{Base: m, Index: ld, Scale: 2}, third)
	a := d.sums(4, "four", cols, x, func(i int, at reg.GPVirtual) (setup func(), row Mem) {
		base := []reg.GPVirtual{m, third}[i/2]
		if i%2 == 0 {
			return nil, Mem{Base: base, Index: at, Scale: 1}
		}
		next := d.GP64()
		return func() { d.LEAQ(Mem{Base: base, Index: ld, Scale: 1}, next) }, Mem{Base: next, Index: at, Scale: 1}
	})
	d.VHADDPD(a[1], a[0], a[0])
	d.VHADDPD(a[3], a[2], a[2])
	d.VPERM2F128(Imm(0x21), a[2], a[0], a[1])
	d.VBLENDPD(Imm(0xc), a[2], a[0], a[0])
	d.VADDPD(a[1], a[0], a[0])
	d.VMOVUPD(a[0], Mem{Base: dst})
	d.ADDQ(Imm(quad), dst)
	d.LEAQ(Mem{Base: m, Index: ld, Scale: 4}, m)
	d.SUBQ(Imm(4), rows)
	d.JMP(LabelRef("four"))
	d.Label("one")
	d.TESTQ(rows, rows)
	d.JZ(LabelRef("done"))
	a = d.sums(1, "one", cols, x, func(_ int, at reg.GPVirtual) (func(), Mem) {
		return nil, Mem{Base: m, Index: at, Scale: 1}
	})
	d.VMOVSD(d.total(a[0]), Mem{Base: dst})
	d.ADDQ(Imm(8), dst)
	d.ADDQ(ld, m)
	d.DECQ(rows)
	d.JMP(LabelRef("one"))
	d.Label("done")
	d.end()
}

// sums returns quads whose numbers add up to the product of x and each of n
// rows. row gives the operand of a row at a byte offset, and code to run before.
func (d dense) sums(n int, name string, cols, x reg.GPVirtual, row func(i int, at reg.GPVirtual) (func(), Mem)) []reg.VecVirtual {
	at, left := d.GP64(), d.GP64()
	d.XORQ(at, at)
	d.MOVQ(cols, left)
	rows := make([]Mem, n)
	for i := range rows {
		setup, mem := row(i, at)
		if setup != nil {
			setup()
		}
		rows[i] = mem
	}
	acc := d.vecs(n)
	for _, a := range acc {
		d.zero(a, a, a)
	}
	per := d.width() / 8
	d.Label(name + "_column")
	d.CMPQ(left, Imm(uint64(per)))
	d.JLT(LabelRef(name + "_rest"))
	v := d.vec()
	d.VMOVUPD(Mem{Base: x, Index: at, Scale: 1}, v)
	for i, a := range acc {
		d.VFMADD231PD(rows[i], v, a)
	}
	d.ADDQ(Imm(uint64(d.width())), at)
	d.SUBQ(Imm(uint64(per)), left)
	d.JMP(LabelRef(name + "_column"))
	d.Label(name + "_rest")
	if !d.wide {
		return acc
	}
	return d.lastQuad(name, rows, acc, Mem{Base: x, Index: at, Scale: 1}, left)
}

// lastQuad adds the products of a quad that is left over with AVX-512 and folds
// the sums to quads. Loading a quad clears the upper half of the register.
func (d dense) lastQuad(name string, rows []Mem, acc []reg.VecVirtual, x Mem, left reg.GPVirtual) []reg.VecVirtual {
	d.TESTQ(left, left)
	d.JZ(LabelRef(name + "_fold"))
	v, t := d.ZMM(), d.ZMM()
	d.VMOVUPD(x, v.AsY())
	for i, a := range acc {
		d.VMOVUPD(rows[i], t.AsY())
		d.VFMADD231PD(t, v, a)
	}
	d.Label(name + "_fold")
	folded := make([]reg.VecVirtual, len(acc))
	for i, a := range acc {
		folded[i] = d.YMM()
		d.VEXTRACTF64X4(Imm(1), a, folded[i])
		d.VADDPD(a.AsY(), folded[i], folded[i])
	}
	return folded
}

// total adds the numbers of a quad, which it destroys.
func (d dense) total(a reg.VecVirtual) reg.Register {
	t := d.XMM()
	d.VEXTRACTF128(Imm(1), a, t)
	d.VADDPD(a.AsX(), t, t)
	d.VHADDPD(t, t, t)
	return t
}
