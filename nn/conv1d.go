package nn

import "keyhull/norm"

// Conv1DForward is LinearForward with the matrix the other way round, as
// GPT-2's files have it.
//
//	out  (n,outs) = x·w + bias
//	x    (n,ins)
//	w    (ins,outs)
//	bias (outs)
func Conv1DForward[T norm.Float](out, x, w, bias []T, n, ins, outs int) {
	need("out", out, n, outs)
	need("x", x, n, ins)
	need("w", w, ins, outs)
	need("bias", bias, outs)
	for i := range n {
		for o := range outs {
			out[i*outs+o] = T(dotColumns(x[i*ins:], w[o:], ins, 1, outs) + float64(bias[o]))
		}
	}
}

// Conv1DBackward needs x and w as in the forward call.
//
//	dx   (n,ins)    written
//	dw   (ins,outs) added to
//	db   (outs)     added to
//	dout (n,outs)
//	x    (n,ins)
//	w    (ins,outs)
func Conv1DBackward[T norm.Float](dx, dw, db, dout, x, w []T, n, ins, outs int) {
	need("dx", dx, n, ins)
	need("dw", dw, ins, outs)
	need("db", db, outs)
	need("dout", dout, n, outs)
	need("x", x, n, ins)
	need("w", w, ins, outs)
	for i := range n {
		for j := range ins {
			dx[i*ins+j] = T(dot(row(dout, i, outs), row(w, j, outs)))
		}
	}
	for j := range ins {
		for o := range outs {
			dw[j*outs+o] += T(dotColumns(x[j:], dout[o:], n, ins, outs))
		}
	}
	addColumns(db, dout)
}
