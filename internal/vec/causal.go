package vec

import (
	"fmt"
	"math"
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
	a := newCausal(q, k, v, w, n, scale, drop)
	out.need(w, n)
	done := causalForward(&a, out, lse[:n])
	a.forward(out, lse[:n], done)
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
	a := newCausal(q, k, v, w, n, scale, drop)
	for _, r := range []Rows{dq, dk, dv, dout, out} {
		r.need(w, n)
	}
	dots := make([]float32, n)
	for c := range w {
		o, do := out.Row(c)[:n], dout.Row(c)[:n]
		for i, v := range do {
			dots[i] += v * o[i]
		}
	}
	done := causalBackward(&a, dq, dk, dv, dout, lse[:n], dots)
	a.backward(dq, dk, dv, dout, lse[:n], dots, done)
}

// causal holds the operands of an attention head.
type causal struct {
	q, k, v     Rows
	w, n        int
	scale, base float32 // of scores, of scores to the base 2
	dice
}

func newCausal(q, k, v Rows, w, n int, scale float32, drop Drop) causal {
	for _, r := range []Rows{q, k, v} {
		r.need(w, n)
	}
	if float32(math.Abs(float64(scale))) > math.MaxFloat32/2 || scale != scale {
		panic(fmt.Sprintf("vec: scale %v of attention", scale))
	}
	return causal{q: q, k: k, v: v, w: w, n: n, scale: scale, base: scale * math.Log2E, dice: drop.dice()}
}

// forward is the plain twin, for the queries from the given one on.
func (a *causal) forward(out Rows, lse []float32, from int) {
	buffer := make([]float32, a.n)
	for i := from; i < a.n; i++ {
		p := buffer[:i+1]
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

// backward is the plain twin, for the queries and for the keys from the given
// one on.
func (a *causal) backward(dq, dk, dv, dout Rows, lse, dots []float32, from int) {
	buffer, buffer2 := make([]float32, a.n), make([]float32, a.n)
	for c := range a.w {
		clear(dk.Row(c)[from:a.n])
		clear(dv.Row(c)[from:a.n])
	}
	for i := from; i < a.n; i++ {
		p, ds := buffer[:i+1], buffer2[:i+1]
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
			multiplyAdd(dk.Row(c)[from:i+1], ds[from:], a.q.Row(c)[i])
			multiplyAdd(dv.Row(c)[from:i+1], p[from:], dout.Row(c)[i])
		}
	}
}

// combine sets y to scale·Σ_c rows_c·q_ci over the w rows.
func combine(y []float32, rows, q Rows, w, i int, scale float32) {
	clear(y)
	for c := range w {
		multiplyAdd(y, rows.Row(c), q.Row(c)[i]*scale)
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
