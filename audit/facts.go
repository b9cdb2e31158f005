package audit

import "slices"

// numFacts is how many numbers of a head a HeadSummary takes means of.
const numFacts = 11

// facts are those numbers, in the order in which summary takes them.
func (r *HeadResult) facts() [numFacts]float64 {
	pairs := r.N * r.N
	if r.Life != nil {
		pairs = r.Life.Pairs
	}
	f := [numFacts]float64{share(r.Counts.Unselectable(), r.N), share(r.Counts.ByRounding, r.N), r.medianMargin(),
		1 - share(r.Attainable, pairs), share(r.Attainable, pairs)}
	if a := r.Attained; a != nil {
		f[5], f[6] = share(a.Pairs, pairs), share(a.Winners, r.N)
		for i, v := range r.Verdicts {
			if v.Unselectable() {
				f[7] = max(f[7], a.Max[i])
			}
		}
	}
	if r.Sink != nil {
		f[8] = r.Sink.Mean
	}
	if len(r.Reach) > 0 {
		f[9], f[10], _ = r.reached()
	}
	return f
}

// medianMargin is the median relative margin of the vertices, 0 without any.
func (r *HeadResult) medianMargin() float64 {
	var all []float64
	for i, v := range r.Verdicts {
		if !v.Unselectable() {
			all = append(all, r.RelativeMargins[i])
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
