package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const geluChunk = 1024 // as in package vec

func init() {
	tails := map[string][]float32{
		"ftaillog":   {-0.999999463558197, -1.1511359214782715, -0.45895978808403015, -0.05318846553564072, 0.007956392131745815, -0.0007371468236669898, 3.001560253323987e-05},
		"ftailslope": {1.0000008344650269, -0.7979375720024109, -0.6361088752746582, -0.11081089079380035, 0.02217303030192852, -0.0025750058703124523, 0.00012485402112361044},
	}
	for name, c := range tails {
		for i, v := range c {
			laneConstants[fmt.Sprint(name, i)] = v
		}
	}
	laneConstants["ftailend"] = 6
	laneIntegers["iabs"], laneIntegers["isign"] = 1<<31-1, 1<<31
}

// classifiers writes what BERT needs beside the kernels of models.
func (l lanes) classifiers() {
	l.attend(2)
	l.geluErfForward()
	l.geluErfBackward()
	l.adamStep()
}

// eachChunk runs body for chunks of at most geluChunk columns of all rows: bytes is
// the chunk's width, and the addresses are moved on to it.
func (l lanes) eachChunk(at []reg.GPVirtual, body func(bytes reg.GPVirtual)) {
	rows, skip := l.param("rows"), l.bytes("ld")
	n := l.bytes("n")
	l.SUBQ(n, skip)
	l.Label("rows")
	left, bytes := l.copyOf(n), l.GP64()
	l.Label("chunks")
	l.MOVQ(U64(4*geluChunk), bytes)
	l.CMPQ(left, bytes)
	l.CMOVQLT(left, bytes)
	body(bytes)
	for _, a := range at {
		l.ADDQ(bytes, a)
	}
	l.SUBQ(bytes, left)
	l.JNZ(LabelRef("chunks"))
	for _, a := range at {
		l.ADDQ(skip, a)
	}
	l.DECQ(rows)
	l.JNZ(LabelRef("rows"))
	l.end()
}

// phase runs body for the vectors of a chunk; at(base) is that at an address.
func (l lanes) phase(name string, bytes reg.GPVirtual, body func(at func(base reg.Register) Mem)) {
	c := l.GP64()
	l.XORQ(c, c)
	l.Label(name)
	body(func(base reg.Register) Mem { return Mem{Base: base, Index: c, Scale: 1} })
	l.ADDQ(U32(l.width()), c)
	l.CMPQ(c, bytes)
	l.JNE(LabelRef(name))
}

// coefficients returns registers with count constants called name0 and so on.
func (l lanes) coefficients(name string, count int) []reg.VecVirtual {
	c := make([]reg.VecVirtual, count)
	for i := range c {
		c[i] = l.reg(fmt.Sprint(name, i))
	}
	return c
}

// polynomial evaluates a polynomial at x.
func (l lanes) polynomial(c []reg.VecVirtual, x reg.VecVirtual) reg.VecVirtual {
	p, last := l.vec(), len(c)-1
	l.VMOVAPS(c[last], p)
	for i := last - 1; i >= 0; i-- {
		l.VFMADD213PS(c[i], x, p)
	}
	return p
}

// The kernels go through a chunk in phases, with all constants of a phase in
// registers: in one go its chains of operations, which wait for one another, are
// too long for many to fit the processor's window.

// tailPhase writes the logarithms of the tails of a chunk.
func (l lanes) tailPhase(bytes, x, t reg.GPVirtual) {
	abs, end, c := l.reg("iabs"), l.reg("ftailend"), l.coefficients("ftaillog", 7)
	l.phase("tail", bytes, func(at func(reg.Register) Mem) {
		v := l.vec()
		l.VANDPS(at(x), abs, v)
		l.VMINPS(end, v, v)
		l.VMOVUPS(l.polynomial(c, v), at(t))
	})
}

// power returns 2^x for −126 ≤ x ≤ 127, and uses x up.
func (l lanes) power(x, magic reg.VecVirtual, c []reg.VecVirtual) reg.VecVirtual {
	t, n := l.vec(), l.vec()
	l.VADDPS(magic, x, t)
	l.VSUBPS(magic, t, n)
	l.VSUBPS(n, x, x)
	p := l.polynomial(c, x)
	l.VPSLLD(Imm(23), t, t)
	l.VPADDD(t, p, p)
	return p
}

// geluOf returns max(0,x) − a·p; NaN stays.
func (l lanes) geluOf(x, a, p, zero reg.VecVirtual) reg.VecVirtual {
	y := l.vec()
	l.VMAXPS(x, zero, y)
	l.VFNMADD231PS(p, a, y)
	return y
}

func (l lanes) zeroReg() reg.VecVirtual {
	z := l.vec()
	l.zero(z, z, z)
	return z
}

// powerPhase replaces the logarithms of a chunk by the tails.
func (l lanes) powerPhase(bytes, t reg.GPVirtual) {
	magic, c := l.reg("fmagic"), l.coefficients("ftwo", 6)
	l.phase("power", bytes, func(at func(reg.Register) Mem) {
		p := l.vec()
		l.VMOVUPS(at(t), p)
		l.VMOVUPS(l.power(p, magic, c), at(t))
	})
}

func (l lanes) geluErfForward() {
	l.begin("geluErfForward", "func(y, x, t *float32, ld, rows, n int)", "is GeluErfForward for n > 0 columns, a multiple of Lanes; t points to geluChunk numbers.")
	y, x, t := l.param("y"), l.param("x"), l.param("t")
	l.eachChunk([]reg.GPVirtual{x, y}, func(bytes reg.GPVirtual) {
		l.tailPhase(bytes, x, t)
		l.powerPhase(bytes, t)
		abs, zero := l.reg("iabs"), l.zeroReg()
		l.phase("gelu", bytes, func(at func(reg.Register) Mem) {
			p, v, a := l.vec(), l.vec(), l.vec()
			l.VMOVUPS(at(t), p)
			l.VMOVUPS(at(x), v)
			l.VANDPS(abs, v, a)
			l.VMOVUPS(l.geluOf(v, a, p, zero), at(y))
		})
	})
}

// geluErfBackward takes the slope as ½ plus or minus what it is away from that.
func (l lanes) geluErfBackward() {
	l.begin("geluErfBackward", "func(y, dx, dy, x, t *float32, ld, rows, n int)", "is GeluErfBackward for n > 0 columns, a multiple of Lanes; t points to geluChunk numbers.")
	y, dx, dy, x, t := l.param("y"), l.param("dx"), l.param("dy"), l.param("x"), l.param("t")
	l.eachChunk([]reg.GPVirtual{x, dy, y, dx}, func(bytes reg.GPVirtual) {
		l.tailPhase(bytes, x, t)
		l.powerPhase(bytes, t)
		c := l.coefficients("ftailslope", 7)
		abs, end, half, zero := l.reg("iabs"), l.reg("ftailend"), l.reg("fhalf"), l.zeroReg()
		l.phase("slope", bytes, func(at func(reg.Register) Mem) {
			v, a, clamped, p := l.vec(), l.vec(), l.vec(), l.vec()
			l.VMOVUPS(at(x), v)
			l.VANDPS(abs, v, a)
			l.VMINPS(end, a, clamped)
			s := l.polynomial(c, clamped)
			l.VMOVUPS(at(t), p)
			l.VFNMADD213PS(half, p, s)
			out := l.geluOf(v, a, p, zero)
			l.VANDPS(l.c("isign"), v, v)
			l.VXORPS(v, s, s)
			l.VADDPS(half, s, s)
			l.VMULPS(at(dy), s, s)
			l.VMOVUPS(s, at(dx))
			l.VMOVUPS(out, at(y))
		})
	})
}
