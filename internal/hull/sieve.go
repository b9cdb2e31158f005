package hull

import (
	"math"
	"slices"
	"sort"
	"sync"

	"keyhull/internal/vec"
)

// sieve scans for every point the query that is its own direction, in float32,
// and leaves out what bounds of lengths settle. Points stand by decreasing
// length |w|. A point j scores at most |q||w_j| (Cauchy and Schwarz), and, with
// coordinates split in head and tail, at most head score + |q_tail||w_j,tail|:
// what that puts under the own score of the query's point cannot win.
type sieve struct {
	s     *solver
	order []int32      // points by decreasing length
	all   vec.Panels32 // in that order
	norm  []float64    // upper bounds of lengths, in that order
	heads int          // coordinates in a head; 0: heads are not used
	parts []part       // of the order, for heads

	weight []float64 // of the numbers of a query in the bound of a score's error
	free   sync.Pool // of *questions
}

// part is a range of panels with an upper bound of the tails in it.
type part struct {
	lo, hi int
	tail   float64
}

// ask is the query of point order[at].
type ask struct {
	at    int
	q     []float32
	own   float64 // score of the point itself
	size  float64 // upper bound of |q|
	tail  float64 // the same of the query's tail
	bound float64 // of the errors of a difference of two scores
	lead  float64 // proved over points that were left out
}

// questions is the memory of one chunk of asks.
type questions struct {
	asks      []ask
	cut       int       // how many points must be scanned
	qs, more  []float32 // all queries; those of some
	wide, abs []float64 // one query
	top       []vec.Top2
	lead      []float64

	diff, turned []float64 // of two points, padded, and as a query (see metric)
	out          []hit
}

// hit is a point that wins a query, which is still in the questions' memory.
type hit struct {
	i   int32
	q   []float32
	gap float64
}

// sieveChunk is how many queries one task of the scan holds.
const sieveChunk = 96

func newSieve(s *solver) *sieve {
	n, d := s.n(), s.f.dim
	v := &sieve{s: s, order: make([]int32, n), norm: make([]float64, n)}
	size := make([]float64, n)
	inParts(s.workers, n, d, func(_, from, to int) {
		for i := from; i < to; i++ {
			v.order[i], size[i] = int32(i), length(s.f.row(i))
		}
	})
	slices.SortFunc(v.order, func(a, b int32) int {
		switch {
		case size[a] > size[b]:
			return -1
		case size[a] < size[b]:
			return 1
		}
		return int(a - b)
	})
	v.all.Reset(d)
	v.all.Resize(n)
	inParts(s.workers, v.all.Panels(), d*vec.Lanes32, func(_, from, to int) {
		from, to = from*vec.Lanes32, min(to*vec.Lanes32, n)
		v.all.SetRows(from, s.f.w, v.order[from:to])
		for k, i := range v.order[from:to] {
			v.norm[from+k] = size[i]
		}
	})
	v.weight = make([]float64, d)
	for c := range v.weight {
		v.weight[c] = float64(d+4)*unit32*s.f.maxW[c] + s.f.err[c]
	}
	if !s.leads {
		v.chooseHeads()
	}
	return v
}

// length is an upper bound of |x|, up to underflow.
func length(x []float64) float64 {
	return math.Sqrt(vec.Dot(x, x)) * (1 + float64(len(x)+8)*unit)
}

// scan scans the queries of points order[lo:hi] and returns who wins.
func (v *sieve) scan(lo, hi int) []win {
	u, _ := v.free.Get().(*questions)
	if u == nil {
		u = new(questions)
	}
	defer v.free.Put(u)
	v.ask(u, lo, hi, 1)
	u.out = u.out[:0]
	if v.heads > 0 {
		v.byHeads(u)
	}
	v.whole(u)
	return u.wins(v.s.f.dim)
}

// wins copies the hits with their queries in float64.
func (u *questions) wins(d int) []win {
	slab := make([]float64, len(u.out)*d)
	wins := make([]win, len(u.out))
	for k, h := range u.out {
		q := slab[k*d : (k+1)*d : (k+1)*d]
		for c, x := range h.q {
			q[c] = float64(x)
		}
		wins[k] = win{h.i, q, h.gap}
	}
	return wins
}

// ask makes the queries of points order[k], lo ≤ k < hi in steps, and settles
// how many points, from the longest on, they must be scored against; lead is
// what is proved over the others.
func (v *sieve) ask(u *questions, lo, hi, step int) {
	d, n := v.s.f.dim, v.s.n()
	count := (hi - lo + step - 1) / step
	u.qs, u.asks = resized(u.qs, count*d), resized(u.asks, count)
	u.wide, u.abs = resized(u.wide, d), resized(u.abs, d)
	u.cut = 0
	for k := range u.asks {
		a := &u.asks[k]
		*a = ask{at: lo + k*step, q: u.qs[k*d : (k+1)*d]}
		i := int(v.order[a.at])
		v.s.ownQuery(a.q, i)
		v.measure(u, a, v.s.f.row(i))
		u.cut = max(u.cut, a.at+1, v.cut(a))
	}
	u.cut = min((u.cut+vec.Lanes32-1)/vec.Lanes32*vec.Lanes32, n)
	for k := range u.asks {
		a := &u.asks[k]
		a.lead = math.Inf(1)
		if u.cut < n {
			a.lead = a.own - a.size*v.norm[u.cut] - a.bound
		}
	}
}

// measure sets own, size, tail and bound.
func (v *sieve) measure(u *questions, a *ask, x []float64) {
	for c, q := range a.q {
		u.wide[c] = float64(q)
		u.abs[c] = math.Abs(float64(q))
	}
	a.own = vec.Dot(u.wide, x)
	a.size, a.tail = length(u.wide), length(u.wide[v.heads:])
	a.bound = 2 * (vec.Dot(u.abs, v.weight) + 0x1p-140) * (1 + 0x1p-20)
	if !(vec.Dot(u.abs, v.s.f.maxW) < noOverflow32) {
		a.bound = math.Inf(1)
	}
}

// cut is from which place on all points are too short to beat the query's own
// by more than rounding may hide.
func (v *sieve) cut(a *ask) int {
	least := a.own - 2*a.bound
	if v.s.leads || !(least > 0) {
		return v.s.n()
	}
	return sort.Search(v.s.n(), func(k int) bool { return a.size*v.norm[k] < least })
}

// byHeads moves the asks of points that heads alone prove to win their own
// queries to out.
func (v *sieve) byHeads(u *questions) {
	head := v.all.Head(v.heads)
	u.top, u.lead = resized(u.top, len(u.asks)), resized(u.lead, len(u.asks))
	for k := range u.asks {
		u.lead[k] = u.asks[k].lead
	}
	for _, p := range v.parts {
		first := p.lo * vec.Lanes32
		if first >= u.cut {
			break
		}
		view := head.Slice(p.lo, min(p.hi, panels(u.cut)))
		vec.Top2BlockF32(u.top, u.qs, &view)
		for k := range u.asks {
			a, rival := &u.asks[k], u.top[k].Best
			if int(u.top[k].Index)+first == a.at {
				rival = u.top[k].Second
			}
			u.lead[k] = min(u.lead[k], a.own-rival-a.tail*p.tail-a.bound)
		}
	}
	left := u.asks[:0]
	for k, a := range u.asks {
		if u.lead[k] > 0 {
			u.out = append(u.out, hit{v.order[a.at], a.q, u.lead[k]})
		} else {
			left = append(left, a)
		}
	}
	u.asks = left
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
	u.more = u.more[:0]
	for i := range u.asks {
		u.more = append(u.more, u.asks[i].q...)
	}
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
		u.out = append(u.out, hit{v.order[r.Index], a.q, gap})
	} else if r.Best-a.own <= a.bound {
		if i, gap := v.s.judge(a.q); gap > 0 {
			u.out = append(u.out, hit{i, a.q, gap})
		}
	}
}

// chooseHeads settles how many coordinates make a head: as many as make the
// scan of a sample of queries cheapest.
func (v *sieve) chooseHeads() {
	const sample = 24
	d, n := v.s.f.dim, v.s.n()
	if d < 32 || n < 256 {
		return
	}
	var u questions
	best, heads := 1.0, 0 // 1 is the work of a scan without heads
	for _, eighths := range []int{1, 2, 3, 4, 6} {
		v.setHeads(d * eighths / 8)
		v.ask(&u, n/(2*sample), n, n/sample)
		asked := float64(len(u.asks))
		v.byHeads(&u)
		share := float64(len(u.asks)) / asked
		if work := float64(eighths)/8 + 0.05 + share; work < best {
			best, heads = work, v.heads
		}
		if share == 0 {
			break
		}
	}
	v.setHeads(heads)
}

// partPanels is the least length of a part.
const partPanels = 8

// setHeads makes heads of the first h coordinates.
func (v *sieve) setHeads(h int) {
	v.heads, v.parts = h, nil
	if h == 0 {
		return
	}
	panels := v.all.Panels()
	size := max(partPanels, (panels+7)/8)
	for lo := 0; lo < panels; lo += size {
		p := part{lo: lo, hi: min(lo+size, panels)}
		for _, i := range v.order[lo*vec.Lanes32 : min(p.hi*vec.Lanes32, v.s.n())] {
			p.tail = max(p.tail, length(v.s.f.row(int(i))[h:]))
		}
		v.parts = append(v.parts, p)
	}
}
