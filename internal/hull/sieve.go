package hull

import (
	"math"
	"slices"
	"sort"

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
	places := make([]int, hi-lo)
	for k := range places {
		places[k] = lo + k
	}
	asks, cut := v.asks(places)
	var out []win
	if v.heads > 0 {
		asks, out = v.byHeads(asks, cut)
	}
	return v.whole(asks, cut, out)
}

// asks makes the queries of points order[k], k in places, and says how many
// points, from the longest on, they must be scored against; lead is what is
// proved over the others.
func (v *sieve) asks(places []int) ([]ask, int) {
	d := v.s.f.dim
	qs := make([]float32, len(places)*d)
	asks := make([]ask, len(places))
	cut := 0
	for k, at := range places {
		a := &asks[k]
		a.at, a.q = at, qs[k*d:(k+1)*d]
		i := int(v.order[at])
		v.s.ownQuery(a.q, i)
		a.bound = 2 * v.s.f.bound32(a.q)
		a.measure(v.s.f.row(i), v.heads)
		cut = max(cut, at+1, v.cut(a))
	}
	cut = min((cut+vec.Lanes32-1)/vec.Lanes32*vec.Lanes32, v.s.n())
	for k := range asks {
		a := &asks[k]
		a.lead = math.Inf(1)
		if cut < v.s.n() {
			a.lead = a.own - a.size*v.norm[cut] - a.bound
		}
	}
	return asks, cut
}

// measure sets own, size and tail.
func (a *ask) measure(x []float64, heads int) {
	sum, head, tail := 0.0, 0.0, 0.0
	for c, q := range a.q {
		w := float64(q)
		sum += w * x[c]
		if c < heads {
			head += w * w
		} else {
			tail += w * w
		}
	}
	up := 1 + float64(len(a.q)+8)*unit
	a.own, a.size, a.tail = sum, math.Sqrt(head+tail)*up*up, math.Sqrt(tail)*up*up
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

// byHeads returns the points that heads alone prove to win their own queries,
// and the other asks.
func (v *sieve) byHeads(asks []ask, cut int) (left []ask, out []win) {
	head := v.all.Head(v.heads)
	qs, top, lead := gather(asks), make([]vec.Top2, len(asks)), make([]float64, len(asks))
	for k := range asks {
		lead[k] = asks[k].lead
	}
	for _, p := range v.parts {
		first := p.lo * vec.Lanes32
		if first >= cut {
			break
		}
		view := head.Slice(p.lo, min(p.hi, (cut+vec.Lanes32-1)/vec.Lanes32))
		vec.Top2BlockF32(top, qs, &view)
		for k := range asks {
			a, rival := &asks[k], top[k].Best
			if int(top[k].Index)+first == a.at {
				rival = top[k].Second
			}
			lead[k] = min(lead[k], a.own-rival-a.tail*p.tail-a.bound)
		}
	}
	for k, a := range asks {
		if lead[k] > 0 {
			out = append(out, win{v.order[a.at], widen(a.q), lead[k]})
		} else {
			left = append(left, a)
		}
	}
	return left, out
}

func gather(asks []ask) []float32 {
	var qs []float32
	for i := range asks {
		qs = append(qs, asks[i].q...)
	}
	return qs
}

// firstPanels are scanned first when there are many more: most queries that
// lose do so there.
const firstPanels = 64

// whole scans the first cut points in full.
func (v *sieve) whole(asks []ask, cut int, out []win) []win {
	panels := (cut + vec.Lanes32 - 1) / vec.Lanes32
	first := panels
	if panels > 2*firstPanels {
		first = firstPanels
	}
	top := v.scores(asks, 0, first)
	if first < panels {
		keep := 0
		for k, a := range asks {
			if !(top[k].Best > a.own+a.bound) {
				asks[keep], top[keep] = a, top[k]
				keep++
			}
		}
		asks, top = asks[:keep], top[:keep]
		for k, later := range v.scores(asks, first, panels) {
			top[k] = top[k].Merge(later)
		}
	}
	for k := range asks {
		out = v.conclude(out, &asks[k], top[k])
	}
	return out
}

// scores scans panels lo … hi−1.
func (v *sieve) scores(asks []ask, lo, hi int) []vec.Top2 {
	top := make([]vec.Top2, len(asks))
	view := v.all.Slice(lo, hi)
	vec.Top2BlockF32(top, gather(asks), &view)
	for k := range top {
		top[k].Index += int32(lo * vec.Lanes32)
	}
	return top
}

// conclude adds the winner of a query to out if it is sure. Who beats the
// query's own point beats the points that were left out by as much as that.
func (v *sieve) conclude(out []win, a *ask, r vec.Top2) []win {
	if gap := min(r.Best-r.Second-a.bound, a.lead); gap > 0 {
		return append(out, win{v.order[r.Index], widen(a.q), gap})
	}
	if r.Best-a.own <= a.bound {
		return v.s.judge(out, a.q)
	}
	return out
}

// chooseHeads settles how many coordinates make a head: as many as make the
// scan of a sample of queries cheapest.
func (v *sieve) chooseHeads() {
	const sample = 24
	d, n := v.s.f.dim, v.s.n()
	if d < 32 || n < 256 {
		return
	}
	places := make([]int, sample)
	for k := range places {
		places[k] = (2*k + 1) * n / (2 * sample)
	}
	best, heads := 1.0, 0 // 1 is the work of a scan without heads
	for _, eighths := range []int{1, 2, 3, 4, 6} {
		v.setHeads(d * eighths / 8)
		left, _ := v.byHeads(v.asks(places))
		share := float64(len(left)) / sample
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
