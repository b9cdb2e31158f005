package vec

import (
	"math"

	"golang.org/x/sys/cpu"
)

// detect returns the best level of this processor and operating system.
func detect() level {
	x := &cpu.X86
	switch {
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI1 && x.HasBMI2 && x.HasAVX2 && x.HasFMA:
		return avx512
	case x.HasAVX2 && x.HasFMA:
		return avx2
	}
	return generic
}

// The functions below choose by a switch rather than through a variable that
// holds a function: arguments of the latter would all escape to the heap.

func top2F32(q []float32, p *Panels32) (t Top2) {
	switch active {
	case avx512:
		t.Best, t.Second, t.Index = top2F32AVX512(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels())
	case avx2:
		t.Best, t.Second, t.Index = top2F32AVX2(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels())
	default:
		t = top2Generic(q, p)
	}
	return t
}

func top2F64(q []float64, p *Panels64) (t Top2) {
	switch active {
	case avx512:
		t.Best, t.Second, t.Index = top2F64AVX512(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels())
	case avx2:
		t.Best, t.Second, t.Index = top2F64AVX2(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels())
	default:
		t = top2Generic(q, p)
	}
	return t
}

func top2GroupF32(out *outcomes, qs []float32, p *Panels32, queries int) int {
	o, n := out, p.Panels()
	switch {
	case active == avx512 && queries >= 12:
		top2x12F32AVX512(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 12
	case active == avx512 && queries >= 3:
		top2x3F32AVX512(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 3
	case active == avx2 && queries >= 3:
		top2x3F32AVX2(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 3
	}
	return out.one(top2F32(qs[:p.stride()], p))
}

func top2GroupF64(out *outcomes, qs []float64, p *Panels64, queries int) int {
	o, n := out, p.Panels()
	switch {
	case active == avx512 && queries >= 12:
		top2x12F64AVX512(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 12
	case active == avx512 && queries >= 3:
		top2x3F64AVX512(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 3
	case active == avx2 && queries >= 3:
		top2x3F64AVX2(&qs[0], &p.Data[0], p.Dim, p.stride(), n, &o.best[0], &o.second[0], &o.index[0])
		return 3
	}
	return out.one(top2F64(qs[:p.stride()], p))
}

func pivot(m []float64, ld, rows, r int, u []float64) {
	switch active {
	case avx512:
		pivotAVX512(&m[0], ld, rows, r, &u[0])
	case avx2:
		pivotAVX2(&m[0], ld, rows, r, &u[0])
	default:
		pivotGeneric(m, ld, rows, r, u)
	}
}

func matVec(dst, m []float64, ld, rows int, x []float64) {
	switch active {
	case avx512:
		matVecAVX512(&dst[0], &m[0], ld, rows, &x[0])
	case avx2:
		matVecAVX2(&dst[0], &m[0], ld, rows, &x[0])
	default:
		matVecGeneric(dst, m, ld, rows, x)
	}
}

func dot(x, y []float64) float64 {
	switch active {
	case avx512:
		return dotAVX512(&x[0], &y[0], len(x))
	case avx2:
		return dotAVX2(&x[0], &y[0], len(x))
	}
	return dotGeneric(x, y)
}

func axpy(a float64, x, y []float64) {
	switch active {
	case avx512:
		axpyAVX512(a, &x[0], &y[0], len(x))
	case avx2:
		axpyAVX2(a, &x[0], &y[0], len(x))
	default:
		axpyGeneric(a, x, y)
	}
}

// columnLanes is how many columns the passes over rows treat at a time, if any.
func columnLanes() int {
	switch active {
	case avx512:
		return 8
	case avx2:
		return 4
	}
	return math.MaxInt
}

// ranges is Range for the first columns, as many as vectors hold; it returns
// how many.
func ranges(lo, hi, sum, x []float64, rows int) (c int) {
	d, lanes := len(lo), columnLanes()
	for ; rows > 0 && d-c >= lanes; c += lanes {
		if active == avx512 {
			rangesAVX512(&lo[c], &hi[c], &sum[c], &x[c], rows, d)
		} else {
			rangesAVX2(&lo[c], &hi[c], &sum[c], &x[c], rows, d)
		}
	}
	return c
}

// centre is Centre for the first columns, like ranges.
func centre(x, m, lost, size []float64, rows int) (c int) {
	d, lanes := len(m), columnLanes()
	for ; rows > 0 && d-c >= lanes; c += lanes {
		if active == avx512 {
			centreAVX512(&m[c], &lost[c], &size[c], &x[c], rows, d)
		} else {
			centreAVX2(&m[c], &lost[c], &size[c], &x[c], rows, d)
		}
	}
	return c
}

func eliminate(y, l, x []float32, ld, rows, cols, count int) {
	switch active {
	case avx512:
		eliminateAVX512(&y[0], &l[0], &x[0], ld, rows, cols, count, Prime, 1.0/Prime)
	case avx2:
		eliminateAVX2(&y[0], &l[0], &x[0], ld, rows, cols, count, Prime, 1.0/Prime)
	default:
		eliminateGeneric(y, l, x, ld, rows, cols, count)
	}
}

func topLanes(best *[Lanes32]float32, panel *[Lanes32]int32, q []float32, p *Panels32) {
	switch {
	case active == generic || p.N == 0:
		topLanesGeneric(best, panel, q, p)
	case active == avx512:
		topLanesF32AVX512(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels(), &best[0], &panel[0])
	default:
		topLanesF32AVX2(&q[0], &p.Data[0], p.Dim, p.stride(), p.Panels(), &best[0], &panel[0])
	}
}

func descend(k *Corral, rows []float64, list []int32) (int, Descent) {
	var added, why int
	switch {
	case active != avx512:
		return descendGeneric(k, rows, list)
	case k.ld == corralLanes:
		added, why = descend4AVX512(&k.k[0], &rows[0], &list[0])
	default:
		added, why = descend2AVX512(&k.k[0], &rows[0], &list[0])
	}
	return added, Descent(why)
}

func hasWalk() bool { return active == avx512 }

func (w *Walk) run(rows []float64, known *Panels32, few int, ids []int32, entering, facet, most int) (Stop, int) {
	var data *float32
	var id *int32
	if known.N > 0 {
		data, id = &known.Data[0], &ids[0]
	}
	why, out := walkAVX512(&w.M[0][0], &rows[0], data, few, known.Panels(), id, entering, facet, most)
	return Stop(why), out
}
