package cert

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const huge, tiny = 1e300, 1e-300

// handMade are sets with the verdicts that geometry gives: s selectable,
// t tied, f face, i interior.
var handMade = []struct {
	name, verdicts string
	dim            int
	rows           []float64
}{
	{"one key", "s", 3, []float64{1, 2, 3}},
	{"one key of zeros", "s", 2, []float64{0, 0}},
	{"all equal", "ttt", 2, []float64{1, 2, 1, 2, 1, 2}},
	{"zeros of both signs", "tt", 1, []float64{0, math.Copysign(0, -1)}},
	{"two keys", "ss", 2, []float64{0, 0, 1, 1}},
	{"square and centre", "ssssi", 2, []float64{0, 0, 1, 0, 0, 1, 1, 1, .5, .5}},
	{"square, edge, copies", "stssfift", 2, []float64{0, 0, 1, 0, 0, 1, 1, 1, .5, 0, .5, .5, .5, 0, 1, 0}},
	{"triangle and inner key", "sssi", 2, []float64{0, 0, 3, 0, 0, 3, 1, 1}},
	{"copies of an inner key", "sssii", 2, []float64{0, 0, 3, 0, 0, 3, 1, 1, 1, 1}},
	{"lattice", "sfsfifsfs", 2, []float64{0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 2, 0, 2, 1, 2, 2}},
	{"collinear", "siis", 3, []float64{0, 0, 0, 1, 2, 3, 2, 4, 6, 3, 6, 9}},
	{"line", "siitt", 1, []float64{-1, 0, .5, 7, 7}},
	{"flat square in space", "ssssi", 3, []float64{0, 0, 1, 2, 0, 1, 0, 2, 1, 2, 2, 1, 1, 1, 1}},
	{"octahedron", "ssssssi", 3, []float64{1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0}},
	{"mixed scales", "sssi", 2, []float64{0, 0, huge, 0, 0, tiny, huge / 4, tiny / 4}},
	{"mixed scales in one coordinate", "sssi", 2, []float64{-huge, 1, huge, 1, 0, 2, tiny, 1 + 0x1p-52}},
	{"edge of mixed scales", "ssfs", 2, []float64{-huge, tiny, huge, tiny, tiny, tiny, 0, 2}},
	{"smallest numbers", "sis", 1, []float64{0, 5e-324, 1e-323}},
}

func mustKeys(t testing.TB, rows []float64, dim int) *Keys {
	t.Helper()
	k, err := NewKeys(rows, dim, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func check(t testing.TB, k *Keys, s *Set) []string {
	t.Helper()
	return Check(k, s, inOrder)
}

func inOrder(n int, judge func(i int)) {
	for i := range n {
		judge(i)
	}
}

// judge judges one certificate.
func (k *Keys) judge(key *Key, causal bool) error {
	n, _, dim, rank := k.Size()
	p := proof{Arithmetic: k, n: n, dim: dim, rank: rank, i: key.Index}
	p.judge(key, causal)
	if p.failures == nil {
		return nil
	}
	return errors.New(p.failures[0])
}

func TestHandMade(t *testing.T) {
	for _, c := range handMade {
		s := certify(c.rows, c.dim)
		verdicts := ""
		for i := range s.Keys {
			verdicts += s.Keys[i].Verdict[:1]
		}
		if verdicts != c.verdicts {
			t.Errorf("%s: the oracle says %s, not %s", c.name, verdicts, c.verdicts)
		}
		if f := check(t, mustKeys(t, c.rows, c.dim), s); f != nil {
			t.Errorf("%s: %q", c.name, f)
		}
	}
}

// TestVerdictsChanged gives every key every other verdict, with all that its
// certificate had, and with the certificate of a key that has that verdict.
func TestVerdictsChanged(t *testing.T) {
	for _, c := range handMade {
		s, k := certify(c.rows, c.dim), mustKeys(t, c.rows, c.dim)
		for i := range s.Keys {
			was := s.Keys[i]
			for _, v := range []string{"selectable", "tied", "face", "interior", "", "Selectable"} {
				if v == was.Verdict {
					continue
				}
				s.Keys[i].Verdict = v
				wantFailure(t, c.name+" as "+v, k, s, i)
				for j := range s.Keys {
					if s.Keys[j].Verdict == v && j != i {
						s.Keys[i] = s.Keys[j]
						s.Keys[i].Index = i
						wantFailure(t, fmt.Sprintf("%s with the certificate of key %d", c.name, j), k, s, i)
						s.Keys[i] = was
						s.Keys[i].Verdict = v
					}
				}
			}
			s.Keys[i] = was
		}
	}
}

func wantFailure(t *testing.T, what string, k *Keys, s *Set, key int) {
	t.Helper()
	total(s)
	f := check(t, k, s)
	if !slices.ContainsFunc(f, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf("key %d: ", key)) }) {
		t.Errorf("%s: key %d passes; %q", what, key, f)
	}
}

// TestRefused changes one thing in a set that proves all.
func TestRefused(t *testing.T) {
	rows := []float64{0, 0, 1, 0, 0, 1, 1, 1, .5, 0, .5, .5, .5, 0, 1, 0, .25, .5}
	const corner, copied, face, centre = 0, 1, 4, 5
	nan := math.NaN()
	death := 3
	for _, c := range []struct {
		name, line string
		change     func(s *Set)
	}{
		{"query of a corner", "key 0: the query scores key", func(s *Set) { s.Keys[corner].Query.Exact[0] = big.NewRat(5, 1) }},
		{"query longer", "key 0: has no query of the right length", func(s *Set) { q := s.Keys[corner].Query; q.Exact = append(q.Exact, new(big.Rat)) }},
		{"query shorter", "key 0: has no query of the right length", func(s *Set) { q := s.Keys[corner].Query; q.Exact = q.Exact[:1] }},
		{"query of both kinds", "key 0: has no query of the right length", func(s *Set) { s.Keys[corner].Query.Float = []float64{1} }},
		{"query of NaN", "key 0: has no query of the right length", func(s *Set) { s.Keys[corner].Query = &Query{Float: []float64{nan, 1}} }},
		{"query of Inf", "key 0: has no query of the right length", func(s *Set) { s.Keys[corner].Query = &Query{Float: []float64{-1, math.Inf(-1)}} }},
		{"query of a face changed", "key 4: the query scores key", func(s *Set) { s.Keys[face].Query.Exact[0].SetInt64(1) }},
		{"no query", "key 0: has no query of the right length", func(s *Set) { s.Keys[corner].Query = nil }},
		{"zero query", "key 0: the query scores key", func(s *Set) { s.Keys[corner].Query = &Query{Float: make([]float64, 2)} }},
		{"query that ties an edge", "key 0: the query scores key", func(s *Set) { s.Keys[corner].Query = &Query{Float: []float64{-1, 0}} }},
		{"copy left out", "key 1: is tied, but its copies are not the 1 keys", func(s *Set) { s.Keys[copied].Copies = nil }},
		{"copy changed", "key 1: is tied, but its copies are not the 1 keys", func(s *Set) { s.Keys[copied].Copies = []int{2} }},
		{"copy twice", "key 1: is tied, but its copies are not the 1 keys", func(s *Set) { s.Keys[copied].Copies = []int{7, 7} }},
		{"copy of itself", "key 1: is tied, but its copies are not the 1 keys", func(s *Set) { s.Keys[copied].Copies = []int{1, 7} }},
		{"copy out of range", "key 1: is tied, but its copies are not the 1 keys", func(s *Set) { s.Keys[copied].Copies = []int{7, 99} }},
		{"copy invented", "key 0: is selectable, but its copies are not the 0 keys", func(s *Set) { s.Keys[corner].Copies = []int{4} }},
		{"basis with the key itself", "key 5: basis 1 contains key 5: the key itself", func(s *Set) { s.Keys[centre].Bases[1][0] = centre }},
		{"basis with a copy of the key", "key 4: basis 0 ", func(s *Set) { s.Keys[face].Bases[0] = []int{0, 6, 1} }},
		{"basis of a copy alone", "key 4: basis 0 ", func(s *Set) { s.Keys[face].Bases[0] = []int{6} }},
		{"basis of a copy twice", "key 4: basis 0 ", func(s *Set) { s.Keys[face].Bases[0] = []int{6, 6} }},
		{"basis dependent", "key 4: basis 0 does not give the key", func(s *Set) { s.Keys[face].Bases[0] = []int{0, 1, 7} }},
		{"basis of four", "key 5: basis 0 has no weight for each key", func(s *Set) { s.Keys[centre].Bases[0] = []int{0, 1, 2, 3} }},
		{"basis elsewhere", "key 4: basis 0 ", func(s *Set) { s.Keys[face].Bases[0] = []int{0, 3} }},
		{"basis on one side", "key 4: basis 0 does not give the key", func(s *Set) { s.Keys[face].Bases[0] = []int{5, 3, 1} }},
		{"basis out of range", "key 4: basis 0 contains key 9: the key itself, or out of range", func(s *Set) { s.Keys[face].Bases[0][0] = 9 }},
		{"basis below range", "key 4: basis 0 contains key -1: the key itself, or out of range", func(s *Set) { s.Keys[face].Bases[0][0] = -1 }},
		{"basis with one key changed", "key 5: basis 0 does not give the key", func(s *Set) { s.Keys[centre].Bases[0] = []int{0, 2} }},
		{"basis of one", "key 5: basis 0 has 1 keys", func(s *Set) { s.Keys[centre].Bases[0] = []int{0} }},
		{"basis far out of range", "key 5: basis 0 contains key 2147483647", func(s *Set) { s.Keys[centre].Bases[0][1] = math.MaxInt32 }},
		{"basis empty", "key 5: basis 0 has 0 keys", func(s *Set) { s.Keys[centre].Bases[0] = nil }},
		{"no basis", "key 5: is interior with 0 bases", func(s *Set) { s.Keys[centre].Bases = nil }},
		{"two bases for a face", "key 4: is face with 2 bases", func(s *Set) { b := s.Keys[face].Bases; s.Keys[face].Bases = append(b, b[0]) }},
		{"one diagonal", "key 5: the bases do not span", func(s *Set) { s.Keys[centre].Bases = [][]int{{0, 3}} }},
		{"one diagonal twice", "key 5: the bases do not span", func(s *Set) { s.Keys[centre].Bases = [][]int{{0, 3}, {3, 0}} }},
		{"support that ties all", "key 4: the query ties all keys", func(s *Set) { s.Keys[face].Query = &Query{Float: make([]float64, 2)} }},
		{"support that does not", "key 4: the query scores key", func(s *Set) { s.Keys[face].Query = &Query{Float: []float64{1e-300, -1}} }},
		{"key missing", "key 2: has no certificate", func(s *Set) { s.Keys = slices.Delete(s.Keys, 2, 3) }},
		{"key repeated", "key 2: has two certificates, or", func(s *Set) { s.Keys = append(s.Keys, s.Keys[2]) }},
		{"index of another", "key 2: has no certificate", func(s *Set) { s.Keys[2].Index = 3 }},
		{"index out of range", "key 99: has two certificates, or there is no such key", func(s *Set) { s.Keys[2].Index = 99 }},
		{"verdict unknown", `key 2: has the unknown verdict "perhaps"`, func(s *Set) { s.Keys[2].Verdict = "perhaps" }},
		{"death of a set without", "key 5: is unselectable without a death", func(s *Set) { s.Keys[centre].Death = &death }},
		{"causal without deaths", "key 5: is unselectable without a death", func(s *Set) { s.Causal = true }},
		{"rank", "the rank is 2, not 1", func(s *Set) { s.Rank = 1 }},
		{"n", "the certificates are for 8 keys", func(s *Set) { s.N = 8 }},
		{"dim", "the certificates are for 9 keys of dimension 3", func(s *Set) { s.Dim = 3 }},
		{"count", "2 keys are interior, but the count says 3", func(s *Set) { s.Counts["interior"]++ }},
		{"fraction", "the unselectable fraction is", func(s *Set) { s.UnselectableFraction += 0.001 }},
		{"fraction NaN", "the unselectable fraction is", func(s *Set) { s.UnselectableFraction = nan }},
	} {
		k, s := mustKeys(t, rows, 2), certify(rows, 2)
		if f := check(t, k, s); f != nil {
			t.Fatalf("before %s: %q", c.name, f)
		}
		c.change(s)
		f := check(t, k, s)
		if !slices.ContainsFunc(f, func(l string) bool { return strings.HasPrefix(l, c.line) }) {
			t.Errorf("%s: %q, none of which is %q", c.name, f, c.line)
		}
	}
}

// TestAgainstDefinitions mutates certificates of small random sets at random;
// Check must accept a key exactly if the definitions do.
func TestAgainstDefinitions(t *testing.T) {
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d, n := rapid.IntRange(1, 3).Draw(t, "d"), rapid.IntRange(1, 7).Draw(t, "n")
		rows := rapid.SliceOfN(rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) }), n*d, n*d).Draw(t, "rows")
		p, s := points(rows, d), certify(rows, d)
		k, err := NewKeys(rows, d, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if f := Check(k, s, inOrder); f != nil {
			t.Fatalf("true certificates are refused: %q", f)
		}
		for range 10 {
			c := s.Keys[rapid.IntRange(0, n-1).Draw(t, "key")]
			mutate(t, &c, n)
			f := k.judge(&c, false)
			if want := holds(p, &c); (f == nil) != want {
				t.Fatalf("%+v: %v, but by the definitions %v", c, f, want)
			} else if want {
				accepted++
			} else {
				refused++
			}
		}
	})
	if accepted < 50 || refused < 50 {
		t.Errorf("%d mutants hold, %d do not: too few to tell", accepted, refused)
	}
}

func mutate(t *rapid.T, c *Key, n int) {
	key := rapid.IntRange(0, n-1)
	switch rapid.IntRange(0, 4).Draw(t, "mutation") {
	case 0:
		c.Verdict = rapid.SampledFrom([]string{"selectable", "tied", "face", "interior"}).Draw(t, "verdict")
	case 1:
		if c.Query != nil {
			c.Query = &Query{Exact: slices.Clone(c.Query.Exact)}
			r := big.NewRat(int64(rapid.IntRange(-9, 9).Draw(t, "num")), int64(rapid.IntRange(1, 7).Draw(t, "den")))
			c.Query.Exact[rapid.IntRange(0, len(c.Query.Exact)-1).Draw(t, "at")] = r
		}
	case 2:
		c.Bases = [][]int{rapid.SliceOfN(key, 0, 4).Draw(t, "basis")}
	case 3:
		c.Bases = append(slices.Clone(c.Bases), rapid.SliceOfN(key, 2, 3).Draw(t, "basis"))
	case 4:
		c.Copies = rapid.SliceOfN(key, 0, 2).Draw(t, "copies")
	}
}

// TestLeftOut leaves a key out.
func TestLeftOut(t *testing.T) {
	rows := []float64{0, 0, 1, 0, 0, 1}
	f := Check(mustKeys(t, rows, 2), certify(rows, 2), func(n int, judge func(i int)) { inOrder(n-1, judge) })
	if !slices.Equal(f, []string{"key 2: is left out"}) {
		t.Errorf("%q", f)
	}
}

// TestDeaths checks deaths under a causal mask, and that changed ones fail.
func TestDeaths(t *testing.T) {
	rows := []float64{1, 0, 2, 3, 3, 3.5, 1} // on the line: 1 dies at 2, 2 at 3 …
	at := func(i int) *int { return &i }
	up, down := &Query{Float: []float64{1}}, &Query{Exact: []*big.Rat{big.NewRat(-1, 3)}}
	make := func() *Set {
		s := certify(rows, 1)
		s.Causal = true
		s.Keys[0].Death, s.Keys[0].DeathBasis, s.Keys[0].AliveQuery = at(2), []int{1, 2}, up
		s.Keys[2].Death, s.Keys[2].DeathBasis, s.Keys[2].AliveQuery = at(3), []int{0, 3}, up
		s.Keys[3].Death, s.Keys[3].DeathBasis, s.Keys[3].AliveQuery = at(5), []int{5, 1}, up
		s.Keys[4].Death, s.Keys[4].DeathBasis, s.Keys[4].AliveQuery = at(5), []int{2, 5}, up
		s.Keys[6].Death, s.Keys[6].DeathBasis = at(6), []int{1, 2}
		return s
	}
	k := mustKeys(t, rows, 1)
	if f := check(t, k, make()); f != nil {
		t.Fatalf("true deaths are refused: %q", f)
	}
	for name, change := range map[string]func(c *Key){
		"later":            func(c *Key) { *c.Death = 3 },
		"sooner":           func(c *Key) { *c.Death = 1 },
		"before it came":   func(c *Key) { *c.Death = -1 },
		"after the end":    func(c *Key) { *c.Death = 7 },
		"none":             func(c *Key) { c.Death = nil },
		"basis from after": func(c *Key) { c.DeathBasis = []int{1, 3} },
		"no basis":         func(c *Key) { c.DeathBasis = nil },
		"no query":         func(c *Key) { c.AliveQuery = nil },
		"wrong query":      func(c *Key) { c.AliveQuery = down },
		"zero query":       func(c *Key) { c.AliveQuery = &Query{Float: []float64{0}} },
	} {
		s := make()
		change(&s.Keys[0])
		if f := check(t, k, s); len(f) != 1 || !strings.HasPrefix(f[0], "key 0: ") {
			t.Errorf("death %s: %q", name, f)
		}
	}
	s := make()
	s.Keys[1].Death = at(3)
	if f := check(t, k, s); len(f) != 1 || !strings.HasPrefix(f[0], "key 1: ") {
		t.Errorf("death of a vertex: %q", f)
	}
}

// TestDeathsAgainstDefinitions finds deaths prefix by prefix. No other position
// passes for a death, whatever basis and query come with it.
func TestDeathsAgainstDefinitions(t *testing.T) {
	deaths := 0
	rapid.Check(t, func(t *rapid.T) {
		d, n := rapid.IntRange(1, 2).Draw(t, "d"), rapid.IntRange(3, 6).Draw(t, "n")
		rows := rapid.SliceOfN(rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) }), n*d, n*d).Draw(t, "rows")
		p, s := points(rows, d), certify(rows, d)
		s.Causal = true
		k, err := NewKeys(rows, d, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Keys {
			key := &s.Keys[i]
			for at := i; key.Bases != nil && key.Death == nil; at++ {
				if now := certificate(p[:at+1], i); now.Bases != nil {
					key.Death, key.DeathBasis = &at, now.Bases[0]
				} else {
					key.AliveQuery = now.Query
				}
			}
		}
		if f := Check(k, s, inOrder); f != nil {
			t.Fatalf("true deaths are refused: %q", f)
		}
		for i := range s.Keys {
			for at := -1; at <= n && s.Keys[i].Death != nil; at++ {
				for _, basis := range [][]int{s.Keys[i].DeathBasis, s.Keys[i].Bases[0]} {
					other := s.Keys[i]
					other.Death, other.DeathBasis = &at, basis
					if err := k.judge(&other, true); err == nil && at != *s.Keys[i].Death {
						t.Fatalf("key %d dies at %d, but %d passes", i, *s.Keys[i].Death, at)
					}
				}
			}
			if s.Keys[i].Death != nil {
				deaths++
			}
		}
	})
	if deaths < 20 {
		t.Errorf("%d deaths are too few to tell", deaths)
	}
}
