package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Constants of the generator of random bits, as in package vec.
const golden, mixA, mixB = 0x9e3779b1, 0x7feb352d, 0x846ca68b

// throw returns the bits for a counter; key is a vector.
func (l lanes) throw(counter reg.VecVirtual, key Mem) reg.VecVirtual {
	x, t := l.vec(), l.vec()
	l.VPSRLD(Imm(16), counter, t)
	l.xor(t, counter, x)
	l.VPMULLD(l.c("imixa"), x, x)
	l.VPSRLD(Imm(15), x, t)
	l.xor(t, x, x)
	l.xor(key, x, x)
	l.VPMULLD(l.c("imixb"), x, x)
	return x
}

func (l lanes) xor(a Op, b, dst reg.VecVirtual) {
	if l.wide {
		l.VPXORD(a, b, dst)
	} else {
		l.VPXOR(a, b, dst)
	}
}

// mask sets xs to 0 where the bits are at most limit, a vector. Like where, it
// differs between the levels.
func (l lanes) mask(bits reg.VecVirtual, limit Mem, xs ...reg.VecVirtual) {
	if l.wide {
		k := l.K()
		l.VPCMPGTD(limit, bits, k)
		for _, x := range xs {
			l.VMOVAPS_Z(x, k, x)
		}
		return
	}
	l.VPCMPGTD(limit, bits, bits)
	for _, x := range xs {
		l.VANDPS(bits, x, x)
	}
}
