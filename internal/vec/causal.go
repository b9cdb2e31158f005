package vec

import (
	"math"
	"sync"
)

// CausalForward is one head of causal attention over a sequence of n positions,
// which are the columns of q, k and v (w,n):
//
//	out_i = Σ_{j≤i} drop(p_ij)·v_j,  p_ij = 2^(s_ij − lse_i),  s_ij = scale·log2(e)·q_i·k_j
//
// so p is the softmax of scale·q·k over j ≤ i. It writes out (w,n), which may
// not overlap the operands, and lse (n), the logarithm to the base 2 of
// Σ_j 2^s_ij, for CausalBackward. The indices of dropout are i and j. n is any
// number; w = 2 is fast. The largest score is subtracted first, so any scores
// that are finite will do. It panics on a wrong shape.
func CausalForward(out Rows, lse []float32, q, k, v Rows, w, n int, scale float32, drop Drop) {
	if n == 0 {
		return
	}
	out.need(w, n)
	a := newCausal(q, k, v, w, n, 0, scale, drop)
	defer causalBuffers.Put(a)
	causalForward(a)
	a.take(out, causalO)
	copy(lse[:n], a.lse())
}

// CausalBackward is the gradient of CausalForward: from dout (w,n), the gradient
// of out, it writes dq, dk and dv (w,n), which may not overlap the operands.
// out, lse and drop are those of CausalForward. With D_i = dout_i·out_i and
// dp_ij = dout_i·v_j, 0 where dropped, else divided by 1−P,
//
//	ds_ij = p_ij·(dp_ij − D_i),  dq_i = scale·Σ_j ds_ij·k_j,  dk_j = scale·Σ_i ds_ij·q_i,
//	dv_j = Σ_i drop(p_ij)·dout_i
//
// (Dao et al., "FlashAttention", 2022, section 3.1). It panics on a wrong shape.
func CausalBackward(dq, dk, dv, dout, out, q, k, v Rows, lse []float32, w, n int, scale float32, drop Drop) {
	if n == 0 {
		return
	}
	a := newCausal(q, k, v, w, n, 0, scale, drop)
	defer causalBuffers.Put(a)
	a.gradient(dq, dk, dv, dout, out, lse, func() { causalBackward(a) })
}

// gradient is what the gradients of both kinds of attention share: do computes
// those of q, k and v in a's rows.
func (a *causal) gradient(dq, dk, dv, dout, out Rows, lse []float32, do func()) {
	w, n := a.w, a.n
	for _, r := range []Rows{dq, dk, dv, dout, out} {
		r.need(w, n)
	}
	a.put(causalO, dout, a.dice.scale)
	copy(a.lse(), lse[:n])
	dots := a.dots()[:n]
	for c := range w {
		o, do := out.Row(c)[:n], dout.Row(c)[:n]
		for i, v := range do {
			dots[i] += v * o[i]
		}
	}
	do()
	a.take(dq, causalDQ)
	a.take(dk, causalDK)
	a.take(dv, causalDV)
}

// causal is an attention head with its operands and results in rows: lse, dots
// (the D_i), and w each of q, k, v, o, dq, dk and dv. q is multiplied by base,
// so that scores are to the base 2 and have the same bits in every pass; o is
// out forward, and backward dout, divided by 1−P. Behind the n columns are zeros
// up to a multiple of Lanes.
type causal struct {
	rows        Rows
	w, n        int
	scale, base float32
	dice
	counters [4][MaxLanes]uint32 // see ready
}

const (
	causalQ = iota
	causalK
	causalV
	causalO
	causalDQ
	causalDK
	causalDV
	causalGroups
)

var causalBuffers = sync.Pool{New: func() any { return new(causal) }}

// newCausal returns a head with operands; spare is how many columns behind the n
// there is room for, besides the zeros.
func newCausal(q, k, v Rows, w, n, spare int, scale float32, drop Drop) *causal {
	for _, r := range []Rows{q, k, v} {
		r.need(w, n)
	}
	a := causalBuffers.Get().(*causal)
	like := (n+spare+MaxLanes-1)/MaxLanes | 1
	size := (2 + causalGroups*w) * like * MaxLanes
	if cap(a.rows.Data) < size {
		a.rows.Data = make([]float32, size)
	}
	a.rows = Rows{a.rows.Data[:size], like * MaxLanes}
	clear(a.rows.Data)
	a.w, a.n, a.scale, a.base, a.dice = w, n, scale, scale*math.Log2E, drop.dice()
	a.put(causalQ, q, a.base)
	a.put(causalK, k, 1)
	a.put(causalV, v, 1)
	return a
}

func (a *causal) lse() []float32  { return a.rows.Row(0)[:a.rows.Ld] }
func (a *causal) dots() []float32 { return a.rows.Row(1)[:a.rows.Ld] }

// group returns w rows.
func (a *causal) group(g int) Rows { return a.rows.Down(2 + g*a.w) }

func (a *causal) put(g int, x Rows, factor float32) {
	to := a.group(g)
	for c := range a.w {
		row := to.Row(c)
		for i, v := range x.Row(c)[:a.n] {
			row[i] = v * factor
		}
	}
}

func (a *causal) take(x Rows, g int) {
	for c := range a.w {
		copy(x.Row(c)[:a.n], a.group(g).Row(c))
	}
}

// ready fills counters with vectors: the key, the limit, the counters of the
// first keys at the first query, and of the first queries at the first key.
func (a *causal) ready() *uint32 {
	first := a.vectors(a.seed)
	copy(a.counters[:], first[:])
	for l := range uint32(MaxLanes) {
		a.counters[3][l] = a.seed + l*golden
	}
	return &a.counters[0][0]
}

// padded is n up to a multiple of the lanes.
func (a *causal) padded() int { return (a.n + Lanes() - 1) / Lanes() * Lanes() }

// forwardGeneric treats the columns from to to, of which each sees all, or those
// up to itself; first is the dropout index of the first of them.
func (a *causal) forwardGeneric(from, to, first int, all bool) {
	q, k, v, out := a.group(causalQ).Right(from), a.group(causalK).Right(from), a.group(causalV).Right(from), a.group(causalO).Right(from)
	lse, buffer := a.lse()[from:], make([]float32, to-from)
	for i := range buffer {
		p := buffer[:seen(i, len(buffer), all)]
		combine(p, k, q, a.w, i)
		top := p[0]
		for _, s := range p {
			top = max(top, s)
		}
		var sum float32
		for j, s := range p {
			e := exp2of(s - top)
			sum += e
			if !a.keeps(first+i, j) {
				e = 0
			}
			p[j] = e
		}
		lse[i] = top + float32(math.Log2(float64(sum)))
		for c := range a.w {
			out.Row(c)[i] = inner(p, v.Row(c)) * (a.dice.scale / sum)
		}
	}
}

// seen is how many of n positions position i sees.
func seen(i, n int, all bool) int {
	if all {
		return n
	}
	return i + 1
}

func (a *causal) backwardGeneric(from, to, first int, all bool) {
	q, k, v, dout := a.group(causalQ).Right(from), a.group(causalK).Right(from), a.group(causalV).Right(from), a.group(causalO).Right(from)
	dq, dk, dv := a.group(causalDQ).Right(from), a.group(causalDK).Right(from), a.group(causalDV).Right(from)
	lse, dots, buffer, buffer2 := a.lse()[from:], a.dots()[from:], make([]float32, to-from), make([]float32, to-from)
	for i := range buffer {
		count := seen(i, len(buffer), all)
		p, ds := buffer[:count], buffer2[:count]
		combine(p, k, q, a.w, i)
		combine(ds, v, dout, a.w, i)
		for j, s := range p {
			e, dp := exp2of(s-lse[i]), ds[j]
			p[j] = e
			if !a.keeps(first+i, j) {
				p[j], dp = 0, 0
			}
			ds[j] = e * (dp - dots[i])
		}
		for c := range a.w {
			dq.Row(c)[i] = inner(ds, k.Row(c)) * a.scale
			multiplyAdd(dk.Row(c)[:count], ds, q.Row(c)[i]*math.Ln2)
			multiplyAdd(dv.Row(c)[:count], p, dout.Row(c)[i])
		}
	}
}

// combine sets y to Σ_c rows_c·q_ci over the w rows.
func combine(y []float32, rows, q Rows, w, i int) {
	clear(y)
	for c := range w {
		multiplyAdd(y, rows.Row(c), q.Row(c)[i])
	}
}

// multiplyAdd adds f·x to y.
func multiplyAdd(y, x []float32, f float32) {
	x = x[:len(y)]
	for j := range y {
		y[j] += f * x[j]
	}
}

// inner returns the sum of products, in two sums.
func inner(x, y []float32) float32 {
	var even, odd float32
	y = y[:len(x)]
	for j := 1; j < len(x); j += 2 {
		even += x[j-1] * y[j-1]
		odd += x[j] * y[j]
	}
	if j := len(x) - 1; j%2 == 0 {
		even += x[j] * y[j]
	}
	return even + odd
}
