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
