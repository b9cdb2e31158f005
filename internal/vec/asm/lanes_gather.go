package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// compress is the other place where the levels differ: AVX-512 has an
// instruction for it, AVX2 permutes by a table of all 256 masks.
func (l lanes) compress() {
	l.begin("compress", "func(dst, src *float32, ldd, lds, rows, key, n int) (count int)",
		"is Compress for n > 0 columns, a multiple of Lanes.")
	var table reg.GPVirtual
	if !l.wide {
		table = l.compressTable()
	}
	dst, src, key := l.param("dst"), l.param("src"), l.param("key")
	ldd, lds, n := l.bytes("ldd"), l.bytes("lds"), l.param("n")
	l.IMULQ(lds, key)
	zero, v := l.vec(), l.vec()
	l.zero(zero, zero, zero)
	first := l.copyOf(dst)
	l.Label("columns")
	l.VMOVUPS(Mem{Base: src, Index: key, Scale: 1}, v)
	mask, taken := l.GP64(), l.GP64()
	var move func(row Mem, to reg.VecVirtual)
	if l.wide {
		k := l.K()
		l.VPCMPGTD(zero, v, k)
		l.KMOVW(k, mask.As32())
		move = func(row Mem, to reg.VecVirtual) {
			l.VMOVUPS(row, to)
			l.VCOMPRESSPS_Z(to, k, to)
		}
	} else {
		order := l.vec()
		l.VPCMPGTD(zero, v, v)
		l.VMOVMSKPS(v, mask.As32())
		l.VPMOVZXBD(Mem{Base: table, Index: mask, Scale: 8}, order)
		move = func(row Mem, to reg.VecVirtual) { l.VPERMPS(row, order, to) }
	}
	l.POPCNTL(mask.As32(), taken.As32())
	l.TESTQ(taken, taken)
	l.JZ(LabelRef("none"))
	from, to := l.copyOf(src), l.copyOf(dst)
	l.loop("rows", l.param("rows"), func() {
		v := l.vec()
		move(Mem{Base: from}, v)
		l.VMOVUPS(v, Mem{Base: to})
		l.ADDQ(lds, from)
		l.ADDQ(ldd, to)
	})
	l.LEAQ(Mem{Base: dst, Index: taken, Scale: 4}, dst)
	l.Label("none")
	l.next("columns", n, src)
	l.SUBQ(first, dst)
	l.SHRQ(Imm(2), dst)
	l.MOVQ(dst, l.address(l.ReturnIndex(0)))
	l.end()
}

// compressTable holds, for each mask of 8 lanes, the numbers of its lanes, in
// order, and zeros; it returns the table's address.
func (l lanes) compressTable() reg.GPVirtual {
	table := l.StaticGlobal("lanesOf")
	l.DataAttributes(constantAttributes)
	for mask := range 256 {
		var order uint64
		n := 0
		for lane := range 8 {
			if mask>>lane&1 == 1 {
				order |= uint64(lane) << (8 * n)
				n++
			}
		}
		l.AddDatum(8*mask, U64(order))
	}
	at := l.GP64()
	l.LEAQ(table, at)
	return at
}

// transpose turns 8 rows by 8 columns of 16-bit integers at a time.
func (l lanes) transpose() {
	l.begin("transpose", "func(dst *float32, src *uint16, rows *int32, ld, width, from, n int)",
		"is Transpose for the 8 columns of src from the given one; n > 0 rows are a multiple of 8.")
	dst, src, rows := l.param("dst"), l.param("src"), l.param("rows")
	ld, stride, from, n := l.bytes("ld"), l.param("width"), l.param("from"), l.param("n")
	l.ADDQ(stride, stride)
	l.LEAQ(Mem{Base: src, Index: from, Scale: 2}, src)
	l.Label("rows")
	v := make([]reg.VecVirtual, 8)
	for i := range v {
		v[i] = l.XMM()
		at := l.GP64()
		l.MOVLQSX(Mem{Base: rows, Disp: 4 * i}, at)
		l.IMULQ(stride, at)
		l.VMOVDQU(Mem{Base: src, Index: at, Scale: 1}, v[i])
	}
	v = l.interleave(v, l.VPUNPCKLWD, l.VPUNPCKHWD)
	v = l.interleave(v, l.VPUNPCKLWD, l.VPUNPCKHWD)
	v = l.interleave(v, l.VPUNPCKLWD, l.VPUNPCKHWD)
	to := l.copyOf(dst)
	for i := range v {
		f := l.YMM()
		l.VPMOVZXWD(v[i], f)
		l.VCVTDQ2PS(f, f)
		l.VMOVUPS(f, Mem{Base: to})
		if i < 7 {
			l.ADDQ(ld, to)
		}
	}
	l.ADDQ(Imm(32), dst)
	l.ADDQ(Imm(32), rows)
	l.SUBQ(Imm(8), n)
	l.JNZ(LabelRef("rows"))
	l.end()
}

// interleave mixes row i with row i+4; three times of it is a transposition.
func (l lanes) interleave(v []reg.VecVirtual, low, high ops) []reg.VecVirtual {
	out := make([]reg.VecVirtual, 8)
	for i := range 4 {
		out[2*i], out[2*i+1] = l.XMM(), l.XMM()
		low(v[i+4], v[i], out[2*i])
		high(v[i+4], v[i], out[2*i+1])
	}
	return out
}

// peak runs n times 12 independent fused products in registers: what the
// processor can do at most, for benchmarks.
func (l lanes) peak() {
	l.begin("peak", "func(n int)", "runs n > 0 times 12 fused products of vectors.")
	n := l.param("n")
	acc := l.vecs(12)
	x := l.vec()
	l.zero(x, x, x)
	for _, a := range acc {
		l.zero(a, a, a)
	}
	l.loop("loop", n, func() {
		for _, a := range acc {
			l.VFMADD231PS(x, x, a)
		}
	})
	l.end()
}
