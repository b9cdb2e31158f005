package main

import (
	"github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// where returns x where a stands in relation to b, else 0. It is one of the two
// places where the levels differ: masks are vectors with AVX2, registers of
// their own with AVX-512.
func (l lanes) where(relation func(a, b, mask operand.Op), a, b, x reg.VecVirtual) reg.VecVirtual {
	out := l.vec()
	if l.wide {
		mask := l.K()
		relation(a, b, mask)
		l.VMOVAPS_Z(x, mask, out)
		return out
	}
	relation(a, b, out)
	l.VANDPS(x, out, out)
	return out
}

// greater, equal are relations of integers, atLeast one of numbers.
func (l lanes) greater(a, b, mask operand.Op) { l.VPCMPGTD(b, a, mask) }
func (l lanes) equal(a, b, mask operand.Op)   { l.VPCMPEQD(b, a, mask) }
func (l lanes) atLeast(a, b, mask operand.Op) { l.VCMPPS(Imm(0x1d), b, a, mask) }

// down runs body for each of count rows of the matrices at the given
// addresses, which lie ld bytes apart; row(i) is the vector in matrix i.
func (l lanes) down(name string, count reg.GPVirtual, ld reg.GPVirtual, at []reg.GPVirtual, body func(row []Mem)) {
	row := make([]Mem, len(at))
	walk := make([]reg.GPVirtual, len(at))
	for i := range at {
		walk[i] = l.copyOf(at[i])
		row[i] = Mem{Base: walk[i]}
	}
	l.loop(name, count, func() {
		body(row)
		for _, w := range walk {
			l.ADDQ(ld, w)
		}
	})
}

// next moves the addresses on by a vector and goes back to label until n
// numbers are done.
func (l lanes) next(label string, n reg.GPVirtual, at ...reg.GPVirtual) {
	for _, a := range at {
		l.ADDQ(U32(l.width()), a)
	}
	l.SUBQ(Imm(uint64(l.width()/4)), n)
	l.JNZ(LabelRef(label))
}

func (l lanes) normForward() {
	l.begin("normForward", "func(uz, h, hat, rstd, base *float32, ld, d, n int, inverse float32)",
		"is NormForward for n > 0 columns, a multiple of Lanes; inverse is 1/d.")
	uz, h, hat, rstd, base := l.param("uz"), l.param("h"), l.param("hat"), l.param("rstd"), l.param("base")
	ld, n := l.bytes("ld"), l.param("n")
	inverse, zero := l.vec(), l.vec()
	l.VBROADCASTSS(l.address(l.Param("inverse")), inverse)
	l.zero(zero, zero, zero)
	l.Label("columns")
	z := l.param("d")
	l.IMULQ(ld, z)
	sum, mean, square, iz := l.vec(), l.vec(), l.vec(), l.vec()
	l.VMOVUPS(l.c("fone"), iz)
	l.VDIVPS(Mem{Base: uz, Index: z, Scale: 1}, iz, iz)
	l.VMOVUPS(iz, Mem{Base: uz, Index: z, Scale: 1})
	l.zero(sum, sum, sum)
	l.zero(square, square, square)
	b := l.copyOf(base)
	l.down("u", l.param("d"), ld, []reg.GPVirtual{uz, h}, func(row []Mem) {
		u, t := l.vec(), l.vec()
		l.VMULPS(row[0], iz, u)
		l.VMOVUPS(u, row[0])
		l.VBROADCASTSS(Mem{Base: b}, t)
		l.VADDPS(t, u, t)
		l.VMOVUPS(t, row[1])
		l.VADDPS(t, sum, sum)
		l.ADDQ(Imm(4), b)
	})
	l.VMULPS(inverse, sum, mean)
	l.down("variance", l.param("d"), ld, []reg.GPVirtual{h, hat}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[0], t)
		l.VSUBPS(mean, t, t)
		l.VMOVUPS(t, row[1])
		l.VFMADD231PS(t, t, square)
	})
	l.VMULPS(inverse, square, square)
	root, r := l.vec(), l.vec()
	l.VSQRTPS(square, root)
	l.VMOVUPS(l.c("fone"), r)
	l.VDIVPS(root, r, r)
	r = l.where(l.greater, square, zero, r)
	l.VMOVUPS(r, Mem{Base: rstd})
	l.down("hat", l.param("d"), ld, []reg.GPVirtual{hat}, func(row []Mem) {
		t := l.vec()
		l.VMULPS(row[0], r, t)
		l.VMOVUPS(t, row[0])
	})
	l.next("columns", n, uz, h, hat, rstd)
	l.end()
}

func (l lanes) normBackward() {
	l.begin("normBackward", "func(dh, a, uz, hat, rstd *float32, ld, d, n int, inverse float32)",
		"is NormBackward for n > 0 columns, a multiple of Lanes; inverse is 1/d.")
	dh, a, uz, hat, rstd := l.param("dh"), l.param("a"), l.param("uz"), l.param("hat"), l.param("rstd")
	ld, n := l.bytes("ld"), l.param("n")
	inverse := l.vec()
	l.VBROADCASTSS(l.address(l.Param("inverse")), inverse)
	l.Label("columns")
	mean, dot, r, iz, dz := l.vec(), l.vec(), l.vec(), l.vec(), l.vec()
	l.zero(mean, mean, mean)
	l.zero(dot, dot, dot)
	l.zero(dz, dz, dz)
	l.VMOVUPS(Mem{Base: rstd}, r)
	l.down("sums", l.param("d"), ld, []reg.GPVirtual{a, hat}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[0], t)
		l.VADDPS(t, mean, mean)
		l.VFMADD231PS(row[1], t, dot)
	})
	l.VMULPS(inverse, mean, mean)
	l.VMULPS(inverse, dot, dot)
	z := l.param("d")
	l.IMULQ(ld, z)
	l.VMOVUPS(Mem{Base: uz, Index: z, Scale: 1}, iz)
	l.down("gradient", l.param("d"), ld, []reg.GPVirtual{dh, a, uz, hat}, func(row []Mem) {
		t, o := l.vec(), l.vec()
		l.VMOVUPS(row[1], t)
		l.VSUBPS(mean, t, t)
		l.VFNMADD231PS(row[3], dot, t)
		l.VMOVUPS(row[0], o)
		l.VFMADD231PS(t, r, o)
		l.VMOVUPS(o, row[0])
		l.VMULPS(iz, o, o)
		l.VMOVUPS(o, row[1])
		l.VFNMADD231PS(row[2], o, dz)
	})
	l.VMOVUPS(dz, Mem{Base: a, Index: z, Scale: 1})
	l.next("columns", n, dh, a, uz, hat, rstd)
	l.end()
}

func (l lanes) gate() {
	l.begin("gate", "func(x, r *float32, ld, rows, n int)", "is Gate for n > 0 columns, a multiple of Lanes.")
	x, r, ld, n := l.param("x"), l.param("r"), l.bytes("ld"), l.param("n")
	zero := l.vec()
	l.zero(zero, zero, zero)
	l.Label("columns")
	l.down("rows", l.param("rows"), ld, []reg.GPVirtual{x, r}, func(row []Mem) {
		v, open := l.vec(), l.vec()
		l.VMOVUPS(row[0], v)
		l.VMOVUPS(row[1], open)
		l.VMOVUPS(l.where(l.greater, open, zero, v), row[0])
	})
	l.next("columns", n, x, r)
	l.end()
}
