package vec

// AttendForward is one head of attention within each of several sequences, which
// lie side by side: sequence s is the columns starts[s] to starts[s+1] of q, k
// and v (w,n), n the last of starts, and each position sees all of its own:
//
//	out_i = Σ_j drop(p_ij)·v_j,  p_ij = 2^(s_ij − lse_i),  s_ij = scale·log2(e)·q_i·k_j
//
// It writes out (w,n) and lse (n) by the rules of CausalForward. The indices of
// dropout are offset+i and the number of j within its sequence. It panics on a
// wrong shape.
//
// Kernels fill whole vectors of columns. Those that belong to the next sequence
// are written again, as sequences are taken from left to right.
func AttendForward(out Rows, lse []float32, q, k, v Rows, starts []int, w int, scale float32, drop Drop, offset int) {
	n := starts[len(starts)-1]
	if n == 0 {
		return
	}
	out.need(w, n)
	a := newCausal(q, k, v, w, n, MaxLanes, scale, drop)
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
	a := newCausal(q, k, v, w, n, MaxLanes, scale, drop)
	defer causalBuffers.Put(a)
	a.gradient(dq, dk, dv, dout, out, lse, func() {
		for s, from := range starts[:len(starts)-1] {
			if from < starts[s+1] {
				attendBackward(a, from, starts[s+1], offset+from)
			}
		}
	})
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
