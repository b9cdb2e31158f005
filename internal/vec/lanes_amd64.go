package vec

func product(y Rows, w []float32, x Rows, rows, inner, n int, add bool, least float32) {
	a := 0
	if add {
		a = 1
	}
	switch active {
	case avx512:
		productAVX512(&y.Data[0], &w[0], &x.Data[0], y.Ld, x.Ld, rows, inner, n, a, least)
	case avx2:
		productAVX2(&y.Data[0], &w[0], &x.Data[0], y.Ld, x.Ld, rows, inner, n, a, least)
	default:
		productGeneric(y, w, x, rows, inner, n, add, least)
	}
}

func outer(sums []float32, a, b Rows, rowsA, rowsB, n int) {
	switch active {
	case avx512:
		outerAVX512(&sums[0], &a.Data[0], &b.Data[0], a.Ld, b.Ld, rowsA, rowsB, n)
	case avx2:
		outerAVX2(&sums[0], &a.Data[0], &b.Data[0], a.Ld, b.Ld, rowsA, rowsB, n)
	default:
		outerGeneric(sums, a, b, rowsA, rowsB, n)
	}
}

func normForward(uz, h, hat Rows, rstd, base []float32, n int) {
	d := len(base)
	switch active {
	case avx512:
		normForwardAVX512(&uz.Data[0], &h.Data[0], &hat.Data[0], &rstd[0], &base[0], h.Ld, d, n, 1/float32(d))
	case avx2:
		normForwardAVX2(&uz.Data[0], &h.Data[0], &hat.Data[0], &rstd[0], &base[0], h.Ld, d, n, 1/float32(d))
	default:
		normForwardGeneric(uz, h, hat, rstd, base, n)
	}
}

func normBackward(dh, a, uz, hat Rows, rstd []float32, d, n int) {
	switch active {
	case avx512:
		normBackwardAVX512(&dh.Data[0], &a.Data[0], &uz.Data[0], &hat.Data[0], &rstd[0], a.Ld, d, n, 1/float32(d))
	case avx2:
		normBackwardAVX2(&dh.Data[0], &a.Data[0], &uz.Data[0], &hat.Data[0], &rstd[0], a.Ld, d, n, 1/float32(d))
	default:
		normBackwardGeneric(dh, a, uz, hat, rstd, d, n)
	}
}

func gate(x, r Rows, rows, n int) {
	switch active {
	case avx512:
		gateAVX512(&x.Data[0], &r.Data[0], x.Ld, rows, n)
	case avx2:
		gateAVX2(&x.Data[0], &r.Data[0], x.Ld, rows, n)
	default:
		gateGeneric(x, r, rows, n)
	}
}

func crossEntropy(x Rows, label, w, right, sums []float32, rows, n int) {
	switch active {
	case avx512:
		crossEntropyAVX512(&x.Data[0], &label[0], &w[0], &right[0], &sums[0], x.Ld, rows, n)
	case avx2:
		crossEntropyAVX2(&x.Data[0], &label[0], &w[0], &right[0], &sums[0], x.Ld, rows, n)
	default:
		crossEntropyGeneric(x, label, w, right, sums, rows, n)
	}
}

func compress(dst, src Rows, rows, key, n int) int {
	switch active {
	case avx512:
		return compressAVX512(&dst.Data[0], &src.Data[0], dst.Ld, src.Ld, rows, key, n)
	case avx2:
		return compressAVX2(&dst.Data[0], &src.Data[0], dst.Ld, src.Ld, rows, key, n)
	}
	return compressGeneric(dst, src, rows, key, n)
}

// transpose transposes the first columns, as many as it returns. Blocks of 8
// numbers of a row overlap where width is no multiple of 8.
func transpose(dst Rows, src []uint16, width int, rows []int32) int {
	n := len(rows) / 8 * 8
	if width < 8 || n == 0 || active == generic {
		return 0
	}
	for from := 0; from < width; from += 8 {
		from = min(from, width-8)
		if active == avx512 {
			transposeAVX512(&dst.Data[from*dst.Ld], &src[0], &rows[0], dst.Ld, width, from, n)
		} else {
			transposeAVX2(&dst.Data[from*dst.Ld], &src[0], &rows[0], dst.Ld, width, from, n)
		}
	}
	return n
}

// peak runs n loops of fused products and returns their number of floating-
// point operations.
func peak(n int) (operations int) {
	switch active {
	case avx512:
		peakAVX512(n)
	case avx2:
		peakAVX2(n)
	default:
		return 0
	}
	return n * 12 * Lanes() * 2
}

// sumLanes is SumLanes of the first numbers; it returns how many.
func sumLanes(dst []float64, sums []float32) int {
	n := len(dst) / 4 * 4
	if n == 0 {
		return 0
	}
	switch active {
	case avx512:
		sumLanesAVX512(&dst[0], &sums[0], n)
	case avx2:
		sumLanesAVX2(&dst[0], &sums[0], n)
	default:
		return 0
	}
	return n
}

// majorityItems is MajorityItems, of which there is this level alone.
func majorityItems(work, items Rows, m *MajorityItem, right []uint16, n int) {
	back := 0
	if m.Backward {
		back = 1
	}
	majorityItemsAVX512(&work.Data[0], &items.Data[0], &m.Net[0], &m.Table[0], &m.Base[0], &m.Emb[0], &m.Emb2[0], &m.Sums[0],
		&right[0], items.Ld, m.Classes, n, back)
}
