package cert

import (
	"fmt"
	"math"
	"slices"
)

// Arithmetic answers the questions about exact keys that every proof comes down
// to. Keys answers them by the definitions, package shortcut faster. Indices are
// in range and queries have Dim finite numbers. Methods may be called concurrently.
type Arithmetic interface {
	// Size returns the number of keys, of numbers in a row of the file and in a
	// query, and the dimension of the affine hull of all keys.
	Size() (n, width, dim, rank int)
	// Ties lists the keys before limit, but for i, that q scores as high as key i,
	// ascending. higher is the first that it scores higher, or −1 if there is none.
	Ties(q *Query, i, limit int) (tied []int, higher int)
	// Inside reports whether the keys of a basis are affinely independent and
	// have key i as a combination with sum 1 and all weights > 0.
	Inside(i int, basis []int) bool
	// Around reports whether keys span the affine hull of all, and whether of the weights
	// with sum 1 that give key i exactly, those nearest to the given ones, which are > 0,
	// are all > 0.
	Around(i int, keys []int, weights []float64) bool
	// Rank is the dimension of the affine hull of keys: 0 if they are equal.
	Rank(keys []int) int
}

// Check proves every verdict of a set anew, in exact arithmetic, and returns a
// line for each that its certificate does not prove; none means that all hold.
// Margins, seconds and by_rounding are for people, and not checked; of weights only
// that they sum to 1. each calls judge(i) for all i < n, perhaps concurrently; a key
// left out is a failure.
func Check(a Arithmetic, s *Set, each func(n int, judge func(i int))) []string {
	var f failures
	n, width, dim, rank := a.Size()
	if !f.expect(s.N == n && s.Dim == width,
		"the certificates are for %d keys of dimension %d, not %d of %d", s.N, s.Dim, n, width) {
		return f
	}
	f.expect(s.Rank == rank, "the rank is %d, not %d", rank, s.Rank)
	of, counts := make([]*Key, n), map[string]int{}
	for i := range s.Keys {
		key := &s.Keys[i]
		counts[key.Verdict]++
		if j := key.Index; j < 0 || j >= n || of[j] != nil {
			f.expect(false, "key %d: has two certificates, or there is no such key", j)
		} else {
			of[j] = key
		}
	}
	for _, v := range []string{"selectable", "tied", "face", "interior"} {
		f.expect(s.Counts[v] == counts[v], "%d keys are %s, but the count says %d", counts[v], v, s.Counts[v])
	}
	share := float64(counts["face"]+counts["interior"]) / float64(max(n, 1))
	f.expect(math.Abs(share-s.UnselectableFraction) < 5e-5,
		"the unselectable fraction is %v, not %v", share, s.UnselectableFraction)
	reasons := slices.Repeat([]failures{{"is left out"}}, n)
	each(n, func(i int) {
		p := proof{Arithmetic: a, n: n, dim: dim, rank: rank, i: i}
		p.judge(of[i], s.Causal)
		reasons[i] = p.failures
	})
	for i, reason := range reasons {
		if reason != nil {
			f.expect(false, "key %d: %s", i, reason[0])
		}
	}
	return f
}

// failures are lines that say what does not hold.
type failures []string

// expect adds a line unless ok. It reports whether there is none yet.
func (f *failures) expect(ok bool, format string, args ...any) bool {
	if !ok {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
	return *f == nil
}

// proof is the proof of the verdict on key i. What it does after a failure is safe,
// and says nothing.
type proof struct {
	Arithmetic
	failures
	n, dim, rank, i int
}

// judge checks that a certificate proves its verdict.
func (p *proof) judge(key *Key, causal bool) {
	if !p.expect(key != nil, "has no certificate") {
		return
	}
	inside := key.Verdict == "face" || key.Verdict == "interior"
	p.expect((inside && causal) == (key.Death != nil), "is unselectable without a death, or has one and is not")
	switch {
	case inside:
		p.inside(key)
	case key.Verdict == "selectable" || key.Verdict == "tied":
		copies := p.vertex("", key.Query, p.n)
		p.expect(slices.Equal(copies, key.Copies) && (len(copies) > 0) == (key.Verdict == "tied"),
			"is %s, but its copies are not the %d keys that equal it", key.Verdict, len(copies))
	default:
		p.expect(false, "has the unknown verdict %.20q", key.Verdict)
	}
	if key.Death != nil { // a vertex before it, unselectable from it on
		death := *key.Death
		p.expect(p.i <= death && death < p.n, "dies at %d, out of range", death)
		p.convex("the basis of its death", key.DeathBasis, [][]float64{key.DeathWeights}, death+1)
		if death > p.i {
			p.vertex("before its death: ", key.AliveQuery, death)
		}
	}
}

// inside checks the bases of a key, and its query or their span.
func (p *proof) inside(key *Key) {
	var union []int
	n, face := len(key.Bases), key.Verdict == "face"
	for b, basis := range key.Bases {
		name, weights := fmt.Sprintf("basis %d", b), key.Weights[min(b, len(key.Weights)):]
		if len(basis) > p.rank+1 && p.rank > 0 && !face {
			p.around(name, basis, weights)
		} else {
			p.convex(name, basis, weights, p.n)
		}
		union = append(union, basis...)
	}
	switch ok := p.expect(n == 1 || n > 1 && !face, "is %s with %d bases", key.Verdict, n); {
	case face:
		p.expect(len(p.ties("", key.Query, p.n)) < p.n-1, "the query ties all keys")
	case ok && len(key.Bases[0]) <= p.rank:
		p.expect(p.Rank(union) == p.rank, "the bases do not span the affine hull of all keys")
	}
}

// convex checks that key i is a convex combination, with all weights > 0, of a
// basis: affinely independent keys before limit. The decimals of these weights are
// the first of weights: they prove nothing, but where given must sum to 1.
func (p *proof) convex(name string, basis []int, weights [][]float64, limit int) {
	p.others(name, basis, limit)
	n := len(basis)
	if p.expect(n >= 2 && n <= p.rank+1, "%s has %d keys, not 2 to %d", name, n, p.rank+1) {
		p.expect(p.Inside(p.i, basis), "%s does not give the key, or not in one way with all weights > 0", name)
	}
	if len(weights) > 0 && weights[0] != nil {
		sum := 0.0
		for _, w := range weights[0] {
			sum += w
		}
		p.expect(len(weights[0]) == n && math.Abs(sum-1) < 1e-9, "%s has weights that do not sum to 1", name)
	}
}

// others checks that keys are before limit, and not key i.
func (p *proof) others(name string, keys []int, limit int) {
	for _, j := range keys {
		p.expect(j >= 0 && j < limit && j != p.i, "%s contains key %d: the key itself, or out of range", name, j)
	}
}

// vertex checks with a query that key i is a vertex of the hull of the keys before
// limit, and returns its copies among them.
func (p *proof) vertex(when string, q *Query, limit int) (copies []int) {
	copies = p.ties(when, q, limit)
	for _, j := range copies {
		p.expect(p.Rank([]int{p.i, j}) == 0, "%sthe query scores key %d, which differs, as high", when, j)
	}
	return copies
}

// ties checks that a query scores no key before limit higher than key i, and
// returns those that it scores as high.
func (p *proof) ties(when string, q *Query, limit int) (tied []int) {
	sound := q != nil && len(q.Float)+len(q.Exact) == p.dim && !slices.ContainsFunc(q.Float, infinite)
	if p.expect(sound, "%shas no query of the right length", when) {
		higher := -1
		tied, higher = p.Ties(q, p.i, limit)
		p.expect(higher < 0, "%sthe query scores key %d higher", when, higher)
	}
	return tied
}

func infinite(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }
