package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s *scan) constants() {
	per := s.width() / s.size()
	s.first = s.shared("zero", func(int) uint64 { return 0 })
	s.step = s.shared("step", func(int) uint64 { return uint64(s.vectors) })
	s.half = s.shared("half", func(int) uint64 { return uint64(s.vectors) / 2 })
	s.lane = s.shared("lane", func(l int) uint64 { return uint64(l % per) })
	s.largestIndex = s.shared("largest", func(int) uint64 { return 1<<31 - 1 })
	s.infinity = s.shared("infinity", func(int) uint64 {
		if s.single {
			return 0xff800000
		}
		return 0xfff0000000000000
	})
}

// shared returns a constant that is written with the level's first scan.
func (s *scan) shared(name string, value func(int) uint64) Mem {
	if s.queries == 1 {
		return s.constant(name, value)
	}
	return s.constantRef(name)
}

// update merges the scores of one panel, which it destroys, into a state.
func (s *scan) update(a []reg.VecVirtual, st state) {
	if s.byLane {
		s.updateLanes(a)
		return
	}
	if s.wide {
		s.updateWide(a, st)
		return
	}
	// 1. Pairs: the larger in a[1] and a[3], the smaller in n01 and n23, and
	// which it was in g01 and g23 (−1 for the later).
	g01, n01 := s.pair(a[0], a[1])
	g23, n23 := s.pair(a[2], a[3])
	// 2. The panel's largest in a[3] and second in n01.
	gm, t := s.pair(a[1], a[3])
	s.max(n01, n23, n01)
	s.max(n01, t, n01)
	// 3. Its number.
	cur := s.load(s.cur)
	later := s.vec()
	s.add(s.half, cur, later)
	s.sub(g01, cur, g01)
	s.sub(g23, later, g23)
	s.blend(gm, g23, g01, g01)
	// 4. Into the state.
	best, index := s.load(st.best), s.load(st.index)
	won := s.vec()
	s.cmp(Imm(greater), best, a[3], won)
	s.blend(won, g01, index, index)
	s.keep(index, st.index)
	s.topTwo(a[3], n01, best, st)
}

// updateWide is update for AVX-512: two vectors make a panel, comparisons give
// masks.
func (s *scan) updateWide(a []reg.VecVirtual, st state) {
	later, won := s.K(), s.K()
	n := s.vec()
	s.cmp(Imm(greater), a[0], a[1], later)
	s.min(a[1], a[0], n)
	s.max(a[0], a[1], a[1])
	number := s.vec()
	s.mov(s.cur, number)
	best, index := s.load(st.best), s.load(st.index)
	s.cmp(Imm(greater), best, a[1], won)
	if s.single {
		s.VPADDD(s.half, number, later, number)
		s.VMOVDQA32(number, won, index)
	} else {
		s.VPADDQ(s.half, number, later, number)
		s.VMOVDQA64(number, won, index)
	}
	s.keep(index, st.index)
	s.topTwo(a[1], n, best, st)
}

// pair orders two vectors of which b comes later: the larger goes to b, the
// smaller to n, and g is −1 where b was strictly the larger.
func (s *scan) pair(a, b reg.VecVirtual) (g, n reg.VecVirtual) {
	g, n = s.vec(), s.vec()
	s.cmp(Imm(greater), a, b, g)
	s.min(b, a, n)
	s.max(a, b, b)
	return g, n
}

// topTwo merges a panel's largest m and second n, which it destroys, into the
// state, whose best is in a register already.
func (s *scan) topTwo(m, n reg.VecVirtual, best Op, st state) {
	u := s.vec()
	s.min(m, best, u)
	s.max(best, m, best)
	s.keep(best, st.best)
	s.max(u, n, n)
	if _, ok := st.second.(Mem); ok {
		s.max(st.second, n, n)
		s.keep(n, st.second)
	} else {
		s.max(st.second, n, st.second)
	}
}

// keep stores v if its place is in memory; otherwise v is the place.
func (s *scan) keep(v, place Op) {
	if mem, ok := place.(Mem); ok {
		s.mov(v, mem)
	}
}

// advance counts a panel.
func (s *scan) advance() {
	cur := s.load(s.cur)
	s.add(s.step, cur, cur)
	s.keep(cur, s.cur)
}

// reduce merges the lanes of a state by butterflies and stores the outcome.
func (s *scan) reduce(k int) {
	st := s.states[k]
	first, second, index := s.load(st.best), s.load(st.second), s.load(st.index)
	best, b, t := s.vec(), s.vec(), s.vec()
	s.mov(first, best)
	for _, shuffle := range s.butterfly() {
		shuffle(best, b)
		shuffle(second, t)
		s.max(t, second, second)
		s.min(b, best, t)
		s.max(b, best, best)
		s.max(t, second, second)
	}
	s.point(index)
	s.only(first, best, index)
	for _, shuffle := range s.butterfly() {
		shuffle(index, t)
		s.VPMINUD(t, index, index)
	}
	i := s.GP32()
	s.VMOVD(index.(reg.VecVirtual).AsX(), i)
	s.result(k, best.AsX(), second.(reg.VecVirtual).AsX(), i)
}

// result stores an outcome, its scores in the lowest lanes.
func (s *scan) result(k int, best, second reg.Register, index reg.GPVirtual) {
	if s.single {
		s.VCVTSS2SD(best, best, best)
		s.VCVTSS2SD(second, second, second)
	}
	if s.queries == 1 {
		s.VMOVSD(best, s.address(s.ReturnIndex(0)))
		s.VMOVSD(second, s.address(s.ReturnIndex(1)))
		s.Store(index, s.ReturnIndex(2))
		return
	}
	out := s.GP64()
	s.Load(s.Param("best"), out)
	s.VMOVSD(best, Mem{Base: out, Disp: 8 * k})
	s.Load(s.Param("second"), out)
	s.VMOVSD(second, Mem{Base: out, Disp: 8 * k})
	s.Load(s.Param("index"), out)
	s.MOVL(index, Mem{Base: out, Disp: 4 * k})
}

// point turns numbers of vectors into numbers of points.
func (s *scan) point(index Op) {
	shift := 2 // four lanes, and twice as many for each doubling
	for n := s.width() / s.size(); n > 4; n /= 2 {
		shift++
	}
	if s.single {
		s.VPSLLD(Imm(uint64(shift)), index, index)
	} else {
		s.VPSLLQ(Imm(uint64(shift)), index, index)
	}
	s.add(s.lane, index, index)
}

// only replaces the numbers in lanes whose best is not the best of all.
func (s *scan) only(first, best, index Op) {
	none := s.load(s.largestIndex)
	if !s.wide {
		eq := s.vec()
		s.cmp(Imm(equal), best, first, eq)
		s.blend(eq, index, none, index)
		return
	}
	eq := s.K()
	s.cmp(Imm(equal), best, first, eq)
	if s.single {
		s.VPBLENDMD(index, none, eq, index)
	} else {
		s.VPBLENDMQ(index, none, eq, index)
	}
}

// butterfly returns the shuffles after which, each merged with the vector it
// came from, every lane has seen every other.
func (s *scan) butterfly() []func(from, to Op) {
	var steps []func(from, to Op)
	for _, imm := range []uint64{0x4e, 0xb1} {
		if s.wide {
			steps = append(steps, func(from, to Op) { s.VSHUFF64X2(Imm(imm), from, from, to) })
		}
	}
	if !s.wide {
		steps = append(steps, func(from, to Op) { s.VPERM2F128(Imm(1), from, from, to) })
	}
	if !s.single {
		return append(steps, func(from, to Op) { s.permute(Imm(0x55), from, to) })
	}
	for _, imm := range []uint64{0x4e, 0xb1} {
		steps = append(steps, func(from, to Op) { s.permute(Imm(imm), from, to) })
	}
	return steps
}

func (s *scan) add(a, b, to Op) {
	if s.single {
		s.VPADDD(a, b, to)
	} else {
		s.VPADDQ(a, b, to)
	}
}

func (s *scan) sub(a, from, to Op) {
	if s.single {
		s.VPSUBD(a, from, to)
	} else {
		s.VPSUBQ(a, from, to)
	}
}

func (s *scan) blend(mask, a, b, to Op) {
	if s.single {
		s.VBLENDVPS(mask, a, b, to)
	} else {
		s.VBLENDVPD(mask, a, b, to)
	}
}
