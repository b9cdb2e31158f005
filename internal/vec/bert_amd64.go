package vec

import "math"

// geluChunk is how many numbers go through each phase of the kernels at a time.
const geluChunk = 1024

func geluErfForward(y, x Rows, rows, n int) {
	var scratch [geluChunk]float32
	switch active {
	case avx512:
		geluErfForwardAVX512(&y.Data[0], &x.Data[0], &scratch[0], y.Ld, rows, n)
	case avx2:
		geluErfForwardAVX2(&y.Data[0], &x.Data[0], &scratch[0], y.Ld, rows, n)
	default:
		geluErfForwardGeneric(y, x, rows, n)
	}
}

func geluErfBackward(y, dx, dy, x Rows, rows, n int) {
	var scratch [geluChunk]float32
	switch active {
	case avx512:
		geluErfBackwardAVX512(&y.Data[0], &dx.Data[0], &dy.Data[0], &x.Data[0], &scratch[0], y.Ld, rows, n)
	case avx2:
		geluErfBackwardAVX2(&y.Data[0], &dx.Data[0], &dy.Data[0], &x.Data[0], &scratch[0], y.Ld, rows, n)
	default:
		geluErfBackwardGeneric(y, dx, dy, x, rows, n)
	}
}

func attendForward(a *causal, from, to, first int) {
	if active == generic || a.w != 2 {
		a.forwardGeneric(from, to, first, true)
		return
	}
	rows, ld, n, scale := &a.rows.Data[from], a.rows.Ld, to-from, a.dice.scale
	switch {
	case active == avx512 && a.none:
		attendForwardAVX512(rows, ld, n, scale, nil)
	case active == avx512:
		attendForwardDropAVX512(rows, ld, n, scale, a.attendReady(first))
	case a.none:
		attendForwardAVX2(rows, ld, n, scale, nil)
	default:
		attendForwardDropAVX2(rows, ld, n, scale, a.attendReady(first))
	}
}

func attendBackward(a *causal, from, to, first int) {
	if active == generic || a.w != 2 {
		a.backwardGeneric(from, to, first, true)
		return
	}
	rows, ld, n := &a.rows.Data[from], a.rows.Ld, to-from
	switch {
	case active == avx512 && a.none:
		attendQueriesAVX512(rows, ld, n, a.scale, nil)
		attendKeysAVX512(rows, ld, n, math.Ln2, nil)
	case active == avx512:
		attendQueriesDropAVX512(rows, ld, n, a.scale, a.attendReady(first))
		attendKeysDropAVX512(rows, ld, n, math.Ln2, a.attendReady(first))
	case a.none:
		attendQueriesAVX2(rows, ld, n, a.scale, nil)
		attendKeysAVX2(rows, ld, n, math.Ln2, nil)
	default:
		attendQueriesDropAVX2(rows, ld, n, a.scale, a.attendReady(first))
		attendKeysDropAVX2(rows, ld, n, math.Ln2, a.attendReady(first))
	}
}

// adamStep returns how many numbers it has treated.
func adamStep(p, g, m, v []float32, r *AdamRates) int {
	n := len(p) / Lanes() * Lanes()
	switch {
	case n == 0 || active == generic:
		return 0
	case active == avx512:
		adamStepAVX512(&p[0], &g[0], &m[0], &v[0], &r.Keep2, n)
	default:
		adamStepAVX2(&p[0], &g[0], &m[0], &v[0], &r.Keep2, n)
	}
	return n
}
