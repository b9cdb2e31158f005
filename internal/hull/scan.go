package hull

import (
	"sync"

	"keyhull/internal/vec"
)

// solver decides the points of one set of rank 3 or more.
type solver struct {
	t       *set
	count   int
	plane   bool // coordinates are differences to a last one (see ownQuery)
	f       *frame
	workers int
	answers []answer
	leads   bool // proofs should show by how much a point wins
	sieve   *sieve
	all64   vec.Panels64 // every point of the frame
	once64  *sync.Once   // fills all64; nil if others do
	base    *frame       // the set's own coordinates, once whitened
	base64  vec.Panels64 // the same as panels
	front   []int32      // proved vertices in the order found
	front32 vec.Panels32 // the same as panels
	starts  *starts      // of walks
	walkers *sync.Pool   // of *walker
	mean    []float64
	scratch []float64
	places  []uint64             // see placeOf
	fresh   []answer             // of a round of walks
	reals   slab[float64]        // memory of answers
	step    func(done int) error // progress and cancellation
}

func (s *solver) n() int { return s.count }

// scanAll asks for every point whether the direction from the mean to it is a
// query that it wins, in the order of a sieve. Whoever wins a query by more than
// twice the rounding bound is a vertex. On a sphere about the mean every point
// wins its own.
func (s *solver) scanAll() error {
	s.sieve = newSieve(s)
	n := s.n()
	chunks := (n + sieveChunk - 1) / sieveChunk
	wins := make([][]hit, chunks)
	found := tally{seen: make([]bool, n)}
	err := vec.ParallelErr(chunks, s.workers, func(k int) error {
		k = chunks - 1 - k // the longest first
		lo := k * sieveChunk
		hi := min(lo+sieveChunk, n)
		wins[k] = s.sieve.scan(lo, hi)
		return s.step(found.add(wins[k]))
	})
	for _, list := range wins {
		s.accept(list, byScan)
		clear(list) // of queries
	}
	return err
}

// tally counts points that won, each once.
type tally struct {
	mu   sync.Mutex
	seen []bool
}

// add returns how many of the winners are new.
func (t *tally) add(list []hit) (fresh int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range list {
		if !t.seen[w.i] {
			t.seen[w.i] = true
			fresh++
		}
	}
	return fresh
}

// accept records wins of points not yet decided, in order.
func (s *solver) accept(list []hit, by rung) {
	for _, h := range list {
		switch {
		case s.answers[h.i].rung != undecided:
		case h.q == nil:
			s.vertex(h.i, answer{rung: by, verdict: Selectable, gap: h.gap, own: h.own + 1})
		default:
			q := s.reals.cut(len(h.q))
			for c, v := range h.q {
				q[c] = float64(v)
			}
			s.vertex(h.i, s.selectable(by, q, h.gap))
		}
	}
}

// vertex records the answer for a vertex.
func (s *solver) vertex(i int32, a answer) {
	s.answers[i] = a
	s.front = append(s.front, i)
}

// frontPanels makes the panels of the known vertices.
func (s *solver) frontPanels() {
	s.front32.Reset(s.f.dim)
	s.front32.Resize(len(s.front))
	s.f.setRows(&s.front32, 0, s.front)
}

func (s *solver) findMean() { s.findMeanOf(s.n()) }

func (s *solver) findMeanOf(n int) {
	s.mean = resized(s.mean, s.f.dim)
	clear(s.mean)
	for i := range n {
		for c, v := range s.f.row(i) {
			s.mean[c] += v / float64(n)
		}
	}
}

// resized returns a slice of length n, reusing the memory of x if it suffices.
func resized[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// judge scans query q in float64 and returns the winner and by how much it
// surely leads, which may be nothing.
func (s *solver) judge(q []float32) (i int32, gap float64) {
	wide := widen(q)
	r := s.top64(wide)
	return r.Index, r.Best - r.Second - 2*s.f.bound64(wide)
}

// among32 is judge in float32, where the sieve's panels can be scanned so and, if leads
// should be large, a bound of the errors takes little from this one.
func (s *solver) among32(q []float32) (i int, gap float64, ok bool) {
	if s.sieve == nil || len(s.sieve.heads) > 0 || s.f.back != nil {
		return 0, 0, false
	}
	r, off := vec.Top2F32(q, &s.sieve.all), 2*s.f.bound32(q)
	gap = r.Best - r.Second - off
	return int(s.sieve.order[r.Index]), gap, !s.leads || gap > 1000*off
}

// rowsAt is the dimension from which scans of one query run over rows: they
// are as fast there as panels, which would double the memory.
const rowsAt = 64

// top64 scans all points of the frame in float64.
func (s *solver) top64(q []float64) vec.Top2 {
	if s.f.dim < rowsAt {
		s.need64()
		return vec.Top2F64(q, &s.all64)
	}
	return s.f.top(q, s.n())
}

// topBase is top64 in the set's own coordinates, once whitened.
func (s *solver) topBase(q []float64) vec.Top2 {
	if s.f.dim < rowsAt {
		return vec.Top2F64(q, &s.base64)
	}
	return s.base.top(q, s.n())
}

func widen(q []float32) []float64 {
	w := make([]float64, len(q))
	for c, v := range q {
		w[c] = float64(v)
	}
	return w
}

// ownQuery is the direction from the mean to point i. Differences to a last
// coordinate measure distance askew; there the direction is taken in the
// hyperplane's own metric, so that points on a sphere stay on one.
func (s *solver) ownQuery(q []float32, i int) {
	sum := 0.0
	row := s.f.row(i)
	if s.plane {
		for c, v := range row {
			sum += v - s.mean[c]
		}
		sum /= float64(s.f.dim + 1)
	}
	for c, v := range row {
		q[c] = float32(v - s.mean[c] - sum)
	}
}

// plainPlane reports that working coordinates are all the differences to the
// last coordinate, unscaled.
func (t *set) plainPlane() bool {
	return t.src.Projected && t.same
}
