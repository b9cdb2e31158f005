package main

import (
	. "github.com/mmcloughlin/avo/operand"
)

// adamStep rounds every operation by itself, as plain Go does.
func (l lanes) adamStep() {
	l.begin("adamStep", "func(p, slope, m, v, rates *float32, n int)", "is AdamStep for n > 0 numbers, a multiple of Lanes; rates points to an AdamRates.")
	p, g, m, v, rates, n := l.param("p"), l.param("slope"), l.param("m"), l.param("v"), l.param("rates"), l.param("n")
	r := l.vecs(6) // keep2, rest1, rest2, step, root, eps
	for i := range r {
		l.VBROADCASTSS(Mem{Base: rates, Disp: 4 * i}, r[i])
	}
	l.Label("numbers")
	slope, mean, square, t := l.vec(), l.vec(), l.vec(), l.vec()
	l.VMOVUPS(Mem{Base: g}, slope)
	l.VMOVUPS(Mem{Base: m}, mean)
	l.VSUBPS(mean, slope, t)
	l.VMULPS(r[1], t, t)
	l.VADDPS(t, mean, mean)
	l.VMOVUPS(mean, Mem{Base: m})
	l.VMULPS(Mem{Base: v}, r[0], square)
	l.VMULPS(slope, r[2], t)
	l.VMULPS(slope, t, t)
	l.VADDPS(t, square, square)
	l.VMOVUPS(square, Mem{Base: v})
	l.VSQRTPS(square, t)
	l.VDIVPS(r[4], t, t)
	l.VADDPS(r[5], t, t)
	l.VMULPS(r[3], mean, mean)
	l.VDIVPS(t, mean, mean)
	l.VADDPS(Mem{Base: p}, mean, mean)
	l.VMOVUPS(mean, Mem{Base: p})
	l.next("numbers", n, p, g, m, v)
	l.end()
}
