package vec

import "math"

// AttendForward is one head of attention within a sequence of n positions, which
// are the columns of q, k and v (w,n), each of which sees all:
//
//	out_i = Σ_j drop(p_ij)·v_j,  p_ij = 2^(s_ij − lse_i),  s_ij = scale·log2(e)·q_i·k_j
//
// It writes out (w,n), which may not overlap the operands, and lse (n), as
// CausalForward does, whose rules hold here too. Of out and lse it may write as
// many columns behind the sequence as make n a multiple of Lanes, and of all
// operands it may read these: sequences side by side are to be taken from left
// to right, with that much room behind the last one. w = 2 is fast. It panics
// on a wrong shape.
func AttendForward(out Rows, lse []float32, q, k, v Rows, w, n int, scale float32, drop Drop) {
	if n == 0 {
		return
	}
	a := newCausal(q, k, v, w, n, scale, drop)
	wide := (n + Lanes() - 1) / Lanes() * Lanes()
	for _, r := range []Rows{out, q, k, v} {
		r.need(w, wide)
	}
	if !attendForward(&a, out, lse[:wide]) {
		a.attend(out, lse[:n])
	}
}

// AttendBackward is the gradient of AttendForward: from dout (w,n), the gradient
// of out, it writes dq, dk and dv (w,n), which may not overlap the operands.
// out, lse and drop are those of AttendForward, and so are the columns behind
// the sequence. dots (n, and the columns behind) is scratch. It panics on a
// wrong shape.
func AttendBackward(dq, dk, dv, dout, out, q, k, v Rows, lse, dots []float32, w, n int, scale float32, drop Drop) {
	if n == 0 {
		return
	}
	a := newCausal(q, k, v, w, n, scale, drop)
	wide := (n + Lanes() - 1) / Lanes() * Lanes()
	for _, r := range []Rows{dq, dk, dv, dout, out, q, k, v} {
		r.need(w, wide)
	}
	dots = dots[:wide]
	clear(dots)
	for c := range w {
		o, do := out.Row(c)[:n], dout.Row(c)[:n]
		for i, v := range do {
			dots[i] += v * o[i]
		}
	}
	if !attendBackward(&a, dq, dk, dv, dout, lse[:wide], dots) {
		a.attendBack(dq, dk, dv, dout, lse[:n], dots)
	}
}

// attend is the plain twin.
func (a *causal) attend(out Rows, lse []float32) {
	p := make([]float32, a.n)
	for i := range p {
		combine(p, a.k, a.q, a.w, i, a.base)
		top := p[0]
		for _, s := range p {
			top = max(top, s)
		}
		var sum float32
		for j, s := range p {
			e := exp2of(s - top)
			sum += e
			if !a.keeps(i, j) {
				e = 0
			}
			p[j] = e
		}
		lse[i] = top + float32(math.Log2(float64(sum)))
		for c := range a.w {
			out.Row(c)[i] = inner(p, a.v.Row(c)) * (a.dice.scale / sum)
		}
	}
}

// attendBack is the plain twin.
func (a *causal) attendBack(dq, dk, dv, dout Rows, lse, dots []float32) {
	p, ds := make([]float32, a.n), make([]float32, a.n)
	for c := range a.w {
		clear(dk.Row(c)[:a.n])
		clear(dv.Row(c)[:a.n])
	}
	for i := range p {
		combine(p, a.k, a.q, a.w, i, a.base)
		combine(ds, a.v, dout, a.w, i, a.dice.scale)
		for j, s := range p {
			e, dp := exp2of(s-lse[i]), ds[j]
			p[j] = e * a.dice.scale
			if !a.keeps(i, j) {
				p[j], dp = 0, 0
			}
			ds[j] = e * (dp - dots[i]) * a.scale
		}
		for c := range a.w {
			dq.Row(c)[i] = inner(ds, a.k.Row(c))
			multiplyAdd(dk.Row(c)[:a.n], ds, a.q.Row(c)[i])
			multiplyAdd(dv.Row(c)[:a.n], p, dout.Row(c)[i])
		}
	}
}
