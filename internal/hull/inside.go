package hull

import (
	"math"

	"keyhull/internal/vec"
)

// inside proves that p is strictly inside the simplex: with
// R the computed inverse of B (columns [x_j; 1]) and β ≥ ‖I − R·B‖∞ < 1/2, the
// exact weights differ from the computed λ by at most ‖R·r‖∞/(1−β), where
// r = [p; 1] − B·λ. All bounds hold for the exact points, which lie within err
// of the coordinates used (Rump, "Verification methods", Acta Numerica 2010).
func (w *walker) inside(p int) (answer, bool) {
	n := w.d + 1
	vec.MatVec(w.tau, w.m, w.ld, n, w.extend(p))
	for _, v := range w.tau {
		if v < 1e-14 {
			return answer{}, false
		}
	}
	rowErr := w.rowBounds()
	beta := w.defect(rowErr)
	if !(beta < 0.5) {
		return answer{}, false
	}
	worst := w.residual(p) / (1 - beta) * (1 + 0x1p-30)
	for _, v := range w.tau[:n] {
		if !(v > worst) {
			return answer{}, false
		}
	}
	weights, sum := w.reals.clone(w.tau[:n]), 0.0
	for _, v := range weights {
		sum += v
	}
	for i := range weights {
		weights[i] /= sum
	}
	return answer{rung: byWalk, verdict: Interior, bases: [][]int32{w.ints.clone(w.basis)}, weights: [][]float64{weights}}, true
}

// rowBounds bounds, for each row of R, the error of one entry of R·B: rounding
// of the product and the error of the coordinates.
func (w *walker) rowBounds() []float64 {
	f := w.s.f
	for i := range w.u {
		row := w.m[i*w.ld : i*w.ld+w.ld]
		b := math.Abs(row[w.d]) * float64(w.d+4) * unit
		for c := range w.d {
			b += math.Abs(row[c]) * (float64(w.d+4)*unit*f.maxW[c] + f.err[c])
		}
		w.u[i] = b + tiny
	}
	return w.u
}

// defect bounds ‖I − R·B‖∞.
func (w *walker) defect(rowErr []float64) float64 {
	n := w.d + 1
	col, sums := w.col, w.res
	clear(sums)
	for j, b := range w.basis {
		vec.MatVec(col, w.m, w.ld, n, w.extend(int(b)))
		col[j]--
		for i, v := range col {
			sums[i] += math.Abs(v)
		}
	}
	worst := 0.0
	for i, v := range sums {
		worst = max(worst, v+float64(n)*rowErr[i])
	}
	return worst * (1 + 0x1p-30)
}

// residual bounds ‖R·([p;1] − B·λ)‖∞ for λ = tau.
func (w *walker) residual(p int) float64 {
	f, n := w.s.f, w.d+1
	res := w.res[:n]
	sum, sumAbs := -1.0, 1.0
	for _, v := range w.tau {
		sum += v
		sumAbs += math.Abs(v)
	}
	for c, v := range f.row(p) {
		res[c] = -v
	}
	for j, b := range w.basis {
		for c, v := range f.row(int(b)) {
			res[c] += w.tau[j] * v
		}
	}
	gamma := float64(n+4) * unit
	for c := range w.d {
		res[c] = math.Abs(res[c]) + sumAbs*(gamma*f.maxW[c]+f.err[c])
	}
	res[w.d] = math.Abs(sum) + gamma*sumAbs
	worst := 0.0
	for i := range n {
		row, b := w.m[i*w.ld:i*w.ld+w.ld], tiny
		for c, r := range res {
			b += math.Abs(row[c]) * r
		}
		worst = max(worst, b)
	}
	return worst * (1 + 0x1p-30)
}

// invert writes the inverse of the n×n row-major matrix a, which it destroys,
// into m (n×ld) by Gauss–Jordan elimination with partial pivoting. The result
// does not depend on workers.
func invert(m []float64, ld int, a []float64, n, workers int) bool {
	clear(m)
	for i := range n {
		m[i*ld+i] = 1
	}
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[p*n+k]) {
				p = i
			}
		}
		if a[p*n+k] == 0 {
			return false
		}
		if p != k {
			swapRows(a, n, p, k)
			swapRows(m, ld, p, k)
		}
		eliminateColumn(m, ld, a, n, k, workers)
	}
	return true
}

func swapRows(a []float64, ld, i, j int) {
	for c := range ld {
		a[i*ld+c], a[j*ld+c] = a[j*ld+c], a[i*ld+c]
	}
}

func eliminateColumn(m []float64, ld int, a []float64, n, k, workers int) {
	inv := 1 / a[k*n+k]
	ak, mk := a[k*n+k:(k+1)*n], m[k*ld:k*ld+n]
	for c := range ak {
		ak[c] *= inv
	}
	for c := range mk {
		mk[c] *= inv
	}
	inParts(workers, n, 2*n, func(_, from, to int) {
		for i := from; i < to; i++ {
			if f := a[i*n+k]; i != k && f != 0 {
				vec.Axpy(-f, ak, a[i*n+k:(i+1)*n])
				vec.Axpy(-f, mk, m[i*ld:i*ld+n])
			}
		}
	})
}
