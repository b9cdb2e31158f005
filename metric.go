package keyhull

import (
	"context"
	"math"
	"sync"

	"keyhull/internal/hull"
)

// metric is the keys after factor and projection, in the metric that margins
// and query norms are measured in: coordinate c of key i is hi + lo times
// 2^exp, the largest hi between 1/2 and 1. lo is nil when it is 0 throughout.
type metric struct {
	dim    int
	hi, lo []float64
	exp    int
}

// left bounds what hi + lo leaves out of a number: of a mean in twice the
// precision, or of numbers that are 2^1000 times smaller than others.
func (m *metric) left() float64 {
	if m.lo == nil {
		return 0x1p-1000
	}
	return float64(m.dim*m.dim) * 0x1p-102
}

func (k Keys) metric() metric {
	m := metric{dim: k.dim, hi: make([]float64, k.n*k.dim)}
	switch {
	case k.f64 != nil:
		copy(m.hi, k.f64)
	default:
		for i, v := range k.f32 {
			m.hi[i] = float64(v)
		}
	}
	if k.scale == nil && !k.projected {
		m.exp = exponent(m.hi)
		shift(m.hi, -m.exp)
		return m
	}
	m.lo = make([]float64, len(m.hi))
	exps := make([]int, k.n)
	m.exp = math.MinInt32
	for i := range k.n {
		exps[i] = k.normalize(i, m.hi[i*k.dim:(i+1)*k.dim], m.lo[i*k.dim:(i+1)*k.dim])
		m.exp = max(m.exp, exps[i])
	}
	for i, e := range exps {
		shift(m.hi[i*k.dim:(i+1)*k.dim], e-m.exp)
		shift(m.lo[i*k.dim:(i+1)*k.dim], e-m.exp)
	}
	return m
}

// normalize applies factor and projection to row i, in twice the precision,
// and divides by a power of two so that the largest number is near 1.
func (k Keys) normalize(i int, hi, lo []float64) (exp int) {
	exp = exponent(hi)
	shift(hi, -exp)
	if k.projected {
		sum, rest := 0.0, 0.0
		for _, v := range hi {
			s := sum + v
			rest += sumError(sum, v, s)
			sum = s
		}
		d := float64(k.dim)
		mean := (sum + rest) / d
		rest = (math.FMA(-mean, d, sum) + rest) / d // of the mean
		for c, v := range hi {
			x := v - mean
			hi[c], lo[c] = pair(x, sumError(v, -mean, x)-rest)
		}
	}
	if k.scale != nil {
		f, e := math.Frexp(k.scale[i])
		exp += e
		for c, v := range hi {
			x := v * f
			hi[c], lo[c] = pair(x, math.FMA(v, f, -x)+lo[c]*f)
		}
	}
	e := exponent(hi)
	shift(hi, -e)
	shift(lo, -e)
	return exp + e
}

// sumError is the rounding error of s = fl(a + b) (Knuth's TwoSum).
func sumError(a, b, s float64) float64 {
	bb := s - a
	return (a - (s - bb)) + (b - bb)
}

// pair brings hi + lo to the form in which hi is the rounded sum.
func pair(hi, lo float64) (float64, float64) {
	s := hi + lo
	return s, sumError(hi, lo, s)
}

// exponent is that of the power of two above the largest |x|; 0 for zeros.
func exponent(x []float64) int {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	_, exp := math.Frexp(largest)
	return exp
}

// shift multiplies x by 2^exp.
func shift(x []float64, exp int) {
	if exp == 0 {
		return
	}
	if f := math.Ldexp(1, exp); exp > -1022 && exp < 1024 {
		for i := range x {
			x[i] *= f
		}
		return
	}
	for i, v := range x {
		x[i] = math.Ldexp(v, exp)
	}
}

// radius is the largest distance of a row to the rows' mean.
func (m *metric) radius() float64 {
	mean, rest := make([]float64, m.dim), make([]float64, m.dim)
	n := float64(len(m.hi) / m.dim)
	each := func(f func(i int, row []float64)) {
		for i := 0; i < len(m.hi); i += m.dim {
			f(i, m.hi[i:i+m.dim])
		}
	}
	each(func(_ int, row []float64) {
		for c, v := range row {
			mean[c] += v
		}
	})
	for c := range mean {
		mean[c] /= n
	}
	each(func(_ int, row []float64) { // of the mean, for keys far from the origin
		for c, v := range row {
			rest[c] += v - mean[c]
		}
	})
	for c := range rest {
		rest[c] /= n
	}
	most := 0.0
	each(func(i int, row []float64) {
		s := 0.0
		for c, v := range row {
			v = v - mean[c] - rest[c]
			if m.lo != nil {
				v += m.lo[i+c]
			}
			s += v * v
		}
		most = max(most, s)
	})
	return math.Sqrt(most)
}

// addMargins sets margins of vertices and the set's radius.
func (r *Result) addMargins(ctx context.Context, keys Keys, o *hull.Outcome, opt Options, workers int) error {
	m := keys.metric()
	size := m.radius()
	r.Radius = capped(size, m.exp)
	if size == 0 || o.Distinct() < 2 {
		return nil
	}
	vertices, reps := r.vertices(o)
	lengths := make([]hull.Length, o.Distinct())
	if opt.Margins == MarginBound {
		least := opt.MinMargin
		if least == 0 {
			least = DefaultMinMargin
		}
		open := vertices[:0:0] // whose bound leaves open whether they reach the least margin
		for _, p := range vertices {
			l := keys.leadLength(r.Keys[reps[p]].Query, o.Lead(int(reps[p])), m.exp)
			if lengths[p] = l; math.Ldexp(l.F/size, l.E) < least {
				open = append(open, p)
			}
		}
		vertices = open
	}
	if err := r.addDistances(ctx, keys, o, m, vertices, reps, lengths, opt, workers); err != nil {
		return err
	}
	for i := range r.Keys {
		if k := &r.Keys[i]; !k.Verdict.Unselectable() {
			l := lengths[o.Class(i)]
			k.Margin, k.RelativeMargin = capped(l.F, l.E+m.exp), math.Ldexp(l.F/size, l.E)
		}
	}
	return nil
}

// addDistances sets the lengths of the given vertices to their exact margins.
func (r *Result) addDistances(ctx context.Context, keys Keys, o *hull.Outcome, m metric, vertices, reps []int32, lengths []hull.Length, opt Options, workers int) error {
	if len(vertices) == 0 {
		return nil
	}
	c := hull.Cloud{Dim: m.dim, Hi: m.hi, Lo: m.lo, Err: m.left(), Exp: m.exp, Source: o.Source(), Known: o}
	c.Keep(reps)
	next := counter(len(vertices), opt.MarginProgress)
	found, err := c.Distances(ctx, vertices, func(p int32) []float64 {
		next()
		return keys.fullQuery(r.Keys[reps[p]].Query)
	}, workers)
	for i, p := range vertices[:len(found)] {
		lengths[p] = found[i]
	}
	return err
}

// counter returns a function that reports how often it was called before: it
// is called when a thing is begun. report may be nil.
func counter(total int, report func(done, total int)) func() {
	if report == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := -1
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		report(done, total)
	}
}

// capped is f·2^e, at most the largest float, and above 0 if f is: a margin
// too small for a float is given as the smallest.
func capped(f float64, e int) float64 {
	v := math.Ldexp(f, e)
	if v == 0 && f > 0 {
		return math.SmallestNonzeroFloat64
	}
	return min(v, math.MaxFloat64)
}

// vertices lists the distinct points that are vertices, and for each distinct
// point the first key that is one.
func (r *Result) vertices(o *hull.Outcome) (vertices, reps []int32) {
	for i := range r.Keys {
		if o.Class(i) != len(reps) {
			continue // a copy of an earlier key
		}
		if !r.Keys[i].Verdict.Unselectable() {
			vertices = append(vertices, int32(len(reps)))
		}
		reps = append(reps, int32(i))
	}
	return vertices, reps
}

// fullQuery is a certificate's query in the keys' own coordinates: a query over
// differences to the last coordinate is (q, −Σq) over all.
func (k Keys) fullQuery(q []float64) []float64 {
	if !k.projected || q == nil {
		return q
	}
	sum := 0.0
	for _, v := range q {
		sum += v
	}
	return append(q[:len(q):len(q)], -sum)
}

// leadLength is lead/‖q‖ in units of 2^exp, less its own rounding; 0 if there
// is no query or it says nothing.
func (k Keys) leadLength(q []float64, lead float64, exp int) hull.Length {
	if q = k.fullQuery(q); q == nil || !(lead > 0) || lead > math.MaxFloat64 {
		return hull.Length{}
	}
	e := exponent(q)
	s := 0.0
	for _, v := range q {
		v = math.Ldexp(v, -e)
		s += v * v
	}
	f, fe := math.Frexp(lead * (1 - float64(len(q)+8)*0x1p-53))
	f, ge := math.Frexp(f / math.Sqrt(s))
	return hull.Length{F: f, E: fe + ge - e - exp}
}
