package vec

import "math"

// AttendForward is one head of attention within each of several sequences, which
// lie side by side: sequence s is the columns starts[s] to starts[s+1] of q, k
// and v (w,n), n the last of starts, and each position sees all of its own:
//
//	out_i = Σ_j drop(p_ij)·v_j,  p_ij = 2^(s_ij − lse_i),  s_ij = scale·log2(e)·q_i·k_j
//
// It writes out (w,n) and lse (n) by the rules of CausalForward. The indices of
// dropout are offset+i and the number of j within its sequence. It panics on a
// wrong shape.
func AttendForward(out Rows, lse []float32, q, k, v Rows, starts []int, w int, scale float32, drop Drop, offset int) {
	n := starts[len(starts)-1]
	if n == 0 {
		return
	}
	out.need(w, n)
	a := newAttend(q, k, v, w, n, scale, drop)
	defer causalBuffers.Put(a)
	for s, from := range starts[:len(starts)-1] {
		if from < starts[s+1] {
			attendForward(a, from, starts[s+1], offset+from)
		}
	}
	a.take(out, causalO)
	copy(lse[:n], a.lse())
}

// AttendBackward is the gradient of AttendForward: from dout (w,n), the gradient
// of out, it writes dq, dk and dv (w,n) by the rules of CausalBackward. out,
// lse, drop and offset are those of AttendForward. It panics on a wrong shape.
func AttendBackward(dq, dk, dv, dout, out, q, k, v Rows, lse []float32, starts []int, w int, scale float32, drop Drop, offset int) {
	n := starts[len(starts)-1]
	if n == 0 {
		return
	}
	a := newAttend(q, k, v, w, n, scale, drop)
	defer causalBuffers.Put(a)
	a.gradient(dq, dk, dv, dout, out, lse, func() {
		for s, from := range starts[:len(starts)-1] {
			if from < starts[s+1] {
				attendBackward(a, from, starts[s+1], offset+from)
			}
		}
	})
}

// newAttend is newCausal with room for the kernels behind the last sequence:
// they fill whole vectors of columns. Those that belong to the next sequence
// are written again, as sequences are taken from left to right.
func newAttend(q, k, v Rows, w, n int, scale float32, drop Drop) *causal {
	for _, r := range []Rows{q, k, v} {
		r.need(w, n)
	}
	a := causalBuffers.Get().(*causal)
	like := (n+2*MaxLanes-1)/MaxLanes | 1
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

// attendReady is ready for queries whose first dropout index is not 0.
func (a *causal) attendReady(first int) *uint32 {
	counters := a.ready()
	for l := range MaxLanes {
		a.counters[2][l] += uint32(first) * golden
		a.counters[3][l] += uint32(first) * golden
	}
	return counters
}

// attendForwardGeneric treats the columns from to to; first is the dropout index
// of the first of them.
func (a *causal) attendForwardGeneric(from, to, first int) {
	q, k, v, out := a.group(causalQ).Right(from), a.group(causalK).Right(from), a.group(causalV).Right(from), a.group(causalO).Right(from)
	lse, p := a.lse()[from:], make([]float32, to-from)
	for i := range p {
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

func (a *causal) attendBackwardGeneric(from, to, first int) {
	q, k, v, dout := a.group(causalQ).Right(from), a.group(causalK).Right(from), a.group(causalV).Right(from), a.group(causalO).Right(from)
	dq, dk, dv := a.group(causalDQ).Right(from), a.group(causalDK).Right(from), a.group(causalDV).Right(from)
	lse, dots, p, ds := a.lse()[from:], a.dots()[from:], make([]float32, to-from), make([]float32, to-from)
	for i := range p {
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
			multiplyAdd(dk.Row(c)[:len(ds)], ds, q.Row(c)[i]*math.Ln2)
			multiplyAdd(dv.Row(c)[:len(p)], p, dout.Row(c)[i])
		}
	}
}
