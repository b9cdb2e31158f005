package keyhull

import (
	"context"
	"math"
	"sync"

	"keyhull/internal/hull"
)

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
