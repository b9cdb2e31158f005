package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	constantAttributes = attr.RODATA | attr.NOPTR

	panelBytes = 128 // one coordinate of a panel's points

	greater = 0x1e // comparison a > b, false for NaN, quiet
	equal   = 0x00
)

// scan writes one kernel that scores all panels against some queries and finds
// the two largest scores of each.
//
// Every lane of the vectors best, second and index of a state keeps the outcome
// of the points that pass through it; index counts the vectors of a panel, so
// that index·lanes+lane is the point. At the end the lanes are merged.
//
// NaN, which fills unused lanes, must lose. MAX and MIN return their second
// source if one is NaN. Unused lanes are the last ones, so that if vector k of
// a panel has NaN in a lane, so have all vectors after k: each MAX below has
// the operand of the later vector first, and each MIN has it second.
type scan struct {
	machine
	queries int
	byLane  bool // keep the best of each lane, see by_lane.go
	vectors int  // vectors in one coordinate of a panel

	dim, panels, stride reg.GPVirtual   // stride: bytes of a panel
	span, skip          reg.GPVirtual   // bytes of dim numbers; bytes left out of a panel
	x                   reg.GPVirtual   // the next coordinate of the current panel
	q                   []reg.GPVirtual // the next coordinate of every third query
	row                 reg.GPVirtual   // bytes from one query to the next

	states       []state
	cur          Op  // vectors seen before this panel
	first, step  Mem // constants
	half, lane   Mem
	infinity     Mem
	largestIndex Mem
}

type state struct{ best, second, index Op }

func newScan(ctx *build.Context, wide, single bool, queries int) *scan {
	s := &scan{machine: newMachine(ctx, wide, single), queries: queries}
	s.vectors = panelBytes / s.width()
	return s
}

func (s *scan) emit() {
	s.declare()
	s.constants()
	s.all()
	for k := range s.states {
		s.reduce(k)
	}
	s.VZEROUPPER()
	s.RET()
}

// all scores all panels.
func (s *scan) all() {
	s.prologue()
	if s.queries == 1 && (s.wide || !s.byLane) {
		// Eight accumulators hide the latency of the fused product.
		s.loop(8/s.vectors, "several")
	}
	s.loop(1, "single")
}

func (s *scan) declare() {
	t := fmt.Sprintf("float%d", 8*s.size())
	if s.queries == 1 {
		s.Function("top2" + s.suffix())
		s.Attributes(attr.NOSPLIT)
		s.SignatureExpr("func(q, data *" + t + ", dim, stride, panels int) (best, second float64, index int32)")
		s.Doc("top2" + s.suffix() + " scores panels > 0 panels of stride coordinates by the first dim > 0 of them against one query.")
	} else {
		s.Function(fmt.Sprintf("top2x%d%s", s.queries, s.suffix()))
		s.SignatureExpr("func(q, data *" + t + ", dim, stride, panels int, best, second *float64, index *int32)")
		s.Doc(fmt.Sprintf("top2x%d%s scores panels > 0 panels of stride coordinates by the first dim > 0 of them against %d queries, row after row of stride numbers in q; best, second and index point to as many results.", s.queries, s.suffix(), s.queries))
	}
	s.Pragma("noescape")
}

// prologue loads the arguments and clears the states: in registers for a single
// query, on the stack for several, where registers are for accumulators.
func (s *scan) prologue() {
	s.dim, s.panels, s.x, s.row, s.span, s.skip = s.GP64(), s.GP64(), s.GP64(), s.GP64(), s.GP64(), s.GP64()
	s.Load(s.Param("dim"), s.dim)
	s.Load(s.Param("stride"), s.row)
	s.Load(s.Param("panels"), s.panels)
	s.Load(s.Param("data"), s.x)
	s.MOVQ(s.row, s.skip)
	s.SUBQ(s.dim, s.skip)
	s.SHLQ(Imm(7), s.skip)
	if s.queries == 1 {
		s.stride = s.GP64()
		s.MOVQ(s.row, s.stride)
		s.SHLQ(Imm(7), s.stride)
	}
	s.MOVQ(s.dim, s.span)
	s.SHLQ(Imm(uint64(2+s.size()/8)), s.span)
	s.SHLQ(Imm(uint64(2+s.size()/8)), s.row)
	s.q = make([]reg.GPVirtual, (s.queries+2)/3)
	for i := range s.q {
		s.q[i] = s.GP64()
		if i == 0 {
			s.Load(s.Param("q"), s.q[0])
		} else {
			s.LEAQ(Mem{Base: s.q[i-1], Index: s.row, Scale: 2}, s.q[i])
			s.ADDQ(s.row, s.q[i])
		}
	}
	s.states = make([]state, s.queries)
	if s.byLane {
		s.states = make([]state, s.vectors)
	}
	for k := range s.states {
		s.states[k] = state{best: s.slot(s.infinity), index: s.slot(s.first)}
		if !s.byLane {
			s.states[k].second = s.slot(s.infinity)
		}
	}
	s.cur = s.slot(s.first)
}

// slot returns a place for a vector that lasts, with a first value.
func (s *scan) slot(value Mem) Op {
	v := s.vec()
	s.mov(value, v)
	if s.queries == 1 {
		return v
	}
	place := s.AllocLocal(s.width())
	s.mov(v, place)
	return place
}

// loop takes count panels at a time while there are as many.
func (s *scan) loop(count int, name string) {
	s.Label(name)
	s.CMPQ(s.panels, Imm(uint64(count)))
	s.JLT(LabelRef(name + "_done"))
	acc := s.products(count, name)
	for j := range count {
		for k := range s.queries {
			s.update(acc[j*s.queries+k], s.states[k])
		}
		s.advance()
	}
	s.SUBQ(Imm(uint64(count)), s.panels)
	s.JMP(LabelRef(name))
	s.Label(name + "_done")
}

// products returns the scores of count panels: for panel j and query k the
// vectors at j·queries+k.
func (s *scan) products(count int, name string) [][]reg.VecVirtual {
	acc := make([][]reg.VecVirtual, count*s.queries)
	for i := range acc {
		acc[i] = s.vecs(s.vectors)
		for _, a := range acc[i] {
			s.zero(a, a, a)
		}
	}
	var stride3 reg.GPVirtual
	if count > 2 {
		stride3 = s.GP64()
		s.LEAQ(Mem{Base: s.stride, Index: s.stride, Scale: 2}, stride3)
	}
	n := s.GP64()
	s.MOVQ(s.dim, n)
	s.Label(name + "_coordinate")
	if s.queries == 1 {
		s.oneQuery(acc, count, stride3)
	} else {
		s.manyQueries(acc)
	}
	s.ADDQ(Imm(panelBytes), s.x)
	for _, q := range s.q {
		s.ADDQ(Imm(uint64(s.size())), q)
	}
	s.DECQ(n)
	s.JNZ(LabelRef(name + "_coordinate"))
	for _, q := range s.q {
		s.SUBQ(s.span, q)
	}
	s.ADDQ(s.skip, s.x)
	for j := 1; j < count; j++ {
		s.ADDQ(s.stride, s.x)
	}
	return acc
}

// oneQuery adds a coordinate's products: the query's number stays in a
// register, the points come from memory.
func (s *scan) oneQuery(acc [][]reg.VecVirtual, count int, stride3 reg.GPVirtual) {
	b := s.vec()
	s.broadcast(Mem{Base: s.q[0]}, b)
	for j := range count {
		for v := range s.vectors {
			x := Mem{Base: s.x, Disp: v * s.width()}
			switch j {
			case 1, 2:
				x.Index, x.Scale = s.stride, uint8(j)
			case 3:
				x.Index, x.Scale = stride3, 1
			}
			s.fma(x, b, acc[j][v])
		}
	}
}

// manyQueries adds a coordinate's products for three queries at a time. AVX2
// keeps the three numbers and one vector of points in registers, AVX-512 all
// vectors of points.
func (s *scan) manyQueries(acc [][]reg.VecVirtual) {
	x := make([]reg.VecVirtual, s.vectors)
	for i, q := range s.q {
		var b []reg.VecVirtual
		for k := range 3 {
			b = append(b, s.vec())
			s.broadcast([]Op{Mem{Base: q}, Mem{Base: q, Index: s.row, Scale: 1}, Mem{Base: q, Index: s.row, Scale: 2}}[k], b[k])
		}
		for v := range s.vectors {
			if i == 0 {
				x[v] = s.vec()
				s.mov(Mem{Base: s.x, Disp: v * s.width()}, x[v])
			}
			for k := range 3 {
				s.fma(x[v], b[k], acc[3*i+k][v])
			}
		}
	}
}
