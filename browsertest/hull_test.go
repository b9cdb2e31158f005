package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/dop251/goja"

	"keyhull"
	"keyhull/cert"
	"keyhull/internal/oracle"
)

// question is a set as hull.js takes it, answer what it says.
type question struct {
	Rows   [][]float64 `json:"rows"`
	Norm   string      `json:"norm"`
	Head   [][]float64 `json:"head"`
	Radius float64     `json:"radius"`
}

type answer struct {
	Error  string     `json:"error"`
	Rank   int        `json:"rank"`
	Spread float64    `json:"spread"`
	Keys   []cert.Key `json:"keys"`
	Best   []float64  `json:"best"`  // attention of every fifth key, else 0
	Bound  []float64  `json:"bound"` // on that
	Edges  [][2]int   `json:"edges"`
}

// asker puts a question to the script: answer everything that it can say about
// a set. Queries are exact fractions over the coordinates that certificates
// have, so that package cert can check them.
const asker = `
function ask(text) {
  const { rows, norm, head, radius } = JSON.parse(text);
  try {
    const keys = exactKeys(rows, norm, head), d = decide(keys), dim = keys.points[0].length;
    const fractions = q => {
      if (!projects(norm) || head) return q.map(String);
      const sum = q.reduce((a, b) => a + b);
      return q.slice(0, -1).map(x => (BigInt(dim) * x - sum) + '/' + dim);
    };
    const best = rows.map((_, i) => radius && i % 5 === 0 ? bestAttention(keys.at, i, radius) : { weight: 0, bound: 0 });
    return JSON.stringify({
      rank: d.rank, spread: spread(keys), edges: d.edges, best: best.map(b => b.weight), bound: best.map(b => b.bound),
      keys: d.verdicts.map((verdict, index) => {
        const q = d.query(index), bases = d.bases(index), key = { index, verdict };
        if (q) key.query = fractions(q);
        if (q && !head && !projects(norm) && verdict !== 'face') { // in float64, where that is enough
          const tied = ties(keys, unit(q), index);
          if (tied && tied.length === d.copies(index).length) key.query = unit(q);
        }
        if (verdict === 'tied') key.copies = d.copies(index);
        if (bases.length) { key.bases = bases.map(b => b.map(t => t.key)); key.weights = bases.map(b => b.map(t => t.weight)); }
        if (verdict === 'selectable' || verdict === 'tied') key.margin = margin(keys, index).margin;
        return key;
      }),
    });
  } catch (e) { return JSON.stringify({ error: String(e.message) + (e.row === undefined ? e.stack : '') }); }
}
`

// engine runs hull.js: ask puts many questions at once.
type engine func(t *testing.T, questions []question) []answer

// light is an engine in Go, slower than a browser, and everywhere.
func light(t *testing.T, questions []question) []answer {
	t.Helper()
	vm := goja.New()
	if _, err := vm.RunString(script(t, "hull.js", "hull_decide.js", "hull_measure.js") + asker); err != nil {
		t.Fatal(err)
	}
	ask, _ := goja.AssertFunction(vm.Get("ask"))
	return each(t, questions, func(text string) (string, error) {
		v, err := ask(goja.Undefined(), vm.ToValue(text))
		if err != nil {
			return "", err
		}
		return v.String(), nil
	})
}

func each(t *testing.T, questions []question, ask func(string) (string, error)) []answer {
	t.Helper()
	answers := make([]answer, len(questions))
	for i, q := range questions {
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		said, err := ask(string(text))
		if err == nil {
			err = json.Unmarshal([]byte(said), &answers[i])
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return answers
}

// TestHullLight holds hull.js against the library without a browser, on a few
// small sets.
func TestHullLight(t *testing.T) { testHull(t, light, 1, 14) }

// testHull puts so many sets of each family of internal/oracle, of so many keys
// at most, and of heads.
func testHull(t *testing.T, e engine, rounds, most int) {
	t.Run("library", func(t *testing.T) {
		t.Parallel()
		sets := instances(uint64(rounds), most)
		var questions []question
		for i := range sets {
			questions = append(questions, question{Rows: split(sets[i].Data, sets[i].Width), Norm: sets[i].Norm, Radius: radiusOf(&sets[i])})
		}
		keys := 0
		for i, a := range e(t, questions) {
			keys += sets[i].N()
			against(t, &sets[i], questions[i].Radius, a)
		}
		t.Logf("%d sets, %d keys", len(sets), keys)
	})
	t.Run("heads", func(t *testing.T) { t.Parallel(); testHeads(t, e, 25*rounds) })
	t.Run("refused", func(t *testing.T) { t.Parallel(); testRefused(t, e) })
}

// instances are sets of the families whose keys span three dimensions or fewer.
func instances(rounds uint64, most int) (sets []oracle.Instance) {
	for _, f := range oracle.Families {
		for seed := range rounds * 3 {
			if in := oracle.New(f.Name, seed); in.N() <= most && in.Width <= 4 && oracle.Rank(in.Points()) <= 3 {
				sets = append(sets, in)
			}
		}
	}
	return sets
}

// radiusOf is a radius of queries that tell keys apart, or 0 where squares of
// keys would be beyond float64.
func radiusOf(in *oracle.Instance) float64 {
	if in.Factors != nil {
		return 3
	}
	most := 0.0
	for _, v := range in.Data {
		most = math.Max(most, math.Abs(v))
	}
	if most < 1e-100 || most > 1e100 {
		return 0
	}
	return 5 / most
}

// against holds an answer against the library's, and its certificates against
// package cert.
func against(t *testing.T, in *oracle.Instance, radius float64, a answer) {
	t.Helper()
	fail := func(format string, args ...any) { t.Errorf("%s: %s", in, fmt.Sprintf(format, args...)) }
	if a.Error != "" {
		fail("%s", a.Error)
		return
	}
	r, err := keyhull.Decide(context.Background(), in.Keys(), keyhull.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range r.Keys {
		if got := a.Keys[i]; got.Verdict != k.Verdict.String() {
			fail("key %d is %s, not %s", i, got.Verdict, k.Verdict)
		} else if m := got.Margin; m != nil && !close(*m, k.Margin, 1e-12) && !(*m >= k.Margin && *m < 1e-12*r.Radius) { // there the library has a lower bound
			fail("the margin of key %d is %v, not %v", i, *got.Margin, k.Margin)
		}
	}
	if !close(a.Spread, r.Radius, 1e-12) {
		fail("spread %v, not %v", a.Spread, r.Radius)
	}
	proofs(t, in, a)
	if radius > 0 {
		attention(t, in, radius, a)
	}
}

func close(a, b, relative float64) bool {
	return math.Abs(a-b) <= relative*math.Max(math.Abs(a), math.Abs(b))+4*math.SmallestNonzeroFloat64 || math.Max(a, b) >= math.MaxFloat64
}

// proofs has every certificate checked.
func proofs(t *testing.T, in *oracle.Instance, a answer) {
	t.Helper()
	k, err := cert.NewKeys(in.Data, in.Width, in.Norm, "affine", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := cert.Set{N: in.N(), Dim: in.Width, Rank: a.Rank, Counts: map[string]int{}, Keys: a.Keys}
	for _, key := range a.Keys {
		s.Counts[key.Verdict]++
	}
	s.UnselectableFraction = float64(s.Counts["face"]+s.Counts["interior"]) / float64(s.N)
	for _, line := range cert.Check(k, &s, func(n int, judge func(int)) {
		for i := range n {
			judge(i)
		}
	}) {
		t.Errorf("%s: %s", in, line)
	}
}

// attention holds the best attention of some keys against the library's.
func attention(t *testing.T, in *oracle.Instance, radius float64, a answer) {
	t.Helper()
	at, err := keyhull.NewAttender(in.Keys())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < in.N(); i += 5 {
		want := at.Best(i, radius)
		if got := a.Best[i]; got < want.Weight*(1-1e-7) || got > want.UpperBound*(1+1e-9) || a.Bound[i] < want.Weight*(1-1e-9) {
			t.Errorf("%s: best attention of key %d is %v (at most %v), not %v to %v", in, i, a.Best[i], a.Bound[i], want.Weight, want.UpperBound)
		}
	}
}

// testHeads holds sets behind W_K against the brute force on exact fractions:
// there the library takes rounded keys only.
func testHeads(t *testing.T, e engine, count int) {
	var questions []question
	var want [][]keyhull.Verdict
	for seed := range uint64(count) {
		rng := rand.New(rand.NewPCG(seed, 7))
		d, n := 2+rng.IntN(2), 3+rng.IntN(8)
		in := oracle.Instance{Width: d, Norm: []string{"none", "project", "scale", "layernorm"}[rng.IntN(4)]}
		for range n * d {
			in.Data = append(in.Data, rng.NormFloat64())
		}
		head := draw(rng, 1+rng.IntN(d-1), d)
		questions = append(questions, question{Rows: split(in.Data, d), Norm: in.Norm, Head: head})
		want = append(want, oracle.Verdicts(through(t, &in, head)))
	}
	for i, a := range e(t, questions) {
		if a.Error != "" {
			t.Fatal(a.Error)
		}
		for j, v := range want[i] {
			if a.Keys[j].Verdict != v.String() {
				t.Errorf("%+v: key %d is %s, not %s", questions[i], j, a.Keys[j].Verdict, v)
			}
		}
	}
}

// draw makes a matrix, half of them of small integers.
func draw(rng *rand.Rand, rows, d int) [][]float64 {
	x, whole := make([]float64, rows*d), rng.IntN(2) == 0
	for i := range x {
		if x[i] = rng.NormFloat64(); whole {
			x[i] = float64(rng.IntN(5) - 2)
		}
	}
	return split(x, d)
}

// through returns the exact keys W_K·x, x with the mean taken off if projected.
func through(t *testing.T, in *oracle.Instance, head [][]float64) [][]*big.Rat {
	t.Helper()
	keys := split(in.Data, in.Width)
	points := make([][]*big.Rat, len(keys))
	for i, row := range keys {
		x, mean := make([]*big.Rat, len(row)), new(big.Rat)
		for c, v := range row {
			x[c] = new(big.Rat).SetFloat64(v)
			mean.Add(mean, new(big.Rat).Quo(x[c], big.NewRat(int64(len(row)), 1)))
		}
		for c := range x {
			if in.Projects() {
				x[c].Sub(x[c], mean)
			}
		}
		factor := big.NewRat(1, 1)
		if in.Norm == "scale" || in.Norm == "layernorm" {
			factor.SetFloat64(exactFactor(t, x))
		}
		for _, w := range head {
			sum := new(big.Rat)
			for c, v := range w {
				term := new(big.Rat).SetFloat64(v)
				sum.Add(sum, term.Mul(term, x[c]))
			}
			points[i] = append(points[i], sum.Mul(sum, factor))
		}
	}
	return points
}

// exactFactor is the float64 nearest to 1/√(mean square).
func exactFactor(t *testing.T, x []*big.Rat) float64 {
	t.Helper()
	square := new(big.Rat)
	for _, v := range x {
		square.Add(square, new(big.Rat).Mul(v, v))
	}
	square.Quo(square, big.NewRat(int64(len(x)), 1))
	root := new(big.Float).SetPrec(512).SetRat(square)
	f, _ := root.Quo(big.NewFloat(1), root.Sqrt(root)).Float64()
	return f
}

// testRefused: rows without a norm, by name.
func testRefused(t *testing.T, e engine) {
	for i, a := range e(t, []question{
		{Rows: [][]float64{{1, 2}, {3, 3}}, Norm: "layernorm"},
		{Rows: [][]float64{{0, 0}, {3, 3}}, Norm: "scale"},
		{Rows: [][]float64{{1, 0}, {2, 1e-310}, {0, 5e-324}}, Norm: "rmsnorm"},
	}) {
		if want := []string{"key 1 has no layernorm: its coordinates are all equal", "key 0 has no scale: its coordinates are all 0", "key 2 has no rmsnorm: its factor is beyond float64"}[i]; a.Error != want {
			t.Errorf("error %q, not %q", a.Error, want)
		}
	}
}

func split(x []float64, d int) [][]float64 { return slices.Collect(slices.Chunk(x, d)) }

// chromium is an engine as fast as a reader's.
func chromium(t *testing.T, questions []question) []answer {
	t.Helper()
	p := open(t, "about:blank", options{})
	eval[int](p, script(t, "hull.js", "hull_decide.js", "hull_measure.js")+asker+";0")
	return each(t, questions, func(text string) (string, error) {
		return chromedp.Run(p.ctx, chromedp.Evaluate[string]("ask("+strconv.Quote(text)+")"))
	})
}

// TestHullInBrowser holds hull.js against the library; KEYHULL_ROUNDS=100 does so
// on thousands of sets.
func TestHullInBrowser(t *testing.T) {
	rounds := 5
	if s := os.Getenv("KEYHULL_ROUNDS"); s != "" {
		var err error
		if rounds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	testHull(t, chromium, rounds, 60)
}
