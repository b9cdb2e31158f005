package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scores is what logits leaves for loss, in units of the logarithm to base 2.
type scores struct{ sum, top, own, class, one reg.VecVirtual }

// logits writes 2^(x−shift) of each class's logit x, to base 2, and their sum.
// shift is 0; where the largest logit is so far away that sums would overflow
// or vanish, all is done again with that as shift.
func (m *item) logits(h []reg.VecVirtual) scores {
	shift, again := m.zeros(1)[0], m.GP64()
	m.VMOVUPS(Mem{Base: m.extra}, m.label)
	m.XORQ(again, again)
	m.Label("logits")
	z := m.zeros(3)
	s := scores{sum: z[0], top: m.reg("fleastof"), own: z[1], class: z[2], one: m.reg("ione")}
	two := make([]reg.VecVirtual, 5)
	for i := range two {
		two[i] = m.reg(fmt.Sprintf("ftwo%d", i))
	}
	emb, to := m.param("emb2"), m.GP64()
	m.LEAQ(m.row(rowLogits), to)
	left := m.param("classes")
	for _, k := range []int{4, 1} {
		name := fmt.Sprintf("logits%d", k)
		m.Label(name)
		m.CMPQ(left, Imm(uint64(k)))
		m.JLT(LabelRef(name + "_done"))
		x := m.vecs(k)
		for _, v := range x {
			m.VMOVAPS(shift, v)
		}
		for j, v := range h {
			for i, sum := range x {
				m.VFMADD231PS_BCST(Mem{Base: emb, Disp: 32*i + 4*j}, v, sum)
			}
		}
		for i, v := range x {
			m.score(v, s, two, Mem{Base: to, Disp: i * majorityLd})
		}
		m.ADDQ(U32(32*k), emb)
		m.ADDQ(U32(majorityLd*k), to)
		m.SUBQ(Imm(uint64(k)), left)
		m.JMP(LabelRef(name))
		m.Label(name + "_done")
	}
	m.far(s.top, shift, again)
	return s
}

// score takes the logit x of the next class; two are the coefficients of 2^x.
func (m *item) score(x reg.VecVirtual, s scores, two []reg.VecVirtual, to Mem) {
	own, n, p := m.K(), m.vec(), m.vec()
	m.VMAXPS(x, s.top, s.top)
	m.VPCMPEQD(s.class, m.label, own)
	m.VMOVAPS(x, own, s.own)
	m.VPADDD(s.one, s.class, s.class)
	m.VRNDSCALEPS(Imm(0), x, n)
	m.VSUBPS(n, x, x)
	m.VMOVUPS(m.c("ftwo5"), p)
	for _, c := range slices.Backward(two) {
		m.VFMADD213PS(c, x, p)
	}
	m.VSCALEFPS(n, p, p)
	m.VMOVUPS(p, to)
	m.VADDPS(p, s.sum, s.sum)
}

// far goes back to the logits once if a largest one is out of range.
func (m *item) far(top, shift reg.VecVirtual, again reg.GPVirtual) {
	size, zero, out := m.vec(), m.zeros(1)[0], m.K()
	m.VANDPS(m.c("fabs"), top, size)
	m.VCMPPS(Imm(0x1e), m.c("ffarthest"), size, out)
	m.KORTESTW(out, out)
	m.JZ(LabelRef("near"))
	m.TESTQ(again, again)
	m.JNZ(LabelRef("near"))
	m.INCQ(again)
	m.VSUBPS_Z(top, zero, out, shift)
	m.JMP(LabelRef("logits"))
	m.Label("near")
}

// scored adds to the sums over items, and leaves w/Σ in scale.
func (m *item) scored(s scores) {
	m.VMOVUPS(Mem{Base: m.extra, Index: m.ld, Scale: 2}, m.weight)
	right, bits, t := m.K(), m.GP64(), m.vec()
	m.VCMPPS(Imm(0x1d), s.top, s.own, right)
	m.KMOVW(right, bits.As32())
	m.MOVW(bits.As16(), Mem{Base: m.hits})
	m.VMOVAPS_Z(m.weight, right, t)
	m.add(1, t)
	m.add(2, m.weight)
	loss := m.log(s.sum)
	m.VFNMADD231PS(m.c("fln2"), s.own, loss)
	m.VMULPS(m.weight, loss, loss)
	m.add(0, loss)
	m.VDIVPS(s.sum, m.weight, m.scale)
}

// logitsBack turns the exponentials into the gradient of the logits, and
// returns that of the network's result.
func (m *item) logitsBack() []reg.VecVirtual {
	d, class := m.zeros(8), m.zeros(1)[0]
	emb, at := m.param("emb"), m.GP64()
	m.LEAQ(m.row(rowLogits), at)
	m.loop("gradient", m.param("classes"), func() {
		own, p := m.K(), m.vec()
		m.VPCMPEQD(class, m.label, own)
		m.VMOVAPS_Z(m.weight, own, p)
		m.VFMSUB231PS(Mem{Base: at}, m.scale, p)
		m.VMOVUPS(p, Mem{Base: at})
		for j, sum := range d {
			m.VFMADD231PS_BCST(Mem{Base: emb, Disp: 4 * j}, p, sum)
		}
		m.VPADDD(m.c("ione"), class, class)
		m.ADDQ(Imm(32), emb)
		m.ADDQ(U32(majorityLd), at)
	})
	for j, v := range d {
		m.VMOVUPS(v, m.row(rowDOut+j))
	}
	return d
}

// networkBack writes the gradient of the hidden numbers, and then that of hat
// in place of them.
func (m *item) networkBack(d []reg.VecVirtual) (a []reg.VecVirtual) {
	dz, zero := m.vecs(8), m.zeros(1)[0]
	m.times(dz, netOut, d, true)
	for i := range dz {
		open := m.vec()
		m.VMOVUPS(m.row(rowHidden+i), open)
		dz[i] = m.where(m.greater, open, zero, dz[i])
		m.VMOVUPS(dz[i], m.row(rowDHidden+i))
	}
	a = m.vecs(8)
	m.times(a, netIn, dz, true)
	return a
}

// normalizeBack writes the gradients of N and Z, and adds that of h to the
// sums.
func (m *item) normalizeBack(d, a []reg.VecVirtual) {
	mean, dot, dz := m.mean(a), m.zeros(2), m.zeros(1)[0]
	for j, v := range a {
		m.VFMADD231PS(m.row(rowHat+j), v, dot[j%2])
	}
	m.VADDPS(dot[1], dot[0], dot[0])
	m.VMULPS(m.c("feighth"), dot[0], dot[0])
	for j, v := range a {
		m.VSUBPS(mean, v, v)
		m.VFNMADD231PS(m.row(rowHat+j), dot[0], v)
		m.VFMADD231PS(m.rstd, v, d[j])
		m.add(3+j, d[j])
		m.VMULPS(m.inverse, d[j], v)
		m.VFNMADD231PS(m.row(rowBack+j), v, dz)
		m.VMOVUPS(v, m.row(rowBack+j))
	}
	m.VMOVUPS(dz, m.row(rowBack+8))
}
