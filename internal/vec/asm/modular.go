package main

import (
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// modular writes the elimination modulo a small prime: tiles of four rows by
// four (AVX-512) or two (AVX2) vectors of float32 stay in registers.
type modular struct{ dense }

func newModular(ctx *build.Context, wide bool) modular {
	return modular{dense{newMachine(ctx, wide, true)}}
}

const factorRow = 64 // bytes of the factors of a row

func (m modular) emit() {
	m.begin("eliminate", "func(y, l, x *float32, ld, rows, cols, count int, p, inverse float32)",
		"is Eliminate for rows and cols that are multiples of 4 and 64, count > 0.")
	y, l, x := m.param("y"), m.param("l"), m.param("x")
	ld, cols, count := m.param("ld"), m.param("cols"), m.param("count")
	m.SHLQ(Imm(2), ld)
	ld3 := m.GP64()
	m.LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	p, inverse := m.vec(), m.vec()
	m.VBROADCASTSS(m.address(m.Param("p")), p)
	m.VBROADCASTSS(m.address(m.Param("inverse")), inverse)
	vectors := 2
	if m.wide {
		vectors = 4
	}
	m.Label("columns")
	yy, ll, rows := m.GP64(), m.GP64(), m.param("rows")
	m.MOVQ(y, yy)
	m.MOVQ(l, ll)
	m.Label("rows")
	at := func(row, v int) Mem {
		disp := v * m.width()
		switch row {
		case 0:
			return Mem{Base: yy, Disp: disp}
		case 3:
			return Mem{Base: yy, Index: ld3, Scale: 1, Disp: disp}
		}
		return Mem{Base: yy, Index: ld, Scale: uint8(row), Disp: disp}
	}
	m.tile(vectors, at, ll, x, ld, count, p, inverse)
	m.LEAQ(Mem{Base: yy, Index: ld, Scale: 4}, yy)
	m.ADDQ(U32(4*factorRow), ll)
	m.SUBQ(Imm(4), rows)
	m.JNZ(LabelRef("rows"))
	m.ADDQ(U32(vectors*m.width()), y)
	m.ADDQ(U32(vectors*m.width()), x)
	m.SUBQ(Imm(uint64(vectors*m.width()/4)), cols)
	m.JNZ(LabelRef("columns"))
	m.end()
}

// tile treats four rows of some vectors.
func (m modular) tile(vectors int, at func(row, v int) Mem, l, x, ld, count reg.GPVirtual, p, inverse reg.VecVirtual) {
	acc := make([][]reg.VecVirtual, 4)
	for r := range acc {
		acc[r] = m.vecs(vectors)
		for v, a := range acc[r] {
			m.VMOVUPS(at(r, v), a)
		}
	}
	k, xk := m.GP64(), m.GP64()
	m.XORQ(k, k)
	m.MOVQ(x, xk)
	m.Label("factor")
	row, b := m.vecs(vectors), m.vec()
	for v := range row {
		m.VMOVUPS(Mem{Base: xk, Disp: v * m.width()}, row[v])
	}
	for r := range acc {
		m.VBROADCASTSS(Mem{Base: l, Index: k, Scale: 4, Disp: r * factorRow}, b)
		for v, a := range acc[r] {
			m.VFNMADD231PS(row[v], b, a)
		}
	}
	m.ADDQ(ld, xk)
	m.INCQ(k)
	m.CMPQ(k, count)
	m.JLT(LabelRef("factor"))
	for r := range acc {
		for v, a := range acc[r] {
			q := m.vec()
			m.VMULPS(inverse, a, q)
			if m.wide {
				m.VRNDSCALEPS(Imm(0), q, q)
			} else {
				m.VROUNDPS(Imm(0), q, q)
			}
			m.VFNMADD231PS(q, p, a)
			m.VMOVUPS(a, at(r, v))
		}
	}
}
