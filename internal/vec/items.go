package vec

// NormForward divides by the last row and normalizes, for each of n columns
// and j < d:
//
//	uz   (d+1,n) in: N and z; out: u = N/z and 1/z
//	h    (d,n)   written: u + base
//	hat  (d,n)   written: (h − mean(h))·rstd
//	rstd (n)     written: 1/√variance(h), 0 where that is 0
//	base (d)
//
// uz, h and hat have the same Ld. It panics on a wrong shape.
func NormForward(uz, h, hat Rows, rstd, base []float32, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	d := len(base)
	uz.need(d+1, n)
	h.need(d, n)
	hat.need(d, n)
	sameLd(uz.Ld, h.Ld, hat.Ld)
	normForward(uz, h, hat, rstd[:n], base, n)
}

// NormBackward is the gradient of NormForward for each of n columns:
//
//	dh   (d,n)   in: the gradient of h that passes the normalization by; out: all of it
//	a    (d+1,n) in: the gradient of hat in the first d rows; out: that of N and z
//	uz, hat, rstd as NormForward left them
//
// All have the same Ld. It panics on a wrong shape.
func NormBackward(dh, a, uz, hat Rows, rstd []float32, d, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	dh.need(d, n)
	a.need(d+1, n)
	uz.need(d+1, n)
	hat.need(d, n)
	sameLd(dh.Ld, a.Ld, uz.Ld, hat.Ld)
	normBackward(dh, a, uz, hat, rstd[:n], d, n)
}

// Gate sets x (rows,n) to 0 where r (rows,n), which is ≥ 0, is 0. Both have the
// same Ld. It panics on a wrong shape.
func Gate(x, r Rows, rows, n int) {
	needMultiple(n, Lanes())
	if n == 0 {
		return
	}
	x.need(rows, n)
	r.need(rows, n)
	sameLd(x.Ld, r.Ld)
	gate(x, r, rows, n)
}

// CrossEntropy takes n columns of logits x (rows,n), their labels, which are
// row numbers as the bits of an int32, and their weights. It replaces x by the
// gradient w·(softmax(x) − onehot(label)), sets right to 1 where the label's
// logit is the largest and else to 0, and returns the sums over the columns of
// w·(log Σ exp x − x_label) and of w·right. Where nothing overflows, a loss has
// an error of at most (2·rows+16)·u·(1+loss), u = 2^-24: of each exponential 4u
// and one u for its argument's rounding times its share, of their sum rows·u,
// of the logarithm 4u·(1+loss), and of the last sums; the sum over columns adds
// at most u times their number. It panics on a wrong shape.
func CrossEntropy(x Rows, label, w, right []float32, rows, n int) (loss, hits float64) {
	needMultiple(n, Lanes())
	if n == 0 {
		return 0, 0
	}
	x.need(rows, n)
	var sums [2 * MaxLanes]float32
	crossEntropy(x, label[:n], w[:n], right[:n], sums[:], rows, n)
	var total [2]float64
	SumLanes(total[:], sums[:2*Lanes()])
	return total[0], total[1]
}

// Compress copies those of n columns of src (rows,n) to dst, side by side in
// their order, whose number in row key of src is above 0, and returns how many
// they are. It overwrites up to Lanes columns of dst behind them, so dst has
// n+Lanes columns. It panics on a wrong shape.
func Compress(dst, src Rows, rows, key, n int) int {
	needMultiple(n, Lanes())
	if n == 0 {
		return 0
	}
	dst.need(rows, n+Lanes())
	src.need(rows, n)
	src.need(key+1, n)
	return compress(dst, src, rows, key, n)
}

// Transpose writes, as column i of dst (width,len(rows)), row rows[i] of src
// (·,width). It panics on a wrong shape.
func Transpose(dst Rows, src []uint16, width int, rows []int32) {
	if len(rows) == 0 {
		return
	}
	dst.need(width, len(rows))
	for _, r := range rows {
		_ = src[int(r)*width : (int(r)+1)*width]
	}
	done := transpose(dst, src, width, rows)
	transposeGeneric(dst.Right(done), src, width, rows[done:])
}
