package hull

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// inside proves that p is strictly inside the simplex: with
// R the computed inverse of B (columns [x_j; 1]) and β ≥ ‖I − R·B‖∞ < 1, the
// exact weights differ from the computed λ by at most ‖R·r‖∞/(1−β), where
// r = [p; 1] − B·λ. All bounds hold for the exact points, which lie within err
// of the coordinates used (Rump, "Verification methods", Acta Numerica 2010).
func (w *walker) inside(p int) (answer, bool) {
	n := w.d + 1
	vec.MatVec(w.tau, w.m, w.ld, n, w.extend(p))
	if least := slices.Min(w.tau); !(least > 1e-14) || !w.sure(p, least) {
		return answer{}, false
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

// sure proves that the weights of p differ from λ = tau by less than least. What a
// product of R and a point is off by, in rounding and the error of the coordinates, is
// at most |R|·loss, and ‖R·r‖∞ at most |R|·(|r| + Σ|λ|·loss), which bounds that too.
func (w *walker) sure(p int, least float64) bool {
	f, n := w.s.f, w.d+1
	sums, r := w.res[:n], w.q64
	clear(sums)
	for c, v := range f.row(p) {
		r[c] = -v
	}
	sum, sumAbs := -1.0, 1.0
	for j, b := range w.basis {
		x, t := w.extend(int(b)), w.tau[j]
		vec.MatVec(w.col, w.m, w.ld, n, x)
		w.col[j]--
		for i, v := range w.col[:len(sums)] {
			sums[i] += math.Abs(v)
		}
		vec.Axpy(t, x[:w.d], r)
		sum += t
		sumAbs += math.Abs(t)
	}
	gamma, far := float64(n+4)*unit, w.u[:n]
	for c, size := range f.maxW {
		far[c] = math.Abs(r[c]) + sumAbs*(gamma*size+f.err[c])
	}
	far[w.d] = math.Abs(sum) + gamma*sumAbs
	for i, defect := range sums {
		off := tiny
		for c, v := range w.m[i*w.ld:][:len(far)] {
			off += math.Abs(v) * far[c]
		}
		if !(defect+float64(n)*off < 1.0/4 && 1.5*off < least) { // β < 1/4, 1/(1−β) < 1.5
			return false
		}
	}
	return true
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
