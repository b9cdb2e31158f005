//go:build !amd64

package vec

func detect() level { return generic }

func top2F32(q []float32, p *Panels32) Top2 { return top2Generic(q, p) }
func top2F64(q []float64, p *Panels64) Top2 { return top2Generic(q, p) }

func top2GroupF32(out *outcomes, qs []float32, p *Panels32, _ int) int {
	return out.one(top2Generic(qs[:p.stride()], p))
}

func top2GroupF64(out *outcomes, qs []float64, p *Panels64, _ int) int {
	return out.one(top2Generic(qs[:p.stride()], p))
}

func pivot(m []float64, ld, rows, r int, u []float64)    { pivotGeneric(m, ld, rows, r, u) }
func matVec(dst, m []float64, ld, rows int, x []float64) { matVecGeneric(dst, m, ld, rows, x) }
func dot(x, y []float64) float64                         { return dotGeneric(x, y) }
func axpy(a float64, x, y []float64)                     { axpyGeneric(a, x, y) }

func ranges(_, _, _, _ []float64, _ int) int { return 0 }
func centre(_, _, _, _ []float64, _ int) int { return 0 }

func eliminate(y, l, x []float32, ld, rows, cols, count int) {
	eliminateGeneric(y, l, x, ld, rows, cols, count)
}

func topLanes(best *[Lanes32]float32, panel *[Lanes32]int32, q []float32, p *Panels32) {
	topLanesGeneric(best, panel, q, p)
}

func descend(k *Corral, rows []float64, list []int32) (int, Descent) {
	return descendGeneric(k, rows, list)
}

func hasWalk() bool { return false }
func (w *Walk) run([]float64, *Panels32, int, []int32, int, int, int) (Stop, int) {
	panic("vec: there is no walk")
}
