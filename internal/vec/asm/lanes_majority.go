package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Rows of a chunk in memory, as package vec names them, all majorityLd bytes
// apart; and the matrices of the network, in bytes, one after another.
const (
	majorityLd = 4 * 208

	rowHat, rowHidden, rowOut, rowDOut, rowDHidden, rowBack, rowLogits = 0, 9, 18, 26, 34, 42, 51

	netIn, netInT, netOut, netOutT = 0, 4 * 64, 4 * 136, 4 * 200
)

var majorityConstants = map[string]float32{
	"feighth": 0.125, "fln2": math.Ln2, "ffarthest": 100, "fabs": math.Float32frombits(math.MaxInt32),
}

// item is one vector of items on its way through the majority model of 8
// dimensions and 8 hidden numbers: straight-line code but for its three loops
// over classes. What all items share comes as broadcast operands of products.
type item struct {
	lanes
	work, items, net, sums, hits, ld, extra reg.GPVirtual

	rstd, inverse, label, weight, scale reg.VecVirtual
}

// majority writes the whole of a training step for items of one class, forward
// and back, except the products that sum over items. Stages through memory cost
// a third more.
func (l lanes) majority() {
	l.constants(majorityConstants)
	l.begin("majorityItems", "func(work, items, net, table, base, emb, emb2, sums *float32, hits *uint16, ld, classes, n, back int)",
		"is MajorityItems for n > 0 columns, a multiple of Lanes.")
	m := &item{lanes: l, work: l.param("work"), items: l.param("items"), net: l.param("net"), sums: l.param("sums"),
		hits: l.param("hits"), ld: l.bytes("ld"), rstd: l.vec(), inverse: l.vec(), label: l.vec(), weight: l.vec(), scale: l.vec()}
	n := l.param("n")
	l.Label("items")
	m.extra = l.param("classes")
	l.IMULQ(m.ld, m.extra)
	l.ADDQ(m.items, m.extra)
	h := m.attention()
	m.network(h, m.normalize(h))
	m.scored(m.logits(h))
	back := l.param("back")
	l.TESTQ(back, back)
	l.JZ(LabelRef("next"))
	d := m.logitsBack()
	m.normalizeBack(d, m.networkBack(d))
	l.Label("next")
	l.ADDQ(Imm(2), m.hits)
	l.next("items", n, m.work, m.items)
	l.end()
}

func (m *item) row(i int) Mem { return Mem{Base: m.work, Disp: i * majorityLd} }

// times adds to y, eight numbers, or sets it to if fresh, the product of the
// matrix at the given place, given column after column, and x.
func (m *item) times(y []reg.VecVirtual, at int, x []reg.VecVirtual, fresh bool) {
	for j, v := range x {
		for i, sum := range y {
			w := Mem{Base: m.net, Disp: at + 4*(8*j+i)}
			if fresh && j == 0 {
				m.VMULPS_BCST(w, v, sum)
			} else {
				m.VFMADD231PS_BCST(w, v, sum)
			}
		}
	}
}

// add adds x to a vector of sums.
func (m *item) add(vector int, x reg.VecVirtual) {
	at, t := Mem{Base: m.sums, Disp: 64 * vector}, m.vec()
	m.VADDPS(at, x, t)
	m.VMOVUPS(t, at)
}

// mean returns the sum of eight vectors times 1/8.
func (m *item) mean(x []reg.VecVirtual) reg.VecVirtual {
	for len(x) > 1 {
		var half []reg.VecVirtual
		for i := 0; i < len(x); i += 2 {
			t := m.vec()
			m.VADDPS(x[i], x[i+1], t)
			half = append(half, t)
		}
		x = half
	}
	m.VMULPS(m.c("feighth"), x[0], x[0])
	return x[0]
}

// attention returns h, the class's base plus u = N/Z; u goes where the gradient
// of N will lie.
func (m *item) attention() []reg.VecVirtual {
	acc := m.zeros(9)
	table, x := m.param("table"), m.copyOf(m.items)
	m.loop("attention", m.param("classes"), func() {
		count := m.vec()
		m.VMOVUPS(Mem{Base: x}, count)
		for j, sum := range acc {
			m.VFMADD231PS_BCST(Mem{Base: table, Disp: 4 * j}, count, sum)
		}
		m.ADDQ(m.ld, x)
		m.ADDQ(Imm(36), table)
	})
	m.VMOVUPS(m.c("fone"), m.inverse)
	m.VDIVPS(acc[8], m.inverse, m.inverse)
	base := m.param("base")
	h := acc[:8]
	for j, v := range h {
		m.VMULPS(m.inverse, v, v)
		m.VMOVUPS(v, m.row(rowBack+j))
		m.VADDPS_BCST(Mem{Base: base, Disp: 4 * j}, v, v)
	}
	return h
}

// normalize writes and returns hat, h with mean 0 and variance 1.
func (m *item) normalize(h []reg.VecVirtual) []reg.VecVirtual {
	mean, square := m.mean(h), m.zeros(2)
	hat := m.vecs(8)
	for j := range hat {
		m.VSUBPS(mean, h[j], hat[j])
		m.VFMADD231PS(hat[j], hat[j], square[j%2])
	}
	m.VADDPS(square[1], square[0], square[0])
	eighth := m.reg("feighth")
	m.VMOVAPS(m.inverseRoot(square[0], eighth), m.rstd)
	for j := range hat {
		m.VMULPS(m.rstd, hat[j], hat[j])
		m.VMOVUPS(hat[j], m.row(rowHat+j))
	}
	return hat
}

// network adds to h what the feed-forward network says, and writes both its
// hidden numbers and h.
func (m *item) network(h, hat []reg.VecVirtual) {
	r := m.vecs(8)
	for i, v := range r {
		m.VBROADCASTSS(Mem{Base: m.net, Disp: netInT + 4*(64+i)}, v)
	}
	m.times(r, netInT, hat, false)
	zero := m.zeros(1)[0]
	for i, v := range r {
		m.VMAXPS(v, zero, v) // NaN stays
		m.VMOVUPS(v, m.row(rowHidden+i))
		m.VADDPS_BCST(Mem{Base: m.net, Disp: netOutT + 4*(64+i)}, h[i], h[i])
	}
	m.times(h, netOutT, r, false)
	for j, v := range h {
		m.VMOVUPS(v, m.row(rowOut+j))
	}
}
