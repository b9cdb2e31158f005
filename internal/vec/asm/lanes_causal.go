package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// forward finds each query's largest score first, then sums.
func (c *attention) forward() {
	c.start("Forward", "is %sForward")
	at, n := c.GP64(), c.bytes("n")
	c.XORQ(at, at)
	kk, vv := c.group(k), c.group(v)
	least := c.least()
	c.Label("queries")
	x, top := c.loadGroup(q, at), c.reg("fleastof")
	c.each("largest", "iafter", false, at, n, func(j reg.GPVirtual, window *Mem) {
		s := c.products(x, kk, j)
		if window != nil {
			c.VADDPS(*window, s, s)
		}
		c.VMAXPS(s, top, top)
	})
	sum, counter := c.zeros(1+c.w), c.counter(3, "istepq")
	c.each("sums", "imask", false, at, n, func(j reg.GPVirtual, window *Mem) {
		s := c.products(x, kk, j)
		c.VSUBPS(top, s, s)
		c.power(s, least)
		if window != nil {
			c.VANDPS(*window, s, s)
		}
		c.VADDPS(s, sum[c.w], sum[c.w])
		c.keep(counter, "ione", s)
		c.addProducts(sum, s, vv, j)
	})
	f, z := c.vec(), sum[c.w]
	c.VBROADCASTSS(c.address(c.Param("scale")), f)
	c.VDIVPS(z, f, f)
	for i, r := range c.group(o) {
		c.VMULPS(f, sum[i], sum[i])
		c.VMOVUPS(sum[i], Mem{Base: r, Index: at, Scale: 1})
	}
	c.VFMADD231PS(c.c("flog2e"), c.log(z), top)
	c.VMOVUPS(top, Mem{Base: c.row(lse), Index: at, Scale: 1})
	c.nextVector("queries", at, n)
}

// queries is the gradient with respect to q, with lanes of queries.
func (c *attention) queries() {
	c.start("Queries", "is %sBackward for q")
	at, n := c.GP64(), c.bytes("n")
	c.XORQ(at, at)
	kk, vv := c.group(k), c.group(v)
	least := c.least()
	c.Label("queries")
	x, y := c.loadGroup(q, at), c.loadGroup(o, at)
	log, dot := c.vec(), c.vec()
	c.VMOVUPS(Mem{Base: c.row(lse), Index: at, Scale: 1}, log)
	c.VMOVUPS(Mem{Base: c.row(dots), Index: at, Scale: 1}, dot)
	sum, counter := c.zeros(c.w), c.counter(3, "istepq")
	c.each("sums", "imask", false, at, n, func(j reg.GPVirtual, window *Mem) {
		p, dp := c.products(x, kk, j), c.products(y, vv, j)
		c.VSUBPS(log, p, p)
		c.power(p, least)
		if window != nil {
			c.VANDPS(*window, p, p)
		}
		c.keep(counter, "ione", dp)
		c.VSUBPS(dot, dp, dp)
		c.VMULPS(dp, p, p)
		c.addProducts(sum, p, kk, j)
	})
	c.storeGroup(sum, dq, at)
	c.nextVector("queries", at, n)
}

// keys is the gradient with respect to k and v, with lanes of keys.
func (c *attention) keys() {
	step := "ilanes"
	if c.causal {
		step = "istepk"
	}
	c.start("Keys", "is %sBackward for k and v")
	at, n := c.GP64(), c.bytes("n")
	c.XORQ(at, at)
	qq, oo, logs, ds := c.group(q), c.group(o), c.row(lse), c.row(dots)
	least := c.least()
	c.Label("keys")
	x, y := c.loadGroup(k, at), c.loadGroup(v, at)
	sumK, sumV, counter := c.zeros(c.w), c.zeros(c.w), c.counter(2, step)
	c.each("sums", "imask", true, at, n, func(i reg.GPVirtual, window *Mem) {
		p, b := c.products(x, qq, i), c.vec()
		c.VBROADCASTSS(Mem{Base: logs, Index: i, Scale: 1}, b)
		c.VSUBPS(b, p, p)
		c.power(p, least)
		if window != nil {
			c.VANDPS(*window, p, p)
		}
		dp, kept := c.products(y, oo, i), p
		if c.drop {
			kept = c.vec()
			c.VMOVAPS(p, kept)
			c.keep(counter, "igolden", kept, dp)
		}
		c.addProducts(sumV, kept, oo, i)
		c.VBROADCASTSS(Mem{Base: ds, Index: i, Scale: 1}, b)
		c.VSUBPS(b, dp, dp)
		c.VMULPS(dp, p, p)
		c.addProducts(sumK, p, qq, i)
	})
	for i, r := range c.group(dv) {
		c.VMOVUPS(sumV[i], Mem{Base: r, Index: at, Scale: 1})
	}
	c.storeGroup(sumK, dk, at)
	c.nextVector("keys", at, n)
}

// least is what power takes, in a register for the whole kernel where one is to
// spare, or nil.
func (c *attention) least() reg.VecVirtual {
	if c.causal {
		return c.reg("fleast2")
	}
	return nil
}

// power replaces x by 2^x where x ≥ −126; NaN stays.
func (c *attention) power(x, least reg.VecVirtual) {
	if least == nil {
		least = c.reg("fleast2")
	}
	c.VMAXPS(x, least, x)
	c.exp2(x)
}
