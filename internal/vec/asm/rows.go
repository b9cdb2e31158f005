package main

import (
	. "github.com/mmcloughlin/avo/operand"
)

// flat writes the kernels on rows of numbers that lie side by side.
func (l lanes) flat() {
	l.largest()
	l.exponentialsOf()
	l.siluGate()
}

func (l lanes) largest() {
	l.begin("largest", "func(most, x *float32, n int)", "sets a vector at most to the largest of n > 0 numbers in each lane, n a multiple of Lanes; NaN may stay or not.")
	x, n, m := l.param("x"), l.param("n"), l.vec()
	l.VMOVUPS(Mem{Base: x}, m)
	l.Label("numbers")
	l.VMAXPS(Mem{Base: x}, m, m)
	l.next("numbers", n, x)
	l.VMOVUPS(m, Mem{Base: l.param("most")})
	l.end()
}

func (l lanes) exponentialsOf() {
	l.begin("exponentialsOf", "func(sums, x *float32, n int, most, scale float32)",
		"replaces n > 0 numbers x, n a multiple of Lanes, by 2^((x − most)·scale) and sets a vector at sums to their sums.")
	x, n, sum, most, scale := l.param("x"), l.param("n"), l.vec(), l.broadcast("most"), l.broadcast("scale")
	least, greatest := l.reg("fleast2"), l.reg("fmost2")
	l.zero(sum, sum, sum)
	l.Label("numbers")
	e := l.vec()
	l.VMOVUPS(Mem{Base: x}, e)
	l.VSUBPS(most, e, e)
	l.VMULPS(scale, e, e)
	l.clamp(e, least, greatest)
	l.exp2(e)
	l.VADDPS(e, sum, sum)
	l.VMOVUPS(e, Mem{Base: x})
	l.next("numbers", n, x)
	l.VMOVUPS(sum, Mem{Base: l.param("sums")})
	l.end()
}

func (l lanes) siluGate() {
	l.begin("siluGate", "func(y, x, u *float32, n int)", "is SiluGate for n > 0 numbers, a multiple of Lanes.")
	y, x, u, n := l.param("y"), l.param("x"), l.param("u"), l.param("n")
	least, most, one, zero := l.reg("fleast2"), l.reg("fmost2"), l.reg("fone"), l.vec()
	l.zero(zero, zero, zero)
	l.Label("numbers")
	v, e := l.vec(), l.vec()
	l.VMOVUPS(Mem{Base: x}, v)
	l.VMULPS(l.c("flog2e"), v, e)
	l.VSUBPS(e, zero, e)
	l.clamp(e, least, most)
	l.exp2(e)
	l.VADDPS(one, e, e)
	l.VDIVPS(e, v, v)
	l.VMULPS(Mem{Base: u}, v, v)
	l.VMOVUPS(v, Mem{Base: y})
	l.next("numbers", n, y, x, u)
	l.end()
}
