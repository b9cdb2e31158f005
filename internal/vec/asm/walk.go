package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// walk writes the walk of vec.Walk for AVX-512: a column of the inverse is two
// vectors, with a lane for each corner.
type walk struct {
	dense
	w, rows, data, ids, d  reg.GPVirtual
	panel, panels          reg.GPVirtual // how many were scanned, and are to be
	all, most              reg.GPVirtual
	entering, facet, given reg.GPVirtual
	u                      []reg.VecVirtual // images of the entering point
	best, at               []reg.VecVirtual // of each lane of a panel
}

// Where the fields of vec.Walk lie.
const (
	walkColumn = 128
	walkM      = 0
	walkTau    = walkM + 16*walkColumn
	walkLam    = walkTau + walkColumn
	walkU      = walkLam + walkColumn
	walkQ      = walkU + walkColumn
	walkAt     = walkQ + 64
	walkBasis  = walkAt + 128
	walkStep   = walkBasis + 64
	walkDim    = walkStep + 8
)

func emitWalk(ctx *build.Context) {
	w := &walk{dense: newDense(ctx, true)}
	w.begin("walk", "func(w, rows *float64, data *float32, few, panels int, ids *int32, entering, facet, most int) (why, out int)",
		"is Walk.Run of the walk at w.")
	w.load()
	w.TESTQ(w.entering, w.entering)
	w.JL(LabelRef("exit"))
	w.MOVQ(U32(1), w.given)
	w.JMP(LabelRef("enter"))
	w.Label("exit")
	w.exit()
	w.query()
	w.scan()
	w.Label("enter")
	w.images()
	w.beyond()
	w.Label("pivot")
	w.pivot()
	w.endings()
}

func (w *walk) load() {
	w.w, w.rows, w.data, w.ids = w.param("w"), w.param("rows"), w.param("data"), w.param("ids")
	w.all, w.most = w.param("panels"), w.param("most")
	w.entering, w.facet = w.param("entering"), w.param("facet")
	w.d, w.panel, w.panels, w.given = w.GP64(), w.GP64(), w.GP64(), w.GP64()
	w.MOVQ(w.place(walkDim), w.d)
	w.XORQ(w.given, w.given)
	w.u, w.best, w.at = w.vecs(2), w.vecs(2), w.vecs(2)
}

func (w *walk) place(disp int) Mem { return Mem{Base: w.w, Disp: disp} }

// half is one of the two vectors of a field.
func (w *walk) half(disp, v int) Mem { return w.place(disp + 64*v) }

func (w *walk) endings() {
	why := w.GP64()
	w.MOVQ(U32(2), why)
	w.JMP(LabelRef("done"))
	w.Label("inside")
	w.XORQ(why, why)
	w.JMP(LabelRef("done"))
	w.Label("stuck")
	w.MOVQ(U32(1), why)
	w.Label("done")
	w.MOVQ(why, w.address(w.ReturnIndex(0)))
	w.MOVQ(w.facet, w.address(w.ReturnIndex(1)))
	w.end()
}

// number is a constant of one number in a vector's every lane.
func (w *walk) number(name string, x float64) Mem {
	return w.constant("walk"+name, func(int) uint64 { return math.Float64bits(x) })
}

// exit sets facet to the one through which the segment leaves the simplex, and step
// to how far along.
func (w *walk) exit() {
	limit, start := w.number("Outside", -1e-13), w.number("Beyond", 2)
	t := w.vecs(2)
	leaves := []reg.OpmaskVirtual{w.K(), w.K()}
	for v := range t {
		tau, lam, part := w.ZMM(), w.ZMM(), w.ZMM()
		w.VMOVUPD(w.half(walkTau, v), tau)
		w.VMOVUPD(w.half(walkLam, v), lam)
		w.VCMPPD(Imm(less), limit, tau, leaves[v])
		w.VMOVUPD(start, t[v])
		w.VSUBPD(tau, lam, part)
		w.VDIVPD(part, lam, leaves[v], t[v])
	}
	w.KORTESTB(leaves[0], leaves[1])
	w.JZ(LabelRef("inside"))
	step := w.spread(t, w.min)
	w.VMOVSD(step.AsX(), w.place(walkStep))
	w.where(t, step, w.facet)
	w.TZCNTQ(w.facet, w.facet)
}

// query sets Q to the facet's direction outwards.
func (w *walk) query() {
	rows := w.constant("walkRows", func(lane int) uint64 { return uint64(16 * lane) })
	at, zero := w.ZMM(), w.ZMM()
	w.VPBROADCASTQ(w.facet, at)
	w.VPADDQ(rows, at, at)
	w.VXORPD(zero, zero, zero)
	for v, k := range w.masks(w.firstLanes(w.d), 2) {
		q, short := w.ZMM(), w.YMM()
		w.VXORPD(q, q, q)
		w.VGATHERQPD(Mem{Base: w.w, Index: at, Scale: 8, Disp: walkM + 8*v*walkColumn}, k, q)
		w.VSUBPD(q, zero, q)
		w.VCVTPD2PS(q, short)
		w.VMOVUPS(short, w.place(walkQ+32*v))
	}
}

// scan sets entering to the known vertex that is farthest beyond the facet, of the
// first few panels at first.
func (w *walk) scan() {
	w.XORQ(w.panel, w.panel)
	w.Load(w.Param("few"), w.panels)
	f, none := newMachine(w.Context, true, true), w.ZMM()
	w.VMOVUPS(f.constantRef("infinity"), none)
	for v := range 2 {
		w.VMOVAPS(none, w.best[v])
		w.VPXORD(w.at[v], w.at[v], w.at[v])
	}
	w.Label("scan")
	w.CMPQ(w.panel, w.panels)
	w.JGE(LabelRef("stuck"))
	point := w.GP64()
	w.MOVQ(w.panel, point)
	w.IMULQ(w.d, point)
	w.SHLQ(Imm(7), point)
	w.ADDQ(w.data, point)
	w.Label("panel")
	score, q, n := w.vecs(2), w.GP64(), w.GP64()
	for _, s := range score {
		w.VXORPS(s, s, s)
	}
	w.LEAQ(w.place(walkQ), q)
	w.MOVQ(w.d, n)
	w.inFours(1, n, func(count int) {
		for i := range count {
			b := w.ZMM()
			w.VBROADCASTSS(Mem{Base: q, Disp: 4 * i}, b)
			for v, s := range score {
				w.VFMADD231PS(Mem{Base: point, Disp: panelBytes*i + 64*v}, b, s)
			}
		}
		w.ADDQ(Imm(uint64(4*count)), q)
		w.ADDQ(U32(panelBytes*count), point)
	})
	number := w.ZMM()
	w.VPBROADCASTD(w.panel.As32(), number)
	for v, s := range score {
		f.better(s, number, w.best[v], w.at[v])
	}
	w.INCQ(w.panel)
	w.CMPQ(w.panel, w.panels)
	w.JLT(LabelRef("panel"))
	w.winner()
}

// winner sets entering to the best of all lanes.
func (w *walk) winner() {
	f, lane := newMachine(w.Context, true, true), w.GP64()
	for v := range 2 {
		w.VMOVDQU32(w.at[v], w.half(walkAt, v))
	}
	f.where(w.best, f.spread(w.best, f.max), lane)
	w.JZ(LabelRef("stuck"))
	w.TZCNTQ(lane, lane)
	w.MOVLQSX(Mem{Base: w.w, Index: lane, Scale: 4, Disp: walkAt}, w.entering)
	w.SHLQ(Imm(5), w.entering)
	w.ADDQ(lane, w.entering)
	w.MOVLQSX(Mem{Base: w.ids, Index: w.entering, Scale: 4}, w.entering)
}
