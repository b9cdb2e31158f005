package main

import (
	"maps"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Shape of type geluTable of package vec, and the widths of its intervals.
const (
	geluDegreeP = 5
	geluDegreeQ = 6
)

func init() {
	const width = 0.6875
	maps.Copy(laneConstants, map[string]float32{"fgeluwidth": width, "fgeluper": 1.4545454, "fgeluhalf": width / 2, "fgeluend": 7.5*width - 1e-6})
	maps.Copy(laneIntegers, map[string]uint32{"iabs": 1<<31 - 1, "isign": 1 << 31})
}

// classifiers writes what BERT needs beside the kernels of models.
func (l lanes) classifiers() {
	l.attend(2)
	l.geluErfForward()
	l.geluErfBackward()
	l.adamStep()
}

// eachVector runs body for each vector of rows of n columns; at(i) is that of
// the matrix at the i-th address. The addresses are used up.
func (l lanes) eachVector(at []reg.GPVirtual, body func(at []Mem)) {
	rows, ld, n := l.param("rows"), l.bytes("ld"), l.bytes("n")
	mem, c := make([]Mem, len(at)), l.GP64()
	for i, a := range at {
		mem[i] = Mem{Base: a, Index: c, Scale: 1}
	}
	l.Label("rows")
	l.XORQ(c, c)
	l.Label("columns")
	body(mem)
	l.ADDQ(U32(l.width()), c)
	l.CMPQ(c, n)
	l.JNE(LabelRef("columns"))
	for _, a := range at {
		l.ADDQ(ld, a)
	}
	l.DECQ(rows)
	l.JNZ(LabelRef("rows"))
	l.end()
}

// geluPlace returns |x|, the interval it lies in, and its distance from the
// interval's middle.
func (l lanes) geluPlace(x reg.VecVirtual) (a, interval, r reg.VecVirtual) {
	a, interval, r = l.vec(), l.vec(), l.vec()
	n := l.vec()
	l.VANDPS(l.c("iabs"), x, a)
	l.VSUBPS(l.c("fgeluhalf"), a, r)
	l.VMINPS(l.c("fgeluend"), r, r)
	l.VMOVUPS(l.c("fmagic"), interval)
	l.VFMADD231PS(l.c("fgeluper"), r, interval) // rounds, and leaves the number in the low bits
	l.VSUBPS(l.c("fmagic"), interval, n)
	l.VFNMADD231PS(l.c("fgeluwidth"), n, r)
	return a, interval, r
}

// piece evaluates the polynomial of the interval, whose coefficients are rows
// of the table from first on.
func (l lanes) piece(table reg.GPVirtual, first, degree int, interval, r reg.VecVirtual) reg.VecVirtual {
	p, c := l.vec(), l.vec()
	row := func(i int) Mem { return Mem{Base: table, Disp: (first + i) * 64} }
	l.VPERMPS(row(degree), interval, p)
	for i := degree - 1; i >= 0; i-- {
		l.VPERMPS(row(i), interval, c)
		l.VFMADD213PS(c, r, p)
	}
	return p
}

// geluOf returns x/2 + a·p.
func (l lanes) geluOf(x, a, p reg.VecVirtual) reg.VecVirtual {
	y := l.vec()
	l.VMULPS(l.c("fhalf"), x, y)
	l.VFMADD231PS(p, a, y)
	return y
}

func (l lanes) geluErfForward() {
	l.begin("geluErfForward", "func(y, x, table *float32, ld, rows, n int)", "is GeluErfForward for n > 0 columns, a multiple of Lanes.")
	y, x, table := l.param("y"), l.param("x"), l.param("table")
	l.eachVector([]reg.GPVirtual{x, y}, func(at []Mem) {
		v := l.vec()
		l.VMOVUPS(at[0], v)
		a, interval, r := l.geluPlace(v)
		l.VMOVUPS(l.geluOf(v, a, l.piece(table, 0, geluDegreeP, interval, r)), at[1])
	})
}

func (l lanes) geluErfBackward() {
	l.begin("geluErfBackward", "func(y, dx, dy, x, table *float32, ld, rows, n int)", "is GeluErfBackward for n > 0 columns, a multiple of Lanes.")
	y, dx, dy, x, table := l.param("y"), l.param("dx"), l.param("dy"), l.param("x"), l.param("table")
	l.eachVector([]reg.GPVirtual{x, dy, y, dx}, func(at []Mem) {
		v, sign := l.vec(), l.vec()
		l.VMOVUPS(at[0], v)
		a, interval, r := l.geluPlace(v)
		q := l.piece(table, geluDegreeP+1, geluDegreeQ, interval, r)
		l.VANDPS(l.c("isign"), v, sign)
		l.VXORPS(sign, q, q)
		l.VADDPS(l.c("fhalf"), q, q)
		l.VMULPS(at[1], q, q)
		out := l.geluOf(v, a, l.piece(table, 0, geluDegreeP, interval, r))
		l.VMOVUPS(q, at[3])
		l.VMOVUPS(out, at[2])
	})
}
