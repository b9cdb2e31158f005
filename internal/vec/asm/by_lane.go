package main

import (
	"math/bits"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitTopLanes writes the scan that keeps the best of each lane: a state for every
// vector of a panel, and nothing to merge in the end.
func emitTopLanes(ctx *build.Context, wide bool) {
	s := newScan(ctx, wide, true, 1)
	s.byLane = true
	s.Function("topLanes" + s.suffix())
	s.Attributes(attr.NOSPLIT)
	s.SignatureExpr("func(q, data *float32, dim, stride, panels int, best *float32, panel *int32)")
	s.Doc("topLanes" + s.suffix() + " scores panels > 0 panels of stride coordinates by the first dim > 0 of them against one query, and stores the best score of each lane and its panel.")
	s.Pragma("noescape")
	s.first, s.step, s.infinity = s.constantRef("zero"), s.constantRef("step"), s.constantRef("infinity")
	s.all()
	best, panel := s.GP64(), s.GP64()
	s.Load(s.Param("best"), best)
	s.Load(s.Param("panel"), panel)
	for v, st := range s.states {
		s.mov(st.best, Mem{Base: best, Disp: v * s.width()})
		s.VPSRLD(Imm(uint64(bits.TrailingZeros(uint(s.vectors)))), st.index, st.index) // from vectors to panels
		s.mov(st.index, Mem{Base: panel, Disp: v * s.width()})
	}
	s.VZEROUPPER()
	s.RET()
}

// updateLanes merges the scores of one panel, NaN for none, into the states.
func (s *scan) updateLanes(a []reg.VecVirtual) {
	for v, st := range s.states {
		if s.wide {
			s.better(a[v], s.cur, st.best, st.index)
			continue
		}
		won := s.vec()
		s.cmp(Imm(greater), st.best, a[v], won)
		s.blend(won, a[v], st.best, st.best)
		s.blend(won, s.cur, st.index, st.index)
	}
}
