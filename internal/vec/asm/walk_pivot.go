package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// images sets u to the barycentric coordinates of the entering point.
func (w *walk) images() {
	x, m, n, odd := w.GP64(), w.GP64(), w.GP64(), w.vecs(2)
	w.MOVQ(w.entering, x)
	w.IMULQ(w.d, x)
	w.LEAQ(Mem{Base: w.rows, Index: x, Scale: 8}, x)
	w.MOVQ(w.d, m)
	w.SHLQ(Imm(7), m)
	for v := range 2 {
		w.VMOVUPD(Mem{Base: w.w, Index: m, Scale: 1, Disp: walkM + 64*v}, w.u[v])
		w.VXORPD(odd[v], odd[v], odd[v])
	}
	w.LEAQ(w.place(walkM), m)
	add := func(i int, to []reg.VecVirtual) {
		b := w.ZMM()
		w.VBROADCASTSD(Mem{Base: x, Disp: 8 * i}, b)
		for v := range to {
			w.VFMADD231PD(Mem{Base: m, Disp: walkColumn*i + 64*v}, b, to[v])
		}
	}
	w.MOVQ(w.d, n)
	w.Label("pair")
	w.SUBQ(Imm(2), n)
	w.JLT(LabelRef("last"))
	add(0, w.u)
	add(1, odd)
	w.ADDQ(Imm(16), x)
	w.ADDQ(U32(2*walkColumn), m)
	w.JMP(LabelRef("pair"))
	w.Label("last")
	w.TESTQ(U32(1), w.d)
	w.JZ(LabelRef("imaged"))
	add(0, w.u)
	w.Label("imaged")
	for v := range 2 {
		w.VADDPD(odd[v], w.u[v], w.u[v])
		w.VMOVUPD(w.u[v], w.half(walkU, v))
	}
}

// of is the number of the facet in a field.
func (w *walk) of(field int) Mem {
	return Mem{Base: w.w, Index: w.facet, Scale: 8, Disp: field}
}

// beyond goes on to pivot if the entering point is clearly beyond the facet, and
// farther than the walk's end; else to the panels that were not scanned.
func (w *walk) beyond() {
	w.TESTQ(w.given, w.given)
	w.JNZ(LabelRef("pivot"))
	far, least := w.XMM(), w.XMM()
	w.VMOVSD(w.number("Farther", 1+1e-9), far)
	w.VMULSD(w.of(walkTau), far, far)
	w.VMOVSD(w.number("Clear", -1e-9), least)
	w.VMINSD(least, far, far)
	w.unless(far, greater, w.of(walkU), "more")
	w.JMP(LabelRef("pivot"))
	w.Label("more")
	w.SHLQ(Imm(2), w.panels)
	w.CMPQ(w.panels, w.all)
	w.CMOVQGT(w.all, w.panels)
	w.JMP(LabelRef("scan"))
}

// pivot replaces the facet's corner by the entering point.
func (w *walk) pivot() {
	w.XORQ(w.given, w.given)
	step, share, inverse := w.ZMM(), w.ZMM(), w.ZMM()
	one := w.XMM()
	w.VBROADCASTSD(w.place(walkStep), step)
	w.VMOVSD(w.number("One", 1), one)
	w.VDIVSD(w.of(walkU), one, one)
	w.VBROADCASTSD(one, inverse)
	w.VBROADCASTSD(w.of(walkTau), share)
	w.VMULPD(inverse, share, share)
	zero, corner := w.ZMM(), w.masks(w.lane(w.facet), 2)
	w.VXORPD(zero, zero, zero)
	for v := range 2 {
		tau, lam, along := w.ZMM(), w.ZMM(), w.ZMM()
		w.VMOVUPD(w.half(walkTau, v), tau)
		w.VMOVUPD(w.half(walkLam, v), lam)
		w.VSUBPD(lam, tau, along)
		w.VFMADD231PD(step, along, lam)
		w.VMOVAPD(zero, corner[v], lam)
		w.VMOVUPD(lam, w.half(walkLam, v))
		w.VFNMADD231PD(share, w.u[v], tau)
		w.VMOVAPD(share, corner[v], tau)
		w.VMOVUPD(tau, w.half(walkTau, v))
	}
	m, n := w.GP64(), w.GP64()
	w.LEAQ(w.place(walkM), m)
	w.LEAQ(Mem{Base: w.d, Disp: 1}, n)
	w.Label("column")
	number := w.ZMM()
	w.VBROADCASTSD(Mem{Base: m, Index: w.facet, Scale: 8}, number)
	w.VMULPD(inverse, number, number)
	for v := range 2 {
		t := w.ZMM()
		w.VMOVUPD(Mem{Base: m, Disp: 64 * v}, t)
		w.VFNMADD231PD(number, w.u[v], t)
		w.VMOVAPD(number, corner[v], t)
		w.VMOVUPD(t, Mem{Base: m, Disp: 64 * v})
	}
	w.ADDQ(U32(walkColumn), m)
	w.DECQ(n)
	w.JNZ(LabelRef("column"))
	w.MOVL(w.entering.As32(), Mem{Base: w.w, Index: w.facet, Scale: 4, Disp: walkBasis})
	w.DECQ(w.most)
	w.JNZ(LabelRef("exit"))
}
