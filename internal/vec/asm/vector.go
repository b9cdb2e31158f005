package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dot keeps four vectors of sums, so that one fused product need not wait for
// another.
func (d dense) dot() {
	d.begin("dot", "func(x, y *float64, n int) float64", "returns the sum of n > 0 products.")
	x, y, n := d.param("x"), d.param("y"), d.param("n")
	acc := d.vecs(4)
	for _, a := range acc {
		d.zero(a, a, a)
	}
	d.inSteps(n, func(count int) {
		for i := range count {
			v := d.vec()
			d.VMOVUPD(Mem{Base: x, Disp: i * d.width()}, v)
			d.VFMADD231PD(Mem{Base: y, Disp: i * d.width()}, v, acc[i])
		}
		d.ADDQ(U32(count*d.width()), x)
		d.ADDQ(U32(count*d.width()), y)
	})
	d.VADDPD(acc[1], acc[0], acc[0])
	d.VADDPD(acc[3], acc[2], acc[2])
	d.VADDPD(acc[2], acc[0], acc[0])
	sum := acc[0]
	if d.wide {
		sum = d.YMM()
		d.VEXTRACTF64X4(Imm(1), acc[0], sum)
		d.VADDPD(acc[0].AsY(), sum, sum)
	}
	s := d.total(sum)
	d.oneByOne(n, func() {
		v := d.XMM()
		d.VMOVSD(Mem{Base: x}, v)
		d.VFMADD231SD(Mem{Base: y}, v, s)
		d.ADDQ(Imm(8), x)
		d.ADDQ(Imm(8), y)
	})
	d.VMOVSD(s, d.address(d.ReturnIndex(0)))
	d.end()
}

func (d dense) axpy() {
	d.begin("axpy", "func(a float64, x, y *float64, n int)", "adds a times x to y, n > 0 numbers.")
	x, y, n := d.param("x"), d.param("y"), d.param("n")
	a := d.vec()
	d.VBROADCASTSD(d.address(d.Param("a")), a)
	d.inSteps(n, func(count int) {
		for i := range count {
			v := d.vec()
			d.VMOVUPD(Mem{Base: y, Disp: i * d.width()}, v)
			d.VFMADD231PD(Mem{Base: x, Disp: i * d.width()}, a, v)
			d.VMOVUPD(v, Mem{Base: y, Disp: i * d.width()})
		}
		d.ADDQ(U32(count*d.width()), x)
		d.ADDQ(U32(count*d.width()), y)
	})
	d.oneByOne(n, func() {
		v := d.XMM()
		d.VMOVSD(Mem{Base: y}, v)
		d.VFMADD231SD(Mem{Base: x}, a.AsX(), v)
		d.VMOVSD(v, Mem{Base: y})
		d.ADDQ(Imm(8), x)
		d.ADDQ(Imm(8), y)
	})
	d.end()
}

// inSteps runs body on four vectors at a time, then on one at a time, and
// leaves in n how many numbers remain.
func (d dense) inSteps(n reg.GPVirtual, body func(count int)) {
	d.inFours(d.width()/8, n, body)
}

// inFours is inSteps for things of so many numbers.
func (d dense) inFours(each int, n reg.GPVirtual, body func(count int)) {
	for i, count := range []int{4, 1} {
		name := []string{"four", "one"}[i]
		d.Label(name)
		d.SUBQ(Imm(uint64(count*each)), n)
		d.JLT(LabelRef(name + "_done"))
		body(count)
		d.JMP(LabelRef(name))
		d.Label(name + "_done")
		d.ADDQ(Imm(uint64(count*each)), n)
	}
}

// oneByOne runs body n times.
func (d dense) oneByOne(n reg.GPVirtual, body func()) {
	d.Label("rest")
	d.SUBQ(Imm(1), n)
	d.JLT(LabelRef("rest_done"))
	body()
	d.JMP(LabelRef("rest"))
	d.Label("rest_done")
}
