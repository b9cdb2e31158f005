package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// attention writes the kernels of attention for one width of the head. A vector
// holds queries that meet one key after another, or keys that meet one query
// after another; where attention is causal, the last ones meet under a mask, and
// n is a multiple of the lanes. Otherwise n is any number above 0, and whole
// vectors of columns are written. All rows of operands and results lie in one
// matrix, see type causal of package vec.
type attention struct {
	lanes
	w            int
	causal, drop bool
	rows         reg.GPVirtual
	ld           reg.GPVirtual
	dice         reg.GPVirtual // vectors of uint32: key, limit, keys, queries
}

func (l lanes) causal(w int) {
	l.window("imask", 0, ^uint32(0), 0)
	l.window("iafter", 0xff800000, 0, 0) // −Inf, 0
	l.attention(w, true)
}

func (l lanes) attend(w int) { l.attention(w, false) }

func (l lanes) attention(w int, causal bool) {
	for _, drop := range []bool{false, true} {
		c := attention{lanes: l, w: w, causal: causal, drop: drop}
		c.forward()
		c.queries()
		c.keys()
	}
}

// window writes a table of three times as many numbers as lanes.
func (l lanes) window(name string, parts ...uint32) {
	l.StaticGlobal(name)
	l.DataAttributes(constantAttributes)
	count := l.width() / 4
	for i := range 3 * count {
		l.AddDatum(4*i, U32(parts[i/count]))
	}
}

// start begins a kernel: pass is Forward, Queries or Keys. doc has %s for the
// kind of attention.
func (c *attention) start(pass, doc string) {
	name, kind, end := "attend"+pass, "Attend", " for a sequence of n > 0 positions."
	if c.causal {
		name, kind, end = "causal"+pass, "Causal", "; n > 0 is a multiple of Lanes."
	}
	if c.drop {
		name, end = name+"Drop", " with dropout"+end
	}
	c.begin(name, "func(rows *float32, ld, n int, scale float32, dice *uint32)", fmt.Sprintf(doc, kind)+end)
	c.rows, c.ld = c.param("rows"), c.bytes("ld")
	if c.drop {
		c.dice = c.param("dice")
	}
}

// row returns the address of a row: of lse, dots, and then w rows each of q, k,
// v, o, dq, dk, dv.
func (c *attention) row(i int) reg.GPVirtual {
	r := c.GP64()
	c.IMUL3Q(U32(i), c.ld, r)
	c.ADDQ(c.rows, r)
	return r
}

const lse, dots, q, k, v, o, dq, dk, dv = 0, 1, 0, 1, 2, 3, 4, 5, 6

// group returns the addresses of the w rows of a matrix.
func (c *attention) group(matrix int) []reg.GPVirtual {
	r := make([]reg.GPVirtual, c.w)
	for i := range r {
		r[i] = c.row(2 + matrix*c.w + i)
	}
	return r
}

// load returns the vectors of a group at an offset in bytes.
func (c *attention) loadGroup(matrix int, at reg.GPVirtual) []reg.VecVirtual {
	x := c.vecs(c.w)
	for i, r := range c.group(matrix) {
		c.VMOVUPS(Mem{Base: r, Index: at, Scale: 1}, x[i])
	}
	return x
}

func (c *attention) zeros(count int) []reg.VecVirtual {
	x := c.vecs(count)
	for _, x := range x {
		c.zero(x, x, x)
	}
	return x
}

// products returns Σ x_i·row_i[at], always in the same order.
func (c *attention) products(x []reg.VecVirtual, rows []reg.GPVirtual, at reg.GPVirtual) reg.VecVirtual {
	s, b := c.vec(), c.vec()
	for i, r := range rows {
		c.VBROADCASTSS(Mem{Base: r, Index: at, Scale: 1}, b)
		if i == 0 {
			c.VMULPS(x[i], b, s)
		} else {
			c.VFMADD231PS(x[i], b, s)
		}
	}
	return s
}

// addProducts adds f·row_i[at] to sum_i.
func (c *attention) addProducts(sum []reg.VecVirtual, f reg.VecVirtual, rows []reg.GPVirtual, at reg.GPVirtual) {
	b := c.vec()
	for i, r := range rows {
		c.VBROADCASTSS(Mem{Base: r, Index: at, Scale: 1}, b)
		c.VFMADD231PS(b, f, sum[i])
	}
}

// each runs body for the offsets in bytes of what the vector at the offset at
// meets: of keys that come before the vector of queries or, if later, of queries
// that come behind the vector of keys, then or before that with a window of the
// table for those of the vector itself. Without a causal mask these are all n.
func (c *attention) each(name, table string, later bool, at, n reg.GPVirtual, body func(j reg.GPVirtual, window *Mem)) {
	switch {
	case !c.causal:
		j := c.GP64()
		c.XORQ(j, j)
		c.until(name, j, n, body)
	case later:
		j := c.copyOf(at)
		c.diagonal(name, table, 2*c.width()-4, j, at, body)
		c.CMPQ(j, n)
		c.JE(LabelRef(name + "_done"))
		c.until(name, j, n, body)
		c.Label(name + "_done")
	default:
		j := c.GP64()
		c.XORQ(j, j)
		c.TESTQ(at, at)
		c.JZ(LabelRef(name + "_last"))
		c.until(name, j, at, body)
		c.Label(name + "_last")
		c.diagonal(name, table, c.width(), j, at, body)
	}
}

// until runs body for the offsets from j to end, of which there is one.
func (c *attention) until(name string, j, end reg.GPVirtual, body func(j reg.GPVirtual, window *Mem)) {
	c.Label(name)
	body(j, nil)
	c.ADDQ(Imm(4), j)
	c.CMPQ(j, end)
	c.JNE(LabelRef(name))
}

// diagonal runs body for the offsets from j of a vector's positions.
func (c *attention) diagonal(name, table string, first int, j, at reg.GPVirtual, body func(j reg.GPVirtual, window *Mem)) {
	window, end := c.GP64(), c.GP64()
	c.LEAQ(NewDataAddr(NewStaticSymbol(table), first), window)
	c.LEAQ(Mem{Base: at, Disp: c.width()}, end)
	c.Label(name + "_diagonal")
	body(j, &Mem{Base: window})
	c.SUBQ(Imm(4), window)
	c.ADDQ(Imm(4), j)
	c.CMPQ(j, end)
	c.JNE(LabelRef(name + "_diagonal"))
}

// counter returns the counter of dropout for a vector and moves the one in
// memory on to the next vector.
func (c *attention) counter(field int, step string) reg.VecVirtual {
	if !c.drop {
		return nil
	}
	x, next, at := c.vec(), c.vec(), Mem{Base: c.dice, Disp: 64 * field}
	c.mov(at, x)
	c.VPADDD(c.c(step), x, next)
	c.mov(next, at)
	return x
}

// keep sets numbers to 0 where dropped, and counts on.
func (c *attention) keep(counter reg.VecVirtual, step string, xs ...reg.VecVirtual) {
	if !c.drop {
		return
	}
	c.mask(c.throw(counter, Mem{Base: c.dice}), Mem{Base: c.dice, Disp: 64}, xs...)
	c.VPADDD(c.c(step), counter, counter)
}

// storeGroup stores the w sums times the parameter scale.
func (c *attention) storeGroup(sum []reg.VecVirtual, matrix int, at reg.GPVirtual) {
	f := c.vec()
	c.VBROADCASTSS(c.address(c.Param("scale")), f)
	for i, r := range c.group(matrix) {
		c.VMULPS(f, sum[i], sum[i])
		c.VMOVUPS(sum[i], Mem{Base: r, Index: at, Scale: 1})
	}
}

func (c *attention) nextVector(label string, at, n reg.GPVirtual) {
	c.ADDQ(U32(c.width()), at)
	c.CMPQ(at, n)
	if c.causal {
		c.JNE(LabelRef(label))
	} else {
		c.JLT(LabelRef(label))
	}
	c.end()
}
