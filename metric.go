package keyhull

import (
	"context"
	"math"

	"keyhull/internal/hull"
)

// normalized returns the keys as they are after factor and projection, n×dim
// in float64, in the metric that margins and query norms are measured in.
// exp is a power of two that was divided out so that numbers are near 1.
func (k Keys) normalized() (z []float64, exp int) {
	z = make([]float64, k.n*k.dim)
	largest := 0.0
	for i := range k.n {
		row := z[i*k.dim : (i+1)*k.dim]
		mean := 0.0
		for c := range row {
			row[c] = k.At(i, c)
			mean += row[c] / float64(k.dim)
		}
		for c := range row {
			if k.projected {
				row[c] -= mean
			}
			if k.scale != nil {
				row[c] *= k.scale[i]
			}
			largest = max(largest, math.Abs(row[c]))
		}
	}
	_, exp = math.Frexp(largest)
	if exp < -100 || exp > 100 {
		for i, v := range z {
			z[i] = math.Ldexp(v, -exp)
		}
		return z, exp
	}
	return z, 0
}

// radius is the largest distance of a row to the rows' mean.
func radius(z []float64, dim int) float64 {
	mean := make([]float64, dim)
	n := len(z) / dim
	for i, v := range z {
		mean[i%dim] += v / float64(n)
	}
	most := 0.0
	for i := 0; i < len(z); i += dim {
		s := 0.0
		for c, m := range mean {
			s += (z[i+c] - m) * (z[i+c] - m)
		}
		most = max(most, s)
	}
	return math.Sqrt(most)
}

// addMargins sets margins of vertices and the set's radius.
func (r *Result) addMargins(ctx context.Context, keys Keys, o *hull.Outcome, how Margins, workers int) error {
	z, exp := keys.normalized()
	size := radius(z, keys.dim)
	r.Radius = math.Ldexp(size, exp)
	lower := make([]float64, o.Distinct())
	for i := range r.Keys {
		if k := &r.Keys[i]; k.Query != nil && !k.Verdict.Unselectable() {
			if l := o.Proof(i).Lead / keys.queryNorm(k.Query); l > 0 && !math.IsInf(l, 0) {
				lower[o.Class(i)] = math.Ldexp(l, -exp)
			}
		}
	}
	if how == MarginExact && o.Distinct() > 1 {
		if err := r.nearest(ctx, z, keys.dim, o, lower, workers); err != nil {
			return err
		}
	}
	for i := range r.Keys {
		if k := &r.Keys[i]; !k.Verdict.Unselectable() && size > 0 {
			m := lower[o.Class(i)]
			k.Margin, k.RelativeMargin = math.Ldexp(m, exp), m/size
		}
	}
	return nil
}

// nearest raises lower to the distances of the distinct vertices.
func (r *Result) nearest(ctx context.Context, z []float64, dim int, o *hull.Outcome, lower []float64, workers int) error {
	distinct := z
	var vertices []int32
	if o.Distinct() < r.N {
		distinct = make([]float64, 0, o.Distinct()*dim)
	}
	next := 0
	for i := range r.Keys {
		if o.Class(i) != next {
			continue // a copy of an earlier key
		}
		if o.Distinct() < r.N {
			distinct = append(distinct, z[i*dim:(i+1)*dim]...)
		}
		if !r.Keys[i].Verdict.Unselectable() {
			vertices = append(vertices, int32(next))
		}
		next++
	}
	d, err := hull.Distances(ctx, distinct, dim, vertices, workers)
	for k, p := range vertices {
		lower[p] = max(lower[p], d[k])
	}
	return err
}

// queryNorm is the length of a certificate's query in the keys' own metric: a
// query over differences to the last coordinate is (q, −Σq) over all.
func (k Keys) queryNorm(q []float64) float64 {
	s, sum := 0.0, 0.0
	for _, v := range q {
		s = math.Hypot(s, v)
		sum += v
	}
	if k.projected {
		s = math.Hypot(s, sum)
	}
	return s
}
