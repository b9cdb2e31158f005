package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// where returns x where a stands in relation to b, else 0. It is one of the two
// places where the levels differ: masks are vectors with AVX2, registers of
// their own with AVX-512.
func (l lanes) where(relation func(a, b, mask operand.Op), a, b operand.Op, x reg.VecVirtual) reg.VecVirtual {
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

// blocks runs body on a block of vectors at a time, whose chains of operations
// then overlap, and at the end on one vector at a time, until n numbers are
// done. at are the addresses, which it moves on; name makes labels differ.
func (l lanes) blocks(n reg.GPVirtual, at []reg.GPVirtual, body func(name string, vectors int)) {
	most := 3
	if l.wide {
		most = 2
	}
	for _, k := range []int{most, 1} {
		name, numbers := fmt.Sprintf("by%d", k), uint64(k*l.width()/4)
		l.Label(name)
		l.CMPQ(n, Imm(numbers))
		l.JLT(LabelRef(name + "_done"))
		body(name+"_", k)
		for _, a := range at {
			l.ADDQ(U32(k*l.width()), a)
		}
		l.SUBQ(Imm(numbers), n)
		l.JMP(LabelRef(name))
		l.Label(name + "_done")
	}
}

// nth is vector v from at on.
func (l lanes) nth(at Mem, v int) Mem { return at.Offset(v * l.width()) }

// zeros returns n registers of zeros.
func (l lanes) zeros(n int) []reg.VecVirtual {
	z := l.vecs(n)
	for _, v := range z {
		l.zero(v, v, v)
	}
	return z
}

func (l lanes) normForward() {
	l.begin("normForward", "func(uz, h, hat, rstd, base *float32, ld, d, n int, inverse float32)",
		"is NormForward for n > 0 columns, a multiple of Lanes; inverse is 1/d.")
	uz, h, hat, rstd, base := l.param("uz"), l.param("h"), l.param("hat"), l.param("rstd"), l.param("base")
	ld, n := l.bytes("ld"), l.param("n")
	inverse := l.vec()
	l.VBROADCASTSS(l.address(l.Param("inverse")), inverse)
	l.blocks(n, []reg.GPVirtual{uz, h, hat, rstd}, func(name string, k int) {
		z := l.param("d")
		l.IMULQ(ld, z)
		iz, sum, square := l.vecs(k), l.zeros(k), l.zeros(k)
		for v := range iz {
			at := l.nth(Mem{Base: uz, Index: z, Scale: 1}, v)
			l.VMOVUPS(l.c("fone"), iz[v])
			l.VDIVPS(at, iz[v], iz[v])
			l.VMOVUPS(iz[v], at)
		}
		b := l.copyOf(base)
		l.down(name+"u", l.param("d"), ld, []reg.GPVirtual{uz, h}, func(row []Mem) {
			t := l.vec()
			l.VBROADCASTSS(Mem{Base: b}, t)
			for v := range sum {
				u := l.vec()
				l.VMULPS(l.nth(row[0], v), iz[v], u)
				l.VMOVUPS(u, l.nth(row[0], v))
				l.VADDPS(t, u, u)
				l.VMOVUPS(u, l.nth(row[1], v))
				l.VADDPS(u, sum[v], sum[v])
			}
			l.ADDQ(Imm(4), b)
		})
		for _, mean := range sum {
			l.VMULPS(inverse, mean, mean)
		}
		l.down(name+"variance", l.param("d"), ld, []reg.GPVirtual{h, hat}, func(row []Mem) {
			for v, mean := range sum {
				t := l.vec()
				l.VMOVUPS(l.nth(row[0], v), t)
				l.VSUBPS(mean, t, t)
				l.VMOVUPS(t, l.nth(row[1], v))
				l.VFMADD231PS(t, t, square[v])
			}
		})
		for v := range square {
			square[v] = l.inverseRoot(square[v], inverse)
			l.VMOVUPS(square[v], l.nth(Mem{Base: rstd}, v))
		}
		l.down(name+"hat", l.param("d"), ld, []reg.GPVirtual{hat}, func(row []Mem) {
			for v := range square {
				t := l.vec()
				l.VMULPS(l.nth(row[0], v), square[v], t)
				l.VMOVUPS(t, l.nth(row[0], v))
			}
		})
	})
	l.end()
}

// inverseRoot returns 1/√(square·inverse), 0 where that product is 0. It uses
// square up.
func (l lanes) inverseRoot(square, inverse reg.VecVirtual) reg.VecVirtual {
	root, r, zero := l.vec(), l.vec(), l.vec()
	l.VMULPS(inverse, square, square)
	l.VSQRTPS(square, root)
	l.VMOVUPS(l.c("fone"), r)
	l.VDIVPS(root, r, r)
	l.zero(zero, zero, zero)
	return l.where(l.greater, square, zero, r)
}

func (l lanes) normBackward() {
	l.begin("normBackward", "func(dh, a, uz, hat, rstd *float32, ld, d, n int, inverse float32)",
		"is NormBackward for n > 0 columns, a multiple of Lanes; inverse is 1/d.")
	dh, a, uz, hat, rstd := l.param("dh"), l.param("a"), l.param("uz"), l.param("hat"), l.param("rstd")
	ld, n := l.bytes("ld"), l.param("n")
	l.blocks(n, []reg.GPVirtual{dh, a, uz, hat, rstd}, func(name string, k int) {
		mean, dot, dz := l.zeros(k), l.zeros(k), l.zeros(k)
		l.down(name+"sums", l.param("d"), ld, []reg.GPVirtual{a, hat}, func(row []Mem) {
			for v := range mean {
				t := l.vec()
				l.VMOVUPS(l.nth(row[0], v), t)
				l.VADDPS(t, mean[v], mean[v])
				l.VFMADD231PS(l.nth(row[1], v), t, dot[v])
			}
		})
		inverse := l.vec()
		l.VBROADCASTSS(l.address(l.Param("inverse")), inverse)
		for v := range mean {
			l.VMULPS(inverse, mean[v], mean[v])
			l.VMULPS(inverse, dot[v], dot[v])
		}
		z := l.param("d")
		l.IMULQ(ld, z)
		iz := Mem{Base: uz, Index: z, Scale: 1}
		l.down(name+"gradient", l.param("d"), ld, []reg.GPVirtual{dh, a, uz, hat}, func(row []Mem) {
			for v := range mean {
				t, o := l.vec(), l.vec()
				l.VMOVUPS(l.nth(row[1], v), t)
				l.VSUBPS(mean[v], t, t)
				l.VFNMADD231PS(l.nth(row[3], v), dot[v], t)
				l.VMOVUPS(l.nth(row[0], v), o)
				l.VFMADD231PS(l.nth(Mem{Base: rstd}, v), t, o)
				l.VMOVUPS(o, l.nth(row[0], v))
				l.VMULPS(l.nth(iz, v), o, o)
				l.VMOVUPS(o, l.nth(row[1], v))
				l.VFNMADD231PS(l.nth(row[2], v), o, dz[v])
			}
		})
		for v := range dz {
			l.VMOVUPS(dz[v], l.nth(Mem{Base: a, Index: z, Scale: 1}, v))
		}
	})
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
