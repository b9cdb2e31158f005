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
		"is CrossEntropy for n > 0 columns, a multiple of Lanes; sums points to 2 vectors.")
	x, label, w, right := l.param("x"), l.param("label"), l.param("w"), l.param("right")
	ld, n := l.bytes("ld"), l.param("n")
	loss, hits := l.vec(), l.vec()
	l.zero(loss, loss, loss)
	l.zero(hits, hits, hits)
	least, one, half := l.reg("fleast"), l.reg("fone"), l.reg("fhalf")
	l.Label("columns")
	// 1. The largest number, and that of the label.
	top, own, class, labels := l.vec(), l.vec(), l.vec(), l.vec()
	l.VMOVUPS(Mem{Base: x}, top)
	l.zero(own, own, own)
	l.zero(class, class, class)
	l.VMOVUPS(Mem{Base: label}, labels)
	l.down("largest", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
		v := l.vec()
		l.VMOVUPS(row[0], v)
		l.VMAXPS(v, top, top)
		l.VADDPS(l.where(l.equal, labels, class, v), own, own)
		l.VPADDD(l.c("ione"), class, class)
	})
	// 2. Exponentials and their sum.
	sum := l.vec()
	l.zero(sum, sum, sum)
	l.down("exponentials", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
		v := l.vec()
		l.VMOVUPS(row[0], v)
		l.VSUBPS(top, v, v)
		l.exp(v, least, one, half)
		l.VMOVUPS(v, row[0])
		l.VADDPS(v, sum, sum)
	})
	// 3. Loss, and whether the label's number is the largest.
	weight, t, at := l.vec(), l.vec(), l.GP64()
	l.VMOVUPS(Mem{Base: w}, weight)
	l.MOVQ(right, at)
	hit := l.where(l.atLeast, own, top, one)
	l.VMOVUPS(hit, Mem{Base: at})
	l.VFMADD231PS(hit, weight, hits)
	l.VSUBPS(own, top, t)
	l.VADDPS(l.log(sum), t, t)
	l.VFMADD231PS(t, weight, loss)
	// 4. The gradient.
	scale := l.vec()
	l.VDIVPS(sum, weight, scale)
	l.zero(class, class, class)
	l.down("gradient", l.param("rows"), ld, []reg.GPVirtual{x}, func(row []Mem) {
		v := l.where(l.equal, labels, class, weight)
		p := l.vec()
		l.VMOVUPS(row[0], p)
		l.VFMSUB213PS(v, scale, p)
		l.VMOVUPS(p, row[0])
		l.VPADDD(l.c("ione"), class, class)
	})
	l.next("columns", n, x, label, w, right)
	sums := l.param("sums")
	l.VMOVUPS(loss, Mem{Base: sums})
	l.VMOVUPS(hits, Mem{Base: sums, Disp: l.width()})
	l.end()
}
