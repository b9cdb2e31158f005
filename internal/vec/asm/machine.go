package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine is a context with the few choices that differ between levels and
// between number types made once.
type machine struct {
	*build.Context
	wide   bool // AVX-512, else AVX2
	single bool // float32, else float64

	fma, max, min, cmp, mov, zero, broadcast, permute ops
}

type ops func(...operand.Op)

func newMachine(ctx *build.Context, wide, single bool) machine {
	m := machine{Context: ctx, wide: wide, single: single}
	if single {
		m.fma, m.max, m.min, m.cmp = ctx.VFMADD231PS, ctx.VMAXPS, ctx.VMINPS, ctx.VCMPPS
		m.mov, m.zero, m.broadcast, m.permute = ctx.VMOVUPS, ctx.VXORPS, ctx.VBROADCASTSS, ctx.VPERMILPS
	} else {
		m.fma, m.max, m.min, m.cmp = ctx.VFMADD231PD, ctx.VMAXPD, ctx.VMINPD, ctx.VCMPPD
		m.mov, m.zero, m.broadcast, m.permute = ctx.VMOVUPD, ctx.VXORPD, ctx.VBROADCASTSD, ctx.VPERMILPD
	}
	return m
}

// vec returns a new vector register of the level's width.
func (m machine) vec() reg.VecVirtual {
	if m.wide {
		return m.ZMM()
	}
	return m.YMM()
}

// vecs returns n new vector registers.
func (m machine) vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = m.vec()
	}
	return v
}

// width is the size of a vector register in bytes.
func (m machine) width() int {
	if m.wide {
		return 64
	}
	return 32
}

// size is the size of a number in bytes.
func (m machine) size() int {
	if m.single {
		return 4
	}
	return 8
}

// suffix names the number type and the level, as in F32AVX2.
func (m machine) suffix() string {
	s := "F64"
	if m.single {
		s = "F32"
	}
	return s + m.level()
}

func (m machine) level() string {
	if m.wide {
		return "AVX512"
	}
	return "AVX2"
}

// load returns a register with the value of op, a register or memory.
func (m machine) load(op operand.Op) operand.Op {
	if _, ok := op.(operand.Mem); !ok {
		return op
	}
	v := m.vec()
	m.mov(op, v)
	return v
}

// address returns where a number among the arguments or results lies. Context.Store
// would use an SSE instruction, which some processors are slow to mix with AVX.
func (m machine) address(c gotypes.Component) operand.Mem {
	b, err := c.Resolve()
	if err != nil {
		panic(err) // the signature has it
	}
	return b.Addr
}

// constant returns a read-only vector of 64-byte size whose number-sized
// integers are value(lane).
func (m machine) constant(name string, value func(lane int) uint64) operand.Mem {
	c := m.StaticGlobal(fmt.Sprintf("%s%d", name, 8*m.size()))
	m.DataAttributes(constantAttributes)
	for lane := range m.width() / m.size() {
		if m.single {
			m.AddDatum(lane*4, operand.U32(value(lane)))
		} else {
			m.AddDatum(lane*8, operand.U64(value(lane)))
		}
	}
	return c
}

// constantRef returns the constant of that name that is written already.
func (m machine) constantRef(name string) operand.Mem {
	return operand.NewDataAddr(operand.NewStaticSymbol(fmt.Sprintf("%s%d", name, 8*m.size())), 0)
}

// checkVEX refuses a file that uses a vector register only AVX-512 has: the
// assembler would quietly encode it for that.
func checkVEX(file *ir.File) error {
	for _, f := range file.Functions() {
		for _, i := range f.Instructions() {
			for _, r := range append(i.InputRegisters(), i.OutputRegisters()...) {
				p, ok := r.(reg.Physical)
				if ok && r.Kind() == reg.KindVector && p.PhysicalIndex() >= 16 {
					return fmt.Errorf("%s: register %s in %s", f.Name, p.Asm(), i.Opcode)
				}
			}
		}
	}
	return nil
}
