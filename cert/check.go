package cert

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Failure is a key (−1: the set) and why its certificate proves nothing.
type Failure struct {
	Key    int
	Reason string
}

func (f Failure) String() string {
	if f.Key < 0 {
		return f.Reason
	}
	return fmt.Sprintf("key %d: %s", f.Key, f.Reason)
}

// Check re-checks every verdict of a set against its keys in exact arithmetic
// and returns what fails, in order; none means that all is proved. Margins,
// weights, seconds and counts by rounding are for people and not checked.
// progress, which may be nil, is called with the share done, never
// concurrently. The error is the context's.
func Check(ctx context.Context, k *Keys, s *Set, progress func(done, total int)) ([]Failure, error) {
	c := &checker{k: k, s: s, rank: k.rankOfAll()}
	if c.header(); len(c.failures) > 0 {
		return c.failures, nil
	}
	c.prepare()
	chunks := (k.n + chunk - 1) / chunk
	for p := 0; p < chunks && ctx.Err() == nil; p++ {
		c.compareChunk(ctx, p*chunk, min((p+1)*chunk, k.n))
		if progress != nil {
			progress(p+1, chunks+1)
		}
	}
	c.each(ctx, len(s.Keys), func(i int) { c.reasons[i] = c.judge(&s.Keys[i]) })
	for i, reason := range c.reasons {
		if reason != "" {
			c.fail(s.Keys[i].Index, "%s", reason)
		}
	}
	return c.failures, ctx.Err()
}

type checker struct {
	k        *Keys
	s        *Set
	rank     int
	tests    []test
	found    map[*Query]*rival
	reasons  []string
	mu       sync.Mutex
	failures []Failure
}

// test is a query to be scored against the keys before limit.
type test struct {
	key, limit int
	q          *Query
	r          *rival
}

func (c *checker) fail(key int, format string, args ...any) {
	c.failures = append(c.failures, Failure{key, fmt.Sprintf(format, args...)})
}

// header compares the set's own numbers with its keys, and wants each key once.
func (c *checker) header() {
	s, seen, counts := c.s, make([]bool, c.k.n), map[string]int{}
	if s.N != c.k.n || s.Dim != c.k.width {
		c.fail(-1, "%d keys of dimension %d, but the certificates are for %d of dimension %d", c.k.n, c.k.width, s.N, s.Dim)
		return
	}
	if s.Rank != c.rank {
		c.fail(-1, "the affine rank is %d, not %d", c.rank, s.Rank)
	}
	for i := range s.Keys {
		switch j := s.Keys[i].Index; {
		case j < 0 || j >= c.k.n:
			c.fail(j, "there is no such key")
		case seen[j]:
			c.fail(j, "has two certificates")
		default:
			seen[j] = true
		}
		counts[s.Keys[i].Verdict]++
	}
	for j, ok := range seen {
		if !ok {
			c.fail(j, "has no certificate")
		}
	}
	for _, v := range []string{"selectable", "tied", "face", "interior"} {
		if s.Counts[v] != counts[v] {
			c.fail(-1, "%d keys are %s, but the count says %d", counts[v], v, s.Counts[v])
		}
	}
	if f := float64(counts["face"]+counts["interior"]) / float64(max(c.k.n, 1)); math.Abs(f-s.UnselectableFraction) > 1e-12 {
		c.fail(-1, "the unselectable fraction is %v, not %v", f, s.UnselectableFraction)
	}
}

// prepare lists the queries to be scored.
func (c *checker) prepare() {
	c.reasons, c.found = make([]string, len(c.s.Keys)), map[*Query]*rival{}
	for i := range c.s.Keys {
		k := &c.s.Keys[i]
		if k.Query != nil {
			c.add(k.Index, c.k.n, k.Query)
		}
		if k.AliveQuery != nil && k.Death != nil {
			c.add(k.Index, *k.Death, k.AliveQuery)
		}
	}
}

func (c *checker) add(key, limit int, q *Query) {
	r := &rival{}
	c.found[q] = r
	c.tests = append(c.tests, test{key, limit, q, r})
}

// compareChunk scores the keys lo ≤ j < hi with every query.
func (c *checker) compareChunk(ctx context.Context, lo, hi int) {
	packs := map[int]*pack{} // by words a slot
	c.each(ctx, len(c.tests), func(i int) {
		t := c.tests[i]
		q := t.q.integers(c.k.dim)
		bits := 1
		for j := range q {
			bits = max(bits, q[j].BitLen())
		}
		words := c.k.slotWords(bits)
		c.mu.Lock()
		p := packs[words]
		if p == nil {
			p = newPack(c.k, lo, hi, words)
			packs[words] = p
		}
		c.mu.Unlock()
		if q == nil {
			t.r.above = -1 // not a query of these keys
			return
		}
		p.compare(q, t.key, t.limit, t.r)
	})
}

// each runs f(0 … n−1) on all cores.
func (c *checker) each(ctx context.Context, n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// judge says why a key's certificate fails, "" if it proves the verdict.
func (c *checker) judge(k *Key) string {
	r := c.found[k.Query]
	switch {
	case k.Verdict == "face" || k.Verdict == "interior":
		if reason := c.judgeInside(k, r); reason != "" {
			return reason
		}
	case k.Verdict != "selectable" && k.Verdict != "tied":
		return fmt.Sprintf("unknown verdict %.20q", k.Verdict)
	case r == nil || r.above < 0:
		return "has no query of the right length"
	case r.above > 0 || r.equal != len(k.Copies):
		return "the query does not score it above every key that differs"
	case (k.Verdict == "tied") != (len(k.Copies) > 0):
		return fmt.Sprintf("is %s with %d copies", k.Verdict, len(k.Copies))
	}
	if reason := c.judgeCopies(k); reason != "" || !c.s.Causal {
		return reason
	}
	return c.judgeDeath(k)
}

// judgeCopies wants copies in order, so each once, and equal to the key.
func (c *checker) judgeCopies(k *Key) string {
	for i, j := range k.Copies {
		if j < 0 || j >= c.k.n || j == k.Index || i > 0 && j <= k.Copies[i-1] || !c.k.equal(j, k.Index) {
			return fmt.Sprintf("key %d is no copy of it, or listed out of order", j)
		}
	}
	return ""
}

// judgeInside checks the bases, and the query of a face or the span of interior.
func (c *checker) judgeInside(k *Key, r *rival) string {
	var union []int
	for _, b := range k.Bases {
		if err := c.k.checkBasis(k.Index, b, c.k.n); err != nil {
			return err.Error()
		}
		union = append(union, b...)
	}
	switch {
	case len(k.Bases) == 0 || len(k.Copies) > 0:
		return "has no basis, or lists copies"
	case k.Verdict == "face" && (len(k.Bases) != 1 || r == nil || r.above < 0):
		return "a face key needs one basis and a query"
	case k.Verdict == "face" && (r.above > 0 || r.equal == c.k.n-1):
		return "the query does not support the hull at it, or ties all keys"
	case k.Verdict == "interior" && len(k.Bases[0]) != c.rank+1 && c.k.rank(union, c.rank) != c.rank:
		return "the bases do not span the affine hull of all keys"
	}
	return ""
}

// judgeDeath checks the fate under a causal mask.
func (c *checker) judgeDeath(k *Key) string {
	inside := k.Verdict == "face" || k.Verdict == "interior"
	if k.Death == nil || !inside {
		if inside || k.Death != nil {
			return "an unselectable key, and only that, has a death"
		}
		return ""
	}
	if *k.Death < k.Index || *k.Death >= c.k.n {
		return fmt.Sprintf("dies at %d, out of range", *k.Death)
	}
	if err := c.k.checkBasis(k.Index, k.DeathBasis, *k.Death+1); err != nil {
		return "at death: " + err.Error()
	}
	if *k.Death == k.Index {
		return ""
	}
	copies := 0
	for j := range *k.Death {
		if j != k.Index && c.k.equal(j, k.Index) {
			copies++
		}
	}
	if r := c.found[k.AliveQuery]; r == nil || r.above != 0 || r.equal != copies {
		return "before death: the query does not score it above every key that differs"
	}
	return ""
}

// rankOfAll is the dimension of the affine hull of all keys.
func (k *Keys) rankOfAll() int {
	all := make([]int, k.n)
	for i := range all {
		all[i] = i
	}
	return k.rank(all, min(k.dim, max(k.n-1, 0)))
}

