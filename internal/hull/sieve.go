package hull

import (
	"math"
	"slices"
	"sync"

	"keyhull/internal/vec"
)

// sieve scans for every point the query that is its own direction, in float32,
// and leaves out what bounds of lengths settle. Points stand by decreasing
// length |w|: a point j scores at most |q||w_j| (Cauchy and Schwarz), which for
// the shorter ones is less than the own score of the query's point. What heads
// (the first coordinates) settle of the others stands in heads.go.
type sieve struct {
	s     *solver
	order []int32      // points by decreasing length
	heads []int        // coordinates in each head, increasing; none if few
	all   vec.Panels32 // in that order, with the lengths of tails (see place)
	norm  []float64    // upper bounds of lengths, in that order

	hits []hit // at most one a query

	weight []float64 // of the numbers of a query in the bound of a score's error
	free   sync.Pool // of *questions
}

// ask is the query of point order[at].
type ask struct {
	at    int
	q     []float32
	own   float64 // score of the point itself
	size  float64 // upper bound of |q|
	bound float64 // of the errors of a difference of two scores
	lead  float64 // proved over points that were left out
	tail  float32 // upper bound of the length of q after a head
	sure  float64 // proved over these and others by heads
}

// questions is the memory of one chunk of asks.
type questions struct {
	asks     []ask
	cut      int       // how many points must be scanned
	qs, more []float32 // all queries; those of some as v.all has coordinates
	wide     []float64 // one query
	top      []vec.Top2
	some     []ask // see heads.go
	doubt    []int

	diff, turned []float64 // of two points, padded, and as a query (see metric)
	out          []hit
}

// hit is a point that was proved to win a query.
type hit struct {
	i   int32
	q   []float32 // frame coordinates; nil: the direction to own
	gap float64   // proved lead over every other point
	own int32     // the point whose direction q is, where that is one's
}

// sieveChunk is how many queries one task of the scan holds.
const sieveChunk = 96

func newSieve(s *solver) *sieve {
	n, d := s.n(), s.f.dim
	v := s.sieve
	if v == nil {
		v = &sieve{s: s}
	}
	v.order, v.norm, v.weight, v.heads = resized(v.order, n), resized(v.norm, n), resized(v.weight, d), v.heads[:0]
	v.hits = resized(v.hits, n)
	s.places = resized(s.places, n)
	places := s.places
	inParts(s.workers, n, d, func(_, from, to int) {
		buf := make([]float64, d)
		for i := from; i < to; i++ {
			places[i] = placeOf(length(s.f.rowIn(i, buf)), i)
		}
	})
	slices.Sort(places)
	for k, p := range places {
		i, size := fromPlace(p)
		v.order[k], v.norm[k] = i, float64(size)
	}
	v.chooseHeads()
	v.fill()
	for c := range v.weight {
		v.weight[c] = float64(v.all.Dim+4)*unit32*s.f.maxW[c] + s.f.err[c]
	}
	return v
}

// scan scans the queries of points order[lo:hi] and returns who wins.
func (v *sieve) scan(lo, hi int) []hit {
	u, _ := v.free.Get().(*questions)
	if u == nil {
		u = new(questions)
	}
	defer v.free.Put(u)
	v.ask(u, lo, hi)
	u.out = v.hits[lo:lo:hi]
	if len(v.heads) > 0 {
		v.byHeads(u)
	}
	v.whole(u)
	if v.s.f.lean != nil {
		for k := range u.out {
			u.out[k].q = nil
		}
	}
	return u.out
}

// ask makes the queries of points order[lo:hi] and settles how many points, from
// the longest on, they must be scored against; lead is what is proved over the
// others.
func (v *sieve) ask(u *questions, lo, hi int) {
	d, n := v.s.f.dim, v.s.n()
	count := hi - lo
	u.asks = resized(u.asks, count)
	if v.s.f.lean == nil {
		u.qs = nil // hits keep it
	}
	u.qs = resized(u.qs, count*d)
	u.wide, u.cut = resized(u.wide, d), 0
	for k := range u.asks {
		a := &u.asks[k]
		*a = ask{at: lo + k, q: u.qs[k*d : (k+1)*d]}
		i := int(v.order[a.at])
		v.s.ownQuery(a.q, i)
		v.measure(u, a, v.s.f.row(i))
		v.cut(u, a)
	}
	u.cut = min(u.cut, n)
	for k := range u.asks {
		a := &u.asks[k]
		a.lead = math.Inf(1)
		if u.cut < n {
			a.lead = a.own - a.size*v.norm[u.cut] - a.bound
		}
	}
}

// measure sets own, size and bound. With tails there is one more product in
// a score, of lengths that are at most |q| and that of the longest point.
func (v *sieve) measure(u *questions, a *ask, x []float64) {
	var own, square, sum, err float64
	for c, q := range a.q {
		w := float64(q)
		u.wide[c] = w
		own += w * x[c]
		square += w * w
		w = math.Abs(w)
		sum += w * v.s.f.maxW[c]
		err += w * v.weight[c]
	}
	a.own, a.size = own, root(square, len(x))
	if len(v.heads) > 0 {
		tails := a.size * v.norm[0]
		sum += tails
		err += float64(v.all.Dim+4) * unit32 * tails
	}
	a.bound = 2 * (err + 0x1p-140) * (1 + 0x1p-20)
	if !(sum < noOverflow32) {
		a.bound = math.Inf(1)
	}
}

// cut raises u.cut, to whole panels, until all points from there on are too short to
// beat the query's own by more than rounding may hide.
func (v *sieve) cut(u *questions, a *ask) {
	least, n := a.own-2*a.bound, v.s.n()
	if v.s.leads || !(least > 0) {
		least = math.Inf(-1)
	}
	for u.cut <= a.at || u.cut < n && !(a.size*v.norm[u.cut] < least) {
		u.cut += vec.Lanes32
	}
}

func panels(points int) int { return (points + vec.Lanes32 - 1) / vec.Lanes32 }

// firstPanels are scanned first when there are many more: most queries that
// lose do so there.
const firstPanels = 64

// whole scans the first cut points in full.
func (v *sieve) whole(u *questions) {
	all := panels(u.cut)
	first := all
	if all > 2*firstPanels {
		first = firstPanels
	}
	u.top = v.scores(u, u.top, 0, first)
	if first < all {
		keep := 0
		for k, a := range u.asks {
			if !(u.top[k].Best > a.own+a.bound) {
				u.asks[keep], u.top[keep] = a, u.top[k]
				keep++
			}
		}
		u.asks = u.asks[:keep]
		for k, later := range v.scores(u, nil, first, all) {
			u.top[k] = u.top[k].Merge(later)
		}
	}
	for k := range u.asks {
		v.conclude(u, &u.asks[k], u.top[k])
	}
}

// scores scans panels lo … hi−1 into top.
func (v *sieve) scores(u *questions, top []vec.Top2, lo, hi int) []vec.Top2 {
	v.gather(u, u.asks, -1)
	top = resized(top, len(u.asks))
	view := v.all.Slice(lo, hi)
	vec.Top2BlockF32(top, u.more, &view)
	for k := range top {
		top[k].Index += int32(lo * vec.Lanes32)
	}
	return top
}

// conclude adds the winner of a query to out if it is sure. Who beats the
// query's own point beats the points that were left out by as much as that.
func (v *sieve) conclude(u *questions, a *ask, r vec.Top2) {
	if gap := min(r.Best-r.Second-a.bound, a.lead); gap > 0 {
		u.out = append(u.out, hit{v.order[r.Index], a.q, gap, v.order[a.at]})
	} else if r.Best-a.own <= a.bound {
		if i, gap := v.s.judge(a.q); gap > 0 {
			u.out = append(u.out, hit{i, a.q, gap, v.order[a.at]})
		}
	}
}
