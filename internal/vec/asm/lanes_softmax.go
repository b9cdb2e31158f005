package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// clamp limits the numbers to the registers least and most; NaN stays.
func (l lanes) clamp(x, least, most reg.VecVirtual) {
	l.VMAXPS(x, least, x)
	l.VMINPS(x, most, x)
}

// exp2 replaces x by 2^x for −126 ≤ x ≤ 127.
func (l lanes) exp2(x reg.VecVirtual) {
	t, p := l.vec(), l.vec()
	l.VADDPS(l.c("fmagic"), x, t)
	l.VSUBPS(l.c("fmagic"), t, p)
	l.VSUBPS(p, x, x)
	l.VMOVUPS(l.c("ftwo5"), p)
	for _, name := range []string{"ftwo4", "ftwo3", "ftwo2", "ftwo1", "ftwo0"} {
		l.VFMADD213PS(l.c(name), x, p)
	}
	l.VPSLLD(Imm(23), t, t)
	l.VPADDD(t, p, x)
}

// tileShape is the number of rows and of vectors of columns whose sums fit the
// registers with what a product needs beside them.
func (l lanes) tileShape() (rows, vectors int) {
	if l.wide {
		return 8, 2
	}
	return 4, 3
}

// blockRow is the distance in bytes of rows of MaxLaneBlock columns.
const blockRow = 4 * 96

// exponentials keeps a tile of scores in registers, like product.
func (l lanes) exponentials() {
	rows, vectors := l.tileShape()
	l.begin("exponentials", "func(e, z, table, bias, x *float32, rows, d, n int)",
		"sets e (rows,n) to the exponentials of the rows of table and adds them to z (n); n > 0 is a multiple of LaneBlock, rows of e and x are MaxLaneBlock numbers apart.")
	e, table, bias, left, ldt := l.param("e"), l.param("table"), l.param("bias"), l.param("rows"), l.bytes("d")
	l.tiles("rows", left, rows, func(k int) {
		ee, zz, xx, cols := l.copyOf(e), l.param("z"), l.param("x"), l.param("n")
		name := fmt.Sprintf("tile%d", k)
		l.Label(name)
		l.exponentialsTile(name, k, vectors, ee, zz, table, bias, xx, ldt)
		for _, r := range []reg.GPVirtual{ee, zz, xx} {
			l.ADDQ(U32(vectors*l.width()), r)
		}
		l.SUBQ(Imm(uint64(vectors*l.width()/4)), cols)
		l.JNZ(LabelRef(name))
		l.ADDQ(Imm(uint64(4*k)), bias)
		l.ADDQ(U32(k*blockRow), e)
		for range k {
			l.ADDQ(ldt, table)
		}
	})
	l.end()
}

func (l lanes) exponentialsTile(name string, rows, vectors int, e, z, table, bias, x, ldt reg.GPVirtual) {
	// 1. Scores.
	acc := make([][]reg.VecVirtual, rows)
	for r := range acc {
		acc[r] = l.vecs(vectors)
		l.VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, acc[r][0])
		for _, a := range acc[r][1:] {
			l.VMOVAPS(acc[r][0], a)
		}
	}
	xx, row := l.copyOf(x), l.rowsAt(table, ldt, rows)
	l.loop(name+"_score", l.param("d"), func() {
		xs, b := l.vecs(vectors), l.vec()
		for v := range xs {
			l.VMOVUPS(Mem{Base: xx, Disp: v * l.width()}, xs[v])
		}
		for r := range acc {
			l.VBROADCASTSS(row[r], b)
			for v, a := range acc[r] {
				l.VFMADD231PS(xs[v], b, a)
			}
		}
		l.ADDQ(U32(blockRow), xx)
		for r := 0; r < rows; r += 4 {
			l.ADDQ(Imm(4), row[r].Base)
		}
	})
	// 2. Exponentials.
	least, most, sum := l.reg("fleast2"), l.reg("fmost2"), l.vec()
	for v := range vectors {
		for r := range acc {
			l.clamp(acc[r][v], least, most)
			l.exp2(acc[r][v])
			l.VMOVUPS(acc[r][v], Mem{Base: e, Disp: r*blockRow + v*l.width()})
		}
		l.VMOVUPS(Mem{Base: z, Disp: v * l.width()}, sum)
		for r := range acc {
			l.VADDPS(acc[r][v], sum, sum)
		}
		l.VMOVUPS(sum, Mem{Base: z, Disp: v * l.width()})
	}
}

// rowsAt returns the addresses of count rows, ld bytes apart, four to a base
// register of their own.
func (l lanes) rowsAt(first, ld reg.GPVirtual, count int) []Mem {
	rows := make([]Mem, count)
	var base, ld3 reg.GPVirtual
	for i := range rows {
		switch i % 4 {
		case 0:
			if i == 0 {
				base = l.copyOf(first)
			} else {
				next := l.GP64()
				l.LEAQ(Mem{Base: base, Index: ld, Scale: 4}, next)
				base = next
			}
			rows[i] = Mem{Base: base}
		case 3:
			if ld3 == nil {
				ld3 = l.GP64()
				l.LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, ld3)
			}
			rows[i] = Mem{Base: base, Index: ld3, Scale: 1}
		default:
			rows[i] = Mem{Base: base, Index: ld, Scale: uint8(i % 4)}
		}
	}
	return rows
}
