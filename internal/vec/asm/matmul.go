package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// panelColumns is the number of columns of a panel of a packed matrix: two
// registers with AVX2, one with AVX-512, whose tiles take two panels.
const panelColumns = 16

// matMul keeps a tile of the result in registers, 12 rows by two vectors with
// AVX-512 and 6 by two with AVX2, over all of the inner dimension: each number
// of a that it loads serves both vectors. A panel begins with what sums begin
// with, the bias.
func (l lanes) matMul() {
	rows := 6
	if l.wide {
		rows = 12
	}
	l.begin("matMulTile", "func(c, a, b *float32, ldc, row, step, panel, k int)",
		"sets a tile of c to the bias in b plus a·b, k > 0. Rows of a are row numbers apart, and its columns step; panels of b are panel numbers apart.")
	a := l.rowsOf(l.param("a"), l.bytes("row"), rows)
	step, b, k := l.bytes("step"), l.param("b"), l.param("k")
	second := Mem{Base: b, Disp: l.width()}
	if l.wide {
		second = Mem{Base: b, Index: l.bytes("panel"), Scale: 1}
	}
	acc := make([][]reg.VecVirtual, rows)
	for r := range acc {
		acc[r] = l.vecs(2)
		l.VMOVUPS(Mem{Base: b}, acc[r][0])
		l.VMOVUPS(second, acc[r][1])
	}
	l.ADDQ(Imm(4*panelColumns), b)
	l.loop("inner", k, func() {
		x, y, v := l.vec(), l.vec(), l.vec()
		l.VMOVUPS(Mem{Base: b}, x)
		l.VMOVUPS(second, y)
		for r := range acc {
			l.VBROADCASTSS(a.at[r], v)
			l.VFMADD231PS(x, v, acc[r][0])
			l.VFMADD231PS(y, v, acc[r][1])
		}
		l.ADDQ(Imm(4*panelColumns), b)
		for _, base := range a.bases {
			l.ADDQ(step, base)
		}
	})
	c, ldc := l.param("c"), l.bytes("ldc")
	for r := range acc {
		l.VMOVUPS(acc[r][0], Mem{Base: c})
		l.VMOVUPS(acc[r][1], Mem{Base: c, Disp: l.width()})
		if r+1 < rows {
			l.ADDQ(ldc, c)
		}
	}
	l.end()
}

// rowAddresses are addresses of rows, four of them for a register.
type rowAddresses struct {
	bases []reg.GPVirtual
	at    []Mem
}

func (l lanes) rowsOf(a, row reg.GPVirtual, rows int) (r rowAddresses) {
	row3 := l.GP64()
	l.LEAQ(Mem{Base: row, Index: row, Scale: 2}, row3)
	for i := range rows {
		if i%4 == 0 {
			base := a
			if i > 0 {
				base = l.GP64()
				l.LEAQ(Mem{Base: r.bases[i/4-1], Index: row, Scale: 4}, base)
			}
			r.bases = append(r.bases, base)
		}
		at := Mem{Base: r.bases[i/4]}
		switch i % 4 {
		case 1, 2:
			at.Index, at.Scale = row, uint8(i%4)
		case 3:
			at.Index, at.Scale = row3, 1
		}
		r.at = append(r.at, at)
	}
	return r
}
