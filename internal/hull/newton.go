package hull

import (
	"cmp"
	"math"
	"slices"

	"keyhull/internal/vec"
)

// balance is the search for weights ν of a list, none below δ and as near as possible to
// equal ones, that give p: the nearest point of a polyhedron. Its dual is to find the y
// where the concave function ½·|ν−ν₀|² + y·(Bᵀν − b_p), for ν = max(δ, ν₀ − B·y), is
// largest. Its gradient is what the weights miss p by, and has for second derivative the
// matrix BᵀB of those that are not at δ, but for the sign: Newton's method comes to an
// end in few steps (Qi and Sun, "A nonsmooth version of Newton's method", Mathematical
// Programming 58, 1993). Where p is outside the hull of the list, the function has no
// bound, and a y comes up that shows it.
type balance struct {
	r       *ring
	p       int
	list    []int32
	workers int

	b       []float64 // of p
	y       []float64
	nu      []float64
	free    []bool    // not at δ
	miss    []float64 // Bᵀν − b_p
	value   float64   // of the function
	outside bool      // −y scores all points of the list below p

	gram, l [][]float64
	counted []bool // whose rows are in gram
}

const (
	beyondEach  = 2    // how many points beyond p there are for each of a simplex at first,
	mostBeyond  = 6    // and how often as many as a simplex has are added
	newtonSteps = 40   // for one list
	leastShare  = 1e-4 // δ, of the mean weight
	missed      = 1e-9 // what ν may miss p by before they are proved
	leastStep   = 1.0 / 64
	leastSoft   = 1e-10 // of the mean eigenvalue, added to all (Levenberg and Marquardt),
	flatSoft    = 1e-4  // at least that where too few are free, or a step failed
)

// settle tries to decide the point of an approach, by the ring and points beyond it, of
// which there are more as long as p is outside the hull of those, or nearly.
func (r *ring) settle(a *approach) bool {
	n, b, ok := len(r.l), r.newBalance(a.at), false
	for count := beyondEach * n; b.extend(count); count = n {
		if b.search() {
			a.proof, ok = r.prove(b.list, b.nu, b.p)
			return ok
		}
		if len(b.list) > len(r.list)+mostBeyond*n || r.s.step(0) != nil {
			return false
		}
	}
	q := b.query()
	top := r.s.top64(q)
	gap := top.Best - top.Second - 2*r.s.f.bound64(q)
	if int(top.Index) != b.p || !(gap > 0) {
		return false
	}
	a.proof = r.s.t.selectable(byWalk, q, gap)
	return true
}

// newBalance begins with the ring, and the direction to p in which it spreads evenly.
func (r *ring) newBalance(p int) *balance {
	n := len(r.l)
	b := &balance{r: r, p: p, list: slices.Clone(r.list), workers: r.s.workers, gram: triangle(n), l: triangle(n)}
	b.b = r.scaled(int32(p), make([]float64, n))
	b.y = r.start(r.list, p, make([]float64, n-1))
	for c, f := range r.up {
		b.y[c] *= f
	}
	solveWith(r.l, b.y)
	return b
}

// query is −y for the points of the frame.
func (b *balance) query() []float64 {
	q := make([]float64, len(b.r.up))
	for c, f := range b.r.up {
		q[c] = -f * b.y[c]
	}
	return q
}

// extend adds to the list the points that score highest under −y, so many at most;
// false if none of them scores above p.
func (b *balance) extend(count int) (above bool) {
	s, q := b.r.s, b.query()
	score, in := make([]float64, s.n()), make([]bool, s.n())
	inParts(b.workers, s.n(), s.f.dim, func(_, from, to int) {
		buf := make([]float64, s.f.dim)
		for i := from; i < to; i++ {
			score[i] = vec.Dot(s.f.rowIn(i, buf), q)
		}
	})
	for _, j := range b.list {
		in[j] = true
	}
	rest := []int32(nil)
	for i, v := range score {
		if !in[i] && i != b.p {
			rest = append(rest, int32(i))
			above = above || v > score[b.p]
		}
	}
	slices.SortFunc(rest, func(i, j int32) int { return cmp.Or(cmp.Compare(score[j], score[i]), cmp.Compare(i, j)) })
	rest = rest[:min(len(rest), count)]
	b.list = append(b.list, rest...)
	return above
}

// search is Newton's method from equal weights; false if it does not come to an end, or
// shows that p is outside.
func (b *balance) search() bool {
	b.begin()
	step, was, soften := make([]float64, len(b.y)), make([]float64, len(b.y)), leastSoft
	for range newtonSteps {
		if b.outside || b.r.s.step(0) != nil {
			return false
		}
		if vec.Dot(b.miss, b.miss) < missed*missed {
			return true
		}
		if b.count() < len(b.y) {
			soften = max(soften, flatSoft)
		}
		if !b.factorize(soften) {
			soften *= 100
			continue
		}
		copy(step, b.miss)
		solveWith(b.l, step)
		copy(was, b.y)
		if t := b.climb(was, step); t == 1 {
			soften = max(leastSoft, soften/10)
		} else if t == 0 {
			soften = max(flatSoft, soften*100)
		}
	}
	return false
}

// begin sets y to 0, where all weights are equal.
func (b *balance) begin() {
	m := len(b.list)
	b.nu, b.free, b.counted = make([]float64, m), make([]bool, m), make([]bool, m)
	for i, row := range b.r.gram {
		copy(b.gram[i], row)
	}
	for k := range b.r.list {
		b.counted[k] = true
	}
	clear(b.y)
	b.measure()
}

// factorize makes l of gram, with so much of the mean on its diagonal added to that.
func (b *balance) factorize(soften float64) bool {
	mean := 0.0
	for c, row := range b.gram {
		mean += row[c] / float64(len(b.gram))
	}
	return factor(b.l, b.gram, -soften*mean, b.workers)
}

// climb goes from y the largest part 1, 1/2, … of a step after which the function has
// risen as it should, and returns it; 0, and stays, if that would be small.
func (b *balance) climb(was, step []float64) float64 {
	value, rise := b.value, vec.Dot(step, b.miss)
	for t := 1.0; t > leastStep; t /= 2 {
		for c := range b.y {
			b.y[c] = was[c] + t*step[c]
		}
		if b.measure(); b.outside || b.value >= value+1e-4*t*rise {
			return t
		}
	}
	copy(b.y, was)
	b.measure()
	return 0
}

// measure computes for y all that depends on it.
func (b *balance) measure() {
	r, d, n := b.r, b.r.s.f.dim, len(b.y)
	sum, buf, y := make([]float64, n), make([]float64, d), make([]float64, d)
	for c, f := range r.up {
		y[c] = f * b.y[c]
	}
	equal := 1 / float64(len(b.list))
	delta, own, least, half := leastShare*equal, vec.Dot(b.b, b.y), math.Inf(1), 0.0
	for k, j := range b.list {
		x := r.s.f.rowIn(int(j), buf)
		v := vec.Dot(x, y) + r.h*b.y[d]
		least = min(least, v)
		b.nu[k] = max(delta, equal-v)
		b.free[k] = equal-v > delta
		half += (b.nu[k] - equal) * (b.nu[k] - equal) / 2
		vec.Axpy(b.nu[k], x, sum[:d])
		sum[d] += b.nu[k]
	}
	for c, f := range r.up {
		sum[c] *= f
	}
	sum[d] *= r.h
	for c, v := range b.b {
		sum[c] -= v
	}
	b.miss, b.value, b.outside = sum, half+vec.Dot(b.y, sum), least > own
}

// count brings gram to the rows that are free, by what changes or anew, and returns how
// many they are.
func (b *balance) count() (free int) {
	var in, out, all []int32
	for k, j := range b.list {
		if b.free[k] {
			all = append(all, j)
		}
		switch {
		case b.free[k] && !b.counted[k]:
			in = append(in, j)
		case !b.free[k] && b.counted[k]:
			out = append(out, j)
		}
	}
	copy(b.counted, b.free)
	free = len(all)
	if len(in)+len(out) > free {
		for _, row := range b.gram {
			clear(row)
		}
		in, out = all, nil
	}
	addRough(b.gram, len(in), 1, func(k int, x []float64) { b.r.scaled(in[k], x) }, b.workers)
	addRough(b.gram, len(out), -1, func(k int, x []float64) { b.r.scaled(out[k], x) }, b.workers)
	return free
}
