package vec

import "math"

func exponentials(e Rows, z, table, bias []float32, x Rows, d, n int) {
	switch active {
	case avx512:
		exponentialsAVX512(&e.Data[0], &z[0], &table[0], &bias[0], &x.Data[0], len(bias), d, n)
	case avx2:
		exponentialsAVX2(&e.Data[0], &z[0], &table[0], &bias[0], &x.Data[0], len(bias), d, n)
	default:
		exponentialsGeneric(e, z, table, bias, x, d, n)
	}
}

func causalForward(a *causal) {
	rows, ld, n, scale := &a.rows.Data[0], a.rows.Ld, a.padded(), a.dice.scale
	switch {
	case active == generic || a.w != 2:
		a.forwardGeneric(0, a.n, 0, false)
	case active == avx512 && a.none:
		causalForwardAVX512(rows, ld, n, scale, nil)
	case active == avx512:
		causalForwardDropAVX512(rows, ld, n, scale, a.ready())
	case a.none:
		causalForwardAVX2(rows, ld, n, scale, nil)
	default:
		causalForwardDropAVX2(rows, ld, n, scale, a.ready())
	}
}

func causalBackward(a *causal) {
	rows, ld, n := &a.rows.Data[0], a.rows.Ld, a.padded()
	switch {
	case active == generic || a.w != 2:
		a.backwardGeneric(0, a.n, 0, false)
	case active == avx512 && a.none:
		causalQueriesAVX512(rows, ld, n, a.scale, nil)
		causalKeysAVX512(rows, ld, n, math.Ln2, nil)
	case active == avx512:
		causalQueriesDropAVX512(rows, ld, n, a.scale, a.ready())
		causalKeysDropAVX512(rows, ld, n, math.Ln2, a.ready())
	case a.none:
		causalQueriesAVX2(rows, ld, n, a.scale, nil)
		causalKeysAVX2(rows, ld, n, math.Ln2, nil)
	default:
		causalQueriesDropAVX2(rows, ld, n, a.scale, a.ready())
		causalKeysDropAVX2(rows, ld, n, math.Ln2, a.ready())
	}
}

// allOnes is 0 for false.
func allOnes(yes bool) uint32 {
	if yes {
		return math.MaxUint32
	}
	return 0
}

func dropout(y, x Rows, rows, n int, d *dice, offset int, add bool) {
	if active == generic {
		dropoutGeneric(y, x, rows, n, d, offset, add)
		return
	}
	v := d.vectors(d.seed + uint32(offset))
	if active == avx512 {
		dropoutAVX512(&y.Data[0], &x.Data[0], y.Ld, rows, n, d.scale, allOnes(add), &v[0][0])
	} else {
		dropoutAVX2(&y.Data[0], &x.Data[0], y.Ld, rows, n, d.scale, allOnes(add), &v[0][0])
	}
}

func layerNormForward(hat Rows, rstd []float32, x Rows, d, n int, eps float32) {
	switch active {
	case avx512:
		layerNormForwardAVX512(&hat.Data[0], &rstd[0], &x.Data[0], x.Ld, d, n, 1/float32(d), eps)
	case avx2:
		layerNormForwardAVX2(&hat.Data[0], &rstd[0], &x.Data[0], x.Ld, d, n, 1/float32(d), eps)
	default:
		layerNormForwardGeneric(hat, rstd, x, d, n, eps)
	}
}

func layerNormBackward(dx, dhat, hat Rows, rstd []float32, d, n int, add bool) {
	switch active {
	case avx512:
		layerNormBackwardAVX512(&dx.Data[0], &dhat.Data[0], &hat.Data[0], &rstd[0], dx.Ld, d, n, 1/float32(d), allOnes(add))
	case avx2:
		layerNormBackwardAVX2(&dx.Data[0], &dhat.Data[0], &hat.Data[0], &rstd[0], dx.Ld, d, n, 1/float32(d), allOnes(add))
	default:
		layerNormBackwardGeneric(dx, dhat, hat, rstd, d, n, add)
	}
}

func subtractMean(y, x Rows, d, n int, add bool) {
	switch active {
	case avx512:
		subtractMeanAVX512(&y.Data[0], &x.Data[0], y.Ld, d, n, 1/float32(d), allOnes(add))
	case avx2:
		subtractMeanAVX2(&y.Data[0], &x.Data[0], y.Ld, d, n, 1/float32(d), allOnes(add))
	default:
		subtractMeanGeneric(y, x, d, n, add)
	}
}

func geluForward(y, x Rows, rows, n int) {
	switch active {
	case avx512:
		geluForwardAVX512(&y.Data[0], &x.Data[0], y.Ld, rows, n)
	case avx2:
		geluForwardAVX2(&y.Data[0], &x.Data[0], y.Ld, rows, n)
	default:
		geluForwardGeneric(y, x, rows, n)
	}
}

func geluBackward(dx, dy, x Rows, rows, n int) {
	switch active {
	case avx512:
		geluBackwardAVX512(&dx.Data[0], &dy.Data[0], &x.Data[0], x.Ld, rows, n)
	case avx2:
		geluBackwardAVX2(&dx.Data[0], &dy.Data[0], &x.Data[0], x.Ld, rows, n)
	default:
		geluBackwardGeneric(dx, dy, x, rows, n)
	}
}
