package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes writes the kernels on matrices whose columns are items side by side, a
// vector register of them at a time.
type lanes struct{ dense }

func newLanes(ctx *build.Context, wide bool) lanes {
	return lanes{dense{newMachine(ctx, wide, true)}}
}

func (l lanes) emit() {
	l.constants(laneConstants)
	for _, name := range slices.Sorted(maps.Keys(laneIntegers)) {
		l.constant(name, func(int) uint64 { return uint64(laneIntegers[name]) })
	}
	l.product()
	l.outer()
	l.normForward()
	l.normBackward()
	l.gate()
	l.crossEntropy()
	l.sumLanes()
	l.compress()
	l.transpose()
	l.models()
	l.classifiers()
	if l.wide {
		l.majority()
	}
	l.matMul()
	l.flat()
	l.peak()
}

// constants writes vectors of the same number.
func (l lanes) constants(of map[string]float32) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		l.constant(name, func(int) uint64 { return uint64(math.Float32bits(of[name])) })
	}
}

// tiles cuts left > 0 rows into tiles of at most most, none of them much
// smaller than the others, and runs body for each size k that occurs.
func (l lanes) tiles(name string, left reg.GPVirtual, most int, body func(k int)) {
	at := func(k int) string { return fmt.Sprintf("%s%d", name, k) }
	l.Label(name)
	l.CMPQ(left, Imm(uint64(2*most)))
	l.JGE(LabelRef(at(most)))
	take := l.GP64()
	l.MOVQ(left, take)
	l.CMPQ(left, Imm(uint64(most)))
	l.JLE(LabelRef(name + "_choose"))
	l.INCQ(take)
	l.SHRQ(Imm(1), take)
	l.Label(name + "_choose")
	for k := 1; k < most; k++ {
		l.CMPQ(take, Imm(uint64(k)))
		l.JEQ(LabelRef(at(k)))
	}
	for k := most; k > 0; k-- {
		l.Label(at(k))
		body(k)
		l.SUBQ(Imm(uint64(k)), left)
		l.JNZ(LabelRef(name))
		l.JMP(LabelRef(name + "_done"))
	}
	l.Label(name + "_done")
}

// loop runs body n > 0 times and uses n up.
func (l lanes) loop(name string, n reg.GPVirtual, body func()) {
	l.Label(name)
	body()
	l.DECQ(n)
	l.JNZ(LabelRef(name))
}

// copyOf returns a new register with the value of r.
func (l lanes) copyOf(r reg.GPVirtual) reg.GPVirtual {
	c := l.GP64()
	l.MOVQ(r, c)
	return c
}

// bytes returns a parameter that counts numbers, as bytes.
func (l lanes) bytes(name string) reg.GPVirtual {
	r := l.param(name)
	l.SHLQ(Imm(2), r)
	return r
}

// product keeps a tile of the result in registers: a few rows by a few vectors
// of columns; each number of w that it loads serves all its vectors.
func (l lanes) product() {
	rows, vectors := 4, 3
	if l.wide {
		rows, vectors = 8, 2
	}
	l.begin("product", "func(y, w, x *float32, ldy, ldx, rows, inner, n, add int, least float32)",
		"is Product for n > 0 columns, a multiple of LaneBlock; add is 0 or 1.")
	y, w, x, left := l.param("y"), l.param("w"), l.param("x"), l.param("rows")
	ldy, ldx, wide := l.bytes("ldy"), l.bytes("ldx"), l.bytes("rows")
	l.tiles("rows", left, rows, func(k int) {
		yy, xx, cols := l.copyOf(y), l.copyOf(x), l.param("n")
		name := fmt.Sprintf("tile%d", k)
		l.Label(name)
		l.productTile(name, k, vectors, yy, w, xx, ldy, ldx, wide)
		l.ADDQ(U32(vectors*l.width()), yy)
		l.ADDQ(U32(vectors*l.width()), xx)
		l.SUBQ(Imm(uint64(vectors*l.width()/4)), cols)
		l.JNZ(LabelRef(name))
		l.ADDQ(Imm(uint64(4*k)), w)
		for range k {
			l.ADDQ(ldy, y)
		}
	})
	l.end()
}

func (l lanes) productTile(name string, rows, vectors int, y, w, x, ldy, ldx, ldw reg.GPVirtual) {
	acc := make([][]reg.VecVirtual, rows)
	for r := range acc {
		acc[r] = l.vecs(vectors)
		for _, a := range acc[r] {
			l.zero(a, a, a)
		}
	}
	eachAcc := func(do func(a reg.VecVirtual, at Mem)) {
		yy := l.copyOf(y)
		for r := range acc {
			for v, a := range acc[r] {
				do(a, Mem{Base: yy, Disp: v * l.width()})
			}
			if r+1 < rows {
				l.ADDQ(ldy, yy)
			}
		}
	}
	add := l.param("add")
	l.TESTQ(add, add)
	l.JZ(LabelRef(name + "_zero"))
	eachAcc(func(a reg.VecVirtual, at Mem) { l.VMOVUPS(at, a) })
	l.Label(name + "_zero")
	ww, xx := l.copyOf(w), l.copyOf(x)
	l.loop(name+"_inner", l.param("inner"), func() {
		xs, b := l.vecs(vectors), l.vec()
		for v := range xs {
			l.VMOVUPS(Mem{Base: xx, Disp: v * l.width()}, xs[v])
		}
		for r := range acc {
			l.VBROADCASTSS(Mem{Base: ww, Disp: 4 * r}, b)
			for v, a := range acc[r] {
				l.VFMADD231PS(xs[v], b, a)
			}
		}
		l.ADDQ(ldx, xx)
		l.ADDQ(ldw, ww)
	})
	least := l.vec()
	l.VBROADCASTSS(l.address(l.Param("least")), least)
	eachAcc(func(a reg.VecVirtual, at Mem) {
		l.VMAXPS(a, least, a) // NaN stays
		l.VMOVUPS(a, at)
	})
}

// outer keeps the sums of a few rows of a by a few rows of b in registers and
// walks along the columns.
func (l lanes) outer() {
	rowsA, rowsB := 4, 3
	if l.wide {
		rowsA, rowsB = 4, 5
	}
	l.begin("outer", "func(sums, a, b *float32, lda, ldb, rowsA, rowsB, n int)",
		"is Outer for n > 0 columns, a multiple of Lanes.")
	sums, a, ldb, lda := l.param("sums"), l.param("a"), l.bytes("ldb"), l.bytes("lda")
	ldb3, lda3 := l.GP64(), l.GP64()
	l.LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, lda3)
	l.LEAQ(Mem{Base: ldb, Index: ldb, Scale: 2}, ldb3)
	stride := l.param("rowsB")
	l.IMUL3Q(U32(l.width()), stride, stride)
	l.tiles("a", l.param("rowsA"), rowsA, func(i int) {
		b, row := l.param("b"), l.copyOf(sums)
		name := fmt.Sprintf("a%db", i)
		l.tiles(name, l.param("rowsB"), rowsB, func(j int) {
			l.outerTile(fmt.Sprintf("%s%d_columns", name, j), i, j, row, stride, a, lda, lda3, b, ldb, ldb3)
			l.ADDQ(U32(j*l.width()), row)
			for range j {
				l.ADDQ(ldb, b)
			}
		})
		for range i {
			l.ADDQ(stride, sums)
			l.ADDQ(lda, a)
		}
	})
	l.end()
}

func (l lanes) outerTile(name string, rowsA, rowsB int, sums, stride, a, lda, lda3, b, ldb, ldb3 reg.GPVirtual) {
	acc := make([][]reg.VecVirtual, rowsA)
	for i := range acc {
		acc[i] = l.vecs(rowsB)
	}
	each := func(do func(a reg.VecVirtual, at Mem)) {
		t := l.copyOf(sums)
		for i := range acc {
			for j, v := range acc[i] {
				do(v, Mem{Base: t, Disp: j * l.width()})
			}
			if i+1 < rowsA {
				l.ADDQ(stride, t)
			}
		}
	}
	each(func(v reg.VecVirtual, at Mem) { l.VMOVUPS(at, v) })
	row := func(base, ld, ld3 reg.GPVirtual, i int) Mem {
		switch i {
		case 0:
			return Mem{Base: base}
		case 3:
			return Mem{Base: base, Index: ld3, Scale: 1}
		}
		return Mem{Base: base, Index: ld, Scale: uint8(i)}
	}
	cols := l.param("n")
	l.Label(name)
	bs, v := l.vecs(rowsB), l.vec()
	for j := range bs {
		l.VMOVUPS(row(b, ldb, ldb3, j), bs[j])
	}
	for i := range acc {
		l.VMOVUPS(row(a, lda, lda3, i), v)
		for j := range bs {
			l.VFMADD231PS(bs[j], v, acc[i][j])
		}
	}
	l.ADDQ(U32(l.width()), a)
	l.ADDQ(U32(l.width()), b)
	l.SUBQ(Imm(uint64(l.width()/4)), cols)
	l.JNZ(LabelRef(name))
	l.MOVQ(l.bytes("n"), cols)
	l.SUBQ(cols, a)
	l.SUBQ(cols, b)
	each(func(v reg.VecVirtual, at Mem) { l.VMOVUPS(v, at) })
}
