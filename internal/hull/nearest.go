package hull

import (
	"context"
	"math"
	"slices"

	"keyhull/internal/vec"
)

// Distances returns, for each of the given points of the n×dim matrix z, a
// proved lower bound of its distance to the convex hull of the other points,
// 1e-9 relative below the best possible where floats can reach that. Rows of
// z must differ; numbers should be near 1.
func Distances(ctx context.Context, z []float64, dim int, points []int32, workers int) ([]float64, error) {
	out := make([]float64, len(points))
	var all vec.Panels64
	all.Reset(dim)
	for i := 0; i < len(z); i += dim {
		all.Append(z[i : i+dim])
	}
	f := &frame{dim: dim, w: z, maxW: make([]float64, dim), err: make([]float64, dim)}
	for i, v := range z {
		f.maxW[i%dim] = max(f.maxW[i%dim], math.Abs(v))
	}
	const chunk = 64
	free := make(chan *nearest, workers)
	err := parallel(workers, (len(points)+chunk-1)/chunk, func(k int) error {
		var w *nearest
		select {
		case w = <-free:
		default:
			w = newNearest(f, all)
		}
		for i := k * chunk; i < min((k+1)*chunk, len(points)); i++ {
			out[i] = w.distance(int(points[i]))
		}
		free <- w
		return ctx.Err()
	})
	return out, err
}

// nearest finds the point of least norm in the hull of all x_j − x_p, j ≠ p
// (Wolfe, "Finding the nearest point in a polytope", 1976).
type nearest struct {
	f       *frame
	all     vec.Panels64
	other   int // stands in for p
	corral  []int32
	lambda  []float64
	gram    []float64 // of the corral, (dim+2)×(dim+2)
	chol, u []float64
	x, q    []float64
}

func newNearest(f *frame, all vec.Panels64) *nearest {
	all.Data = slices.Clone(all.Data)
	m := f.dim + 2
	w := &nearest{f: f, all: all, gram: make([]float64, m*m), chol: make([]float64, m*m),
		u: make([]float64, m), x: make([]float64, f.dim), q: make([]float64, f.dim)}
	return w
}

// distance hides p from the scans, behind a copy of another point, while it
// works.
func (w *nearest) distance(p int) (best float64) {
	w.other = 0
	if p == 0 {
		w.other = 1
	}
	w.all.Set(p, w.f.row(w.other))
	defer w.all.Set(p, w.f.row(p))
	w.corral, w.lambda = w.corral[:0], w.lambda[:0]
	for c, v := range w.f.row(p) {
		w.x[c] = w.f.row(w.other)[c] - v
	}
	for range 40 + 10*w.f.dim {
		j, lower := w.support(p)
		best = max(best, lower)
		size := math.Sqrt(vec.Dot(w.x, w.x))
		done := len(w.corral) > 0 && lower >= size*(1-1e-9)
		if j < 0 || done || slices.Contains(w.corral, j) || len(w.corral) == w.f.dim+1 {
			break
		}
		w.enter(p, j)
		if !w.minor() {
			break
		}
		w.point(p)
	}
	return best
}

// support returns the point with the least x·(x_j − x_p) and that value over
// |x|, less the rounding bound.
func (w *nearest) support(p int) (int32, float64) {
	own := 0.0
	for c, v := range w.x {
		w.q[c] = -v
		own -= v * w.f.row(p)[c]
	}
	top := vec.Top2F64(w.q, &w.all)
	size := math.Sqrt(vec.Dot(w.x, w.x))
	if top.Index < 0 || size == 0 {
		return -1, 0
	}
	if int(top.Index) == p {
		top.Index = int32(w.other)
	}
	return top.Index, (own - top.Best - 2*w.f.bound64(w.q)) / size
}

// enter adds point j to the corral with weight 0 and extends the Gram matrix.
func (w *nearest) enter(p int, j int32) {
	w.corral, w.lambda = append(w.corral, j), append(w.lambda, 0)
	if len(w.corral) == 1 {
		w.lambda[0] = 1
	}
	m, k := w.f.dim+2, len(w.corral)-1
	xp, xj := w.f.row(p), w.f.row(int(j))
	for i, b := range w.corral {
		s := 0.0
		for c, v := range w.f.row(int(b)) {
			s += (v - xp[c]) * (xj[c] - xp[c])
		}
		w.gram[i*m+k], w.gram[k*m+i] = s, s
	}
}

// minor moves to the point of least norm in the corral's affine hull, dropping
// corners whose weight would turn negative on the way.
func (w *nearest) minor() bool {
	for {
		if !w.affine() {
			return false
		}
		theta := 1.0
		for i, l := range w.lambda {
			if w.u[i] < 0 && l-w.u[i] > 0 {
				theta = min(theta, l/(l-w.u[i]))
			}
		}
		for i := range w.lambda {
			w.lambda[i] += theta * (w.u[i] - w.lambda[i])
		}
		if theta == 1 {
			return true
		}
		if !w.drop() {
			return false
		}
	}
}

// drop removes the corner of least weight.
func (w *nearest) drop() bool {
	r := 0
	for i, l := range w.lambda {
		if l < w.lambda[r] {
			r = i
		}
	}
	if len(w.corral) == 1 {
		return false
	}
	m, n := w.f.dim+2, len(w.corral)
	for i := range n {
		copy(w.gram[i*m+r:i*m+n-1], w.gram[i*m+r+1:i*m+n])
	}
	for i := r; i < n-1; i++ {
		copy(w.gram[i*m:i*m+n], w.gram[(i+1)*m:(i+1)*m+n])
	}
	w.corral = slices.Delete(w.corral, r, r+1)
	w.lambda = slices.Delete(w.lambda, r, r+1)
	return true
}

// affine solves for the weights u, sum 1, of the least-norm affine combination:
// (G + s·11ᵀ)·v = 1, u = v/Σv, by Cholesky.
func (w *nearest) affine() bool {
	m, n := w.f.dim+2, len(w.corral)
	s := 0.0
	for i := range n {
		s += w.gram[i*m+i] / float64(n)
	}
	for i := range n {
		for j := range i + 1 {
			v := w.gram[i*m+j] + s
			v -= dotShort(w.chol[i*m:i*m+j], w.chol[j*m:j*m+j])
			if i != j {
				w.chol[i*m+j] = v / w.chol[j*m+j]
			} else if v > 1e-14*(w.gram[i*m+i]+s) {
				w.chol[i*m+i] = math.Sqrt(v)
			} else {
				return false
			}
		}
		w.u[i] = (1 - dotShort(w.chol[i*m:i*m+i], w.u[:i])) / w.chol[i*m+i]
	}
	sum := 0.0
	for i := n - 1; i >= 0; i-- {
		v := w.u[i]
		for j := i + 1; j < n; j++ {
			v -= w.chol[j*m+i] * w.u[j]
		}
		w.u[i] = v / w.chol[i*m+i]
		sum += w.u[i]
	}
	for i := range n {
		w.u[i] /= sum
	}
	return true
}

func dotShort(x, y []float64) (s float64) {
	y = y[:len(x)]
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

// point sets x to the corral's combination, relative to p.
func (w *nearest) point(p int) {
	for c, v := range w.f.row(p) {
		w.x[c] = -v
	}
	for i, j := range w.corral {
		vec.Axpy(w.lambda[i], w.f.row(int(j)), w.x)
	}
}
