package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// attend writes the kernels of attention in which each position of a sequence
// sees all others: those of causal without its diagonal. n is any number above
// 0; whole vectors of columns are written.
type attend struct{ causal }

func (l lanes) attend(w int) {
	for _, drop := range []bool{false, true} {
		a := attend{causal{lanes: l, w: w, drop: drop}}
		a.forward()
		a.queries()
		a.keys()
	}
}

func (a *attend) start(name, doc string) {
	if a.drop {
		name += "Drop"
		doc += " with dropout"
	}
	a.begin(name, "func(rows *float32, ld, n int, scale float32, dice *uint32)", doc+" for a sequence of n > 0 positions.")
	a.rows, a.ld = a.param("rows"), a.bytes("ld")
	if a.drop {
		a.dice = a.param("dice")
	}
}

// all runs body for the offsets in bytes of all positions.
func (a *attend) all(name string, n reg.GPVirtual, body func(j reg.GPVirtual)) {
	j := a.GP64()
	a.XORQ(j, j)
	a.Label(name)
	body(j)
	a.ADDQ(Imm(4), j)
	a.CMPQ(j, n)
	a.JNE(LabelRef(name))
}

func (a *attend) nextVector(label string, at, n reg.GPVirtual) {
	a.ADDQ(U32(a.width()), at)
	a.CMPQ(at, n)
	a.JLT(LabelRef(label))
	a.end()
}

func (a *attend) forward() {
	a.start("attendForward", "is AttendForward")
	at, n := a.GP64(), a.bytes("n")
	a.XORQ(at, at)
	kk, vv := a.group(k), a.group(v)
	a.Label("queries")
	x, top := a.loadGroup(q, at), a.reg("fleastof")
	a.all("largest", n, func(j reg.GPVirtual) { a.VMAXPS(a.products(x, kk, j), top, top) })
	sum, counter := a.zeros(1+a.w), a.counter(3, "istepq")
	a.all("sums", n, func(j reg.GPVirtual) {
		s := a.products(x, kk, j)
		a.VSUBPS(top, s, s)
		a.power(s)
		a.VADDPS(s, sum[a.w], sum[a.w])
		a.keep(counter, "ione", s)
		a.addProducts(sum, s, vv, j)
	})
	f, z := a.vec(), sum[a.w]
	a.VBROADCASTSS(a.address(a.Param("scale")), f)
	a.VDIVPS(z, f, f)
	for i, r := range a.group(o) {
		a.VMULPS(f, sum[i], sum[i])
		a.VMOVUPS(sum[i], Mem{Base: r, Index: at, Scale: 1})
	}
	a.VFMADD231PS(a.c("flog2e"), a.log(z), top)
	a.VMOVUPS(top, Mem{Base: a.row(lse), Index: at, Scale: 1})
	a.nextVector("queries", at, n)
}

// power replaces x by 2^x where x ≥ −126; NaN stays.
func (a *attend) power(x reg.VecVirtual) {
	least := a.reg("fleast2")
	a.VMAXPS(x, least, x)
	a.exp2(x)
}

func (a *attend) queries() {
	a.start("attendQueries", "is AttendBackward for q")
	at, n := a.GP64(), a.bytes("n")
	a.XORQ(at, at)
	kk, vv := a.group(k), a.group(v)
	a.Label("queries")
	x, y := a.loadGroup(q, at), a.loadGroup(o, at)
	log, dot := a.vec(), a.vec()
	a.VMOVUPS(Mem{Base: a.row(lse), Index: at, Scale: 1}, log)
	a.VMOVUPS(Mem{Base: a.row(dots), Index: at, Scale: 1}, dot)
	sum, counter := a.zeros(a.w), a.counter(3, "istepq")
	a.all("sums", n, func(j reg.GPVirtual) {
		p, dp := a.products(x, kk, j), a.products(y, vv, j)
		a.VSUBPS(log, p, p)
		a.power(p)
		a.keep(counter, "ione", dp)
		a.VSUBPS(dot, dp, dp)
		a.VMULPS(dp, p, p)
		a.addProducts(sum, p, kk, j)
	})
	a.storeGroup(sum, dq, at)
	a.nextVector("queries", at, n)
}

func (a *attend) keys() {
	a.start("attendKeys", "is AttendBackward for k and v")
	at, n := a.GP64(), a.bytes("n")
	a.XORQ(at, at)
	qq, oo, logs, ds := a.group(q), a.group(o), a.row(lse), a.row(dots)
	a.Label("keys")
	x, y := a.loadGroup(k, at), a.loadGroup(v, at)
	sumK, sumV, counter := a.zeros(a.w), a.zeros(a.w), a.counter(2, "ilanes")
	a.all("sums", n, func(i reg.GPVirtual) {
		p, b := a.products(x, qq, i), a.vec()
		a.VBROADCASTSS(Mem{Base: logs, Index: i, Scale: 1}, b)
		a.VSUBPS(b, p, p)
		a.power(p)
		dp, kept := a.products(y, oo, i), p
		if a.drop {
			kept = a.vec()
			a.VMOVAPS(p, kept)
			a.keep(counter, "igolden", kept, dp)
		}
		a.addProducts(sumV, kept, oo, i)
		a.VBROADCASTSS(Mem{Base: ds, Index: i, Scale: 1}, b)
		a.VSUBPS(b, dp, dp)
		a.VMULPS(dp, p, p)
		a.addProducts(sumK, p, qq, i)
	})
	for i, r := range a.group(dv) {
		a.VMOVUPS(sumV[i], Mem{Base: r, Index: at, Scale: 1})
	}
	a.storeGroup(sumK, dk, at)
	a.nextVector("keys", at, n)
}
