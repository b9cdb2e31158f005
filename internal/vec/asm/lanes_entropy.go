package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const geluA = -2.302208198144325 // −2·√(2/π)·log2(e)

// Constants of the polynomials; package vec has the same beside their errors.
var laneConstants = map[string]float32{
	"fone": 1, "fhalf": 0.5, "fleast": -87, "fmagic": 3 << 22, "flog2e": math.Log2E, "fln2hi": 0.693359375, "fln2lo": -2.12194440e-4,
	"fexp3": 0.16666413843631744, "fexp4": 0.04166608303785324, "fexp5": 0.008375212550163269, "fexp6": 0.001395618193782866,
	"fleast2": -126, "fmost2": 127, "fleastof": float32(math.Inf(-1)),
	"ftwo0": 1.0000000716546487, "ftwo1": 0.6931469670636583, "ftwo2": 0.24022119723955743, "ftwo3": 0.05550713275299109, "ftwo4": 0.009675541329802802, "ftwo5": 0.0013276471410235808,
	"fgelua": geluA, "fgelub": 0.044715 * geluA, "fslopea": -math.Ln2 * geluA, "fslopeb": -math.Ln2 * 3 * 0.044715 * geluA, "fleastx": -10, "fmostx": 10,
	"flog0": 0.3333333134651184, "flog1": -0.24999980628490448, "flog2": 0.20000694692134857, "flog3": -0.1666918843984604, "flog4": 0.142509326338768,
	"flog5": -0.12395686656236649, "flog6": 0.11636080592870712, "flog7": -0.11667922884225845, "flog8": 0.07338215410709381,
}

var laneIntegers = map[string]uint32{"ione": 1, "iroot": 0x3f3504f3, "imantissa": 1<<23 - 1, "igolden": golden, "imixa": mixA, "imixb": mixB}

// c is a constant in memory, reg one in a register.
func (l lanes) c(name string) Mem { return l.constantRef(name) }

func (l lanes) reg(name string) reg.VecVirtual {
	v := l.vec()
	l.VMOVUPS(l.c(name), v)
	return v
}

// exp replaces x by e^x where x ≥ −87, and by e^−87 below. least, one and half
// are registers with these constants.
func (l lanes) exp(x, least, one, half reg.VecVirtual) {
	t, n, p := l.vec(), l.vec(), l.vec()
	l.VMAXPS(x, least, x) // NaN stays
	l.VMOVUPS(l.c("fmagic"), t)
	l.VFMADD231PS(l.c("flog2e"), x, t)
	l.VSUBPS(l.c("fmagic"), t, n)
	l.VFNMADD231PS(l.c("fln2hi"), n, x)
	l.VFNMADD231PS(l.c("fln2lo"), n, x)
	l.VMOVUPS(l.c("fexp6"), p)
	for _, name := range []string{"fexp5", "fexp4", "fexp3"} {
		l.VFMADD213PS(l.c(name), x, p)
	}
	l.VFMADD213PS(half, x, p)
	l.VFMADD213PS(one, x, p)
	l.VFMADD213PS(one, x, p)
	l.VPSLLD(Imm(23), t, t)
	l.VPADDD(t, p, x)
}

// log returns the logarithm of x, positive and not subnormal.
func (l lanes) log(x reg.VecVirtual) reg.VecVirtual {
	e, f, p, square, half := l.vec(), l.vec(), l.vec(), l.vec(), l.vec()
	l.VMOVUPS(x, e)
	l.VPSUBD(l.c("iroot"), e, e)
	l.VANDPS(l.c("imantissa"), e, f)
	l.VPADDD(l.c("iroot"), f, f)
	l.VSUBPS(l.c("fone"), f, f) // x = 2^e·(1+f)
	l.VPSRAD(Imm(23), e, e)
	l.VCVTDQ2PS(e, e)
	l.VMULPS(f, f, square)
	l.VMOVUPS(l.c("flog8"), p)
	for _, name := range []string{"flog7", "flog6", "flog5", "flog4", "flog3", "flog2", "flog1", "flog0"} {
		l.VFMADD213PS(l.c(name), f, p)
	}
	l.VMULPS(f, p, p)
	l.VMULPS(square, p, p)
	l.VFMADD231PS(l.c("fln2lo"), e, p)
	l.VMOVUPS(l.c("fhalf"), half)
	l.VFNMADD231PS(square, half, p)
	l.VADDPS(f, p, p)
	l.VFMADD231PS(l.c("fln2hi"), e, p)
	return p
}

func (l lanes) crossEntropy() {
	l.begin("crossEntropy", "func(x, label, w, right, sums *float32, ld, rows, n int)",
		"is CrossEntropy for n > 0 columns, a multiple of Lanes; sums points to 2 vectors, added to.")
	x, label, w, right := l.param("x"), l.param("label"), l.param("w"), l.param("right")
	ld, n := l.bytes("ld"), l.param("n")
	sums := l.param("sums")
	add := func(v, weight int, x reg.VecVirtual) { // weight·x to a sum; registers are scarce
		t := l.vec()
		l.VMOVUPS(l.nth(Mem{Base: sums}, v), t)
		l.VFMADD231PS(l.nth(Mem{Base: w}, weight), x, t)
		l.VMOVUPS(t, l.nth(Mem{Base: sums}, v))
	}
	l.blocks(n, []reg.GPVirtual{x, label, w, right}, func(name string, k int) {
		// 1. The largest number, and that of the label.
		top, own, class := l.vecs(k), l.zeros(k), l.zeros(1)[0]
		for v := range top {
			l.VMOVUPS(l.nth(Mem{Base: x}, v), top[v])
		}
		l.down(name+"largest", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
			for v := range top {
				t := l.vec()
				l.VMOVUPS(l.nth(row[0], v), t)
				l.VMAXPS(t, top[v], top[v])
				l.VADDPS(l.where(l.equal, class, l.nth(Mem{Base: label}, v), t), own[v], own[v])
			}
			l.VPADDD(l.c("ione"), class, class)
		})
		// 2. Of the loss what is known; whether the label's number is the largest.
		one := l.reg("fone")
		for v := range top {
			hit := l.where(l.atLeast, own[v], top[v], one)
			l.VMOVUPS(hit, l.nth(Mem{Base: right}, v))
			add(1, v, hit)
			l.VSUBPS(own[v], top[v], own[v])
		}
		// 3. Exponentials and their sum.
		sum, least, half := l.zeros(k), l.reg("fleast"), l.reg("fhalf")
		l.down(name+"exponentials", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
			for v := range top {
				t := l.vec()
				l.VMOVUPS(l.nth(row[0], v), t)
				l.VSUBPS(top[v], t, t)
				l.exp(t, least, one, half)
				l.VMOVUPS(t, l.nth(row[0], v))
				l.VADDPS(t, sum[v], sum[v])
			}
		})
		// 4. The loss, and the gradient.
		for v := range sum {
			l.VADDPS(l.log(sum[v]), own[v], own[v])
			add(0, v, own[v])
			weight := l.vec()
			l.VMOVUPS(l.nth(Mem{Base: w}, v), weight)
			l.VDIVPS(sum[v], weight, sum[v])
		}
		class = l.zeros(1)[0]
		l.down(name+"gradient", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
			for v, scale := range sum {
				weight := l.vec()
				l.VMOVUPS(l.nth(Mem{Base: w}, v), weight)
				p := l.where(l.equal, class, l.nth(Mem{Base: label}, v), weight)
				l.VFMSUB231PS(l.nth(row[0], v), scale, p)
				l.VMOVUPS(p, l.nth(row[0], v))
			}
			l.VPADDD(l.c("ione"), class, class)
		})
	})
	l.end()
}

// sumLanes adds four numbers' lanes at a time, in the order of SumLanes' plain
// twin.
func (l lanes) sumLanes() {
	l.begin("sumLanes", "func(dst *float64, sums *float32, n int)",
		"is SumLanes for n > 0 numbers, a multiple of 4.")
	dst, sums, n := l.param("dst"), l.param("sums"), l.param("n")
	zero := l.zeros(1)[0]
	l.Label("numbers")
	var t reg.VecVirtual
	for half := range l.width() / 32 {
		s := make([]reg.VecVirtual, 4)
		for i := range s {
			s[i] = l.YMM()
			l.VMOVUPS(Mem{Base: sums, Disp: i*l.width() + half*32}, s[i])
		}
		l.VHADDPS(s[1], s[0], s[0])
		l.VHADDPS(s[3], s[2], s[2])
		l.VHADDPS(s[2], s[0], s[0]) // of each number (0+1)+(2+3), then (4+5)+(6+7)
		high := l.XMM()
		l.VEXTRACTF128(Imm(1), s[0], high)
		l.VADDPS(high, s[0].AsX(), high)
		if t == nil {
			t = high
		} else {
			l.VADDPS(high, t, t)
		}
	}
	wide := l.YMM()
	l.VCVTPS2PD(t, wide)
	l.VADDPD(Mem{Base: dst}, wide, wide)
	l.VMOVUPD(wide, Mem{Base: dst})
	for i := range 4 {
		l.VMOVUPS(zero, Mem{Base: sums, Disp: i * l.width()})
	}
	l.ADDQ(Imm(32), dst)
	l.ADDQ(U32(4*l.width()), sums)
	l.SUBQ(Imm(4), n)
	l.JNZ(LabelRef("numbers"))
	l.end()
}
