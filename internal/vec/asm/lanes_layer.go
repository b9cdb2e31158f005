package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// models writes the kernels of language models.
func (l lanes) models() {
	count := uint64(l.width() / 4)
	l.constant("ilanes", func(int) uint64 { return count })
	l.constant("istepq", func(int) uint64 { return uint64(uint32(count * golden)) })
	l.constant("istepk", func(int) uint64 { return uint64(uint32(count * (golden + 1))) })
	l.exponentials()
	l.causal(2)
	l.layerNormForward()
	l.layerNormBackward()
	l.subtractMean()
	l.dropout()
	l.geluForward()
	l.geluBackward()
}

// broadcast returns a vector of a float32 or uint32 parameter.
func (l lanes) broadcast(name string) reg.VecVirtual {
	v := l.vec()
	l.VBROADCASTSS(l.address(l.Param(name)), v)
	return v
}

// store writes x at to, added to what is there where more is all ones rather
// than 0.
func (l lanes) store(x, more reg.VecVirtual, to Mem) {
	t := l.vec()
	l.VANDPS(to, more, t)
	l.VADDPS(t, x, x)
	l.VMOVUPS(x, to)
}

// mean returns the mean of the rows of a vector of columns.
func (l lanes) mean(x, ld reg.GPVirtual, inverse reg.VecVirtual) reg.VecVirtual {
	sum := l.vec()
	l.zero(sum, sum, sum)
	l.down("mean", l.param("d"), ld, []reg.GPVirtual{x}, func(row []Mem) { l.VADDPS(row[0], sum, sum) })
	l.VMULPS(inverse, sum, sum)
	return sum
}

func (l lanes) layerNormForward() {
	l.begin("layerNormForward", "func(hat, rstd, x *float32, ld, d, n int, inverse, eps float32)",
		"is LayerNormForward for n > 0 columns, a multiple of Lanes; inverse is 1/d.")
	hat, rstd, x := l.param("hat"), l.param("rstd"), l.param("x")
	ld, n := l.bytes("ld"), l.param("n")
	inverse, eps, one, zero := l.broadcast("inverse"), l.broadcast("eps"), l.reg("fone"), l.vec()
	l.zero(zero, zero, zero)
	l.Label("columns")
	mean, square, root := l.mean(x, ld, inverse), l.vec(), l.vec()
	l.zero(square, square, square)
	l.down("variance", l.param("d"), ld, []reg.GPVirtual{x, hat}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[0], t)
		l.VSUBPS(mean, t, t)
		l.VMOVUPS(t, row[1])
		l.VFMADD231PS(t, t, square)
	})
	l.VFMADD213PS(eps, inverse, square)
	l.VSQRTPS(square, root)
	l.VDIVPS(root, one, root)
	r := l.where(l.greater, square, zero, root)
	l.VMOVUPS(r, Mem{Base: rstd})
	l.down("hat", l.param("d"), ld, []reg.GPVirtual{hat}, func(row []Mem) {
		t := l.vec()
		l.VMULPS(row[0], r, t)
		l.VMOVUPS(t, row[0])
	})
	l.next("columns", n, hat, rstd, x)
	l.end()
}

func (l lanes) layerNormBackward() {
	l.begin("layerNormBackward", "func(dx, dhat, hat, rstd *float32, ld, d, n int, inverse float32, add uint32)",
		"is LayerNormBackward for n > 0 columns, a multiple of Lanes; inverse is 1/d, add 0 or all ones.")
	dx, dhat, hat, rstd := l.param("dx"), l.param("dhat"), l.param("hat"), l.param("rstd")
	ld, n := l.bytes("ld"), l.param("n")
	inverse, more := l.broadcast("inverse"), l.broadcast("add")
	l.Label("columns")
	mean, dot, r := l.vec(), l.vec(), l.vec()
	l.zero(mean, mean, mean)
	l.zero(dot, dot, dot)
	l.VMOVUPS(Mem{Base: rstd}, r)
	l.down("sums", l.param("d"), ld, []reg.GPVirtual{dhat, hat}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[0], t)
		l.VADDPS(t, mean, mean)
		l.VFMADD231PS(row[1], t, dot)
	})
	l.VMULPS(inverse, mean, mean)
	l.VMULPS(inverse, dot, dot)
	l.down("gradient", l.param("d"), ld, []reg.GPVirtual{dx, dhat, hat}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[1], t)
		l.VSUBPS(mean, t, t)
		l.VFNMADD231PS(row[2], dot, t)
		l.VMULPS(r, t, t)
		l.store(t, more, row[0])
	})
	l.next("columns", n, dx, dhat, hat, rstd)
	l.end()
}

func (l lanes) subtractMean() {
	l.begin("subtractMean", "func(y, x *float32, ld, d, n int, inverse float32, add uint32)",
		"is SubtractMean for n > 0 columns, a multiple of Lanes; inverse is 1/d, add 0 or all ones.")
	y, x, ld, n := l.param("y"), l.param("x"), l.bytes("ld"), l.param("n")
	inverse, more := l.broadcast("inverse"), l.broadcast("add")
	l.Label("columns")
	mean := l.mean(x, ld, inverse)
	l.down("subtract", l.param("d"), ld, []reg.GPVirtual{y, x}, func(row []Mem) {
		t := l.vec()
		l.VMOVUPS(row[1], t)
		l.VSUBPS(mean, t, t)
		l.store(t, more, row[0])
	})
	l.next("columns", n, y, x)
	l.end()
}

func (l lanes) dropout() {
	l.begin("dropout", "func(y, x *float32, ld, rows, n int, scale float32, add uint32, dice *uint32)",
		"is Dropout for n > 0 columns, a multiple of Lanes; dice points to vectors of the key, the limit and the first counters; add is 0 or all ones.")
	y, x, ld, n, dice := l.param("y"), l.param("x"), l.bytes("ld"), l.param("n"), l.param("dice")
	scale, more, first := l.broadcast("scale"), l.broadcast("add"), l.vec()
	l.mov(Mem{Base: dice, Disp: 128}, first)
	l.Label("columns")
	counter := l.vec()
	l.VMOVAPS(first, counter)
	l.down("rows", l.param("rows"), ld, []reg.GPVirtual{y, x}, func(row []Mem) {
		t := l.vec()
		l.VMULPS(row[1], scale, t)
		l.mask(l.throw(counter, Mem{Base: dice}), Mem{Base: dice, Disp: 64}, t)
		l.store(t, more, row[0])
		l.VPADDD(l.c("igolden"), counter, counter)
	})
	l.VPADDD(l.c("ilanes"), first, first)
	l.next("columns", n, y, x)
	l.end()
}

// geluExponential returns e^−2u and the square of x; least and most are the
// limits of exp2.
func (l lanes) geluExponential(x, least, most reg.VecVirtual) (e, square reg.VecVirtual) {
	square, e = l.vec(), l.vec()
	l.VMULPS(x, x, square)
	l.VMOVUPS(l.c("fgelua"), e)
	l.VFMADD231PS(l.c("fgelub"), square, e)
	l.VMULPS(x, e, e)
	l.clamp(e, least, most)
	l.exp2(e)
	return e, square
}

func (l lanes) geluForward() {
	l.begin("geluForward", "func(y, x *float32, ld, rows, n int)", "is GeluForward for n > 0 columns, a multiple of Lanes.")
	y, x, ld, n := l.param("y"), l.param("x"), l.bytes("ld"), l.param("n")
	least, most, one := l.reg("fleast2"), l.reg("fmost2"), l.reg("fone")
	l.Label("columns")
	l.down("rows", l.param("rows"), ld, []reg.GPVirtual{y, x}, func(row []Mem) {
		v := l.vec()
		l.VMOVUPS(row[1], v)
		e, _ := l.geluExponential(v, least, most)
		l.VADDPS(one, e, e)
		l.VDIVPS(e, v, v)
		l.VMOVUPS(v, row[0])
	})
	l.next("columns", n, y, x)
	l.end()
}

func (l lanes) geluBackward() {
	l.begin("geluBackward", "func(dx, dy, x *float32, ld, rows, n int)", "is GeluBackward for n > 0 columns, a multiple of Lanes.")
	dx, dy, x, ld, n := l.param("dx"), l.param("dy"), l.param("x"), l.bytes("ld"), l.param("n")
	least, most, one := l.reg("fleast2"), l.reg("fmost2"), l.reg("fone")
	low, high := l.reg("fleastx"), l.reg("fmostx")
	l.Label("columns")
	l.down("rows", l.param("rows"), ld, []reg.GPVirtual{dx, dy, x}, func(row []Mem) {
		v, s, u := l.vec(), l.vec(), l.vec()
		l.VMOVUPS(row[2], v)
		l.clamp(v, low, high)
		e, square := l.geluExponential(v, least, most)
		l.VADDPS(one, e, s)
		l.VDIVPS(s, one, s)
		l.VMOVUPS(l.c("fslopea"), u)
		l.VFMADD231PS(l.c("fslopeb"), square, u)
		l.VMULPS(v, u, u)
		l.VMULPS(s, e, e)
		l.VMULPS(s, e, e)
		l.VFMADD213PS(s, e, u)
		l.VMULPS(row[1], u, u)
		l.VMOVUPS(u, row[0])
	})
	l.next("columns", n, dx, dy, x)
	l.end()
}
