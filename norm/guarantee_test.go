package norm

import (
	"context"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhull"
)

// Facts are theorems about real numbers, so their tests compute in whole
// numbers, in fractions, or with exact row factors, and take verdicts that are
// proved: keyhull.Decide, held against the two direct arguments below.

func decide(t *testing.T, keys keyhull.Keys) *keyhull.Result {
	t.Helper()
	r, err := keyhull.Decide(context.Background(), keys, keyhull.Options{Workers: 2, Margins: keyhull.MarginNone})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// vertices fails unless every key is a vertex that differs from all others.
func vertices(t *testing.T, what string, r *keyhull.Result) {
	t.Helper()
	if c := r.Counts(); c.Selectable != r.N {
		t.Errorf("%s: not every key is selectable: %+v", what, c)
	}
}

// hides fails unless some key is unselectable and the exact weights of the
// basis that hides it are positive.
func hides(t *testing.T, what string, data []float64, d int) {
	t.Helper()
	r := decide(t, keyhull.Float64(data, d))
	for i, k := range r.Keys {
		if !k.Verdict.Unselectable() {
			continue
		}
		corners := make([][]*big.Rat, len(k.Bases[0]))
		for j, c := range k.Bases[0] {
			corners[j] = rational(data[c*d:][:d])
		}
		if !inside(rational(data[i*d:][:d]), corners) {
			t.Errorf("%s: key %d is not inside its basis %v", what, i, k.Bases[0])
		}
		return
	}
	t.Errorf("%s: no key is hidden", what)
}

func rational(row []float64) []*big.Rat {
	out := make([]*big.Rat, len(row))
	for c, v := range row {
		out[c] = new(big.Rat).SetFloat64(v)
	}
	return out
}

// inside solves for the weights, with sum 1, that make key from the corners of
// a simplex, by elimination in fractions, and reports whether all are > 0.
func inside(key []*big.Rat, corners [][]*big.Rat) bool {
	one, cols := big.NewRat(1, 1), len(corners)
	m := make([][]*big.Rat, len(key)+1) // rows of [corners | key]
	for c := range m {
		for _, p := range append(corners[:cols:cols], key) {
			v := one
			if c < len(key) {
				v = p[c]
			}
			m[c] = append(m[c], new(big.Rat).Set(v))
		}
	}
	done := 0
	for col := range cols {
		pivot := done
		for pivot < len(m) && m[pivot][col].Sign() == 0 {
			pivot++
		}
		if pivot == len(m) {
			return false // not a simplex
		}
		m[done], m[pivot] = m[pivot], m[done]
		for r := range m {
			if r != done && m[r][col].Sign() != 0 {
				f := new(big.Rat).Quo(m[r][col], m[done][col])
				for c := range m[r] {
					m[r][c].Sub(m[r][c], new(big.Rat).Mul(f, m[done][c]))
				}
			}
		}
		done++
	}
	for r := range m {
		if r >= cols && m[r][cols].Sign() != 0 {
			return false // not in the plane of the corners
		}
		if r < cols && new(big.Rat).Quo(m[r][cols], m[r][r]).Sign() <= 0 {
			return false
		}
	}
	return true
}

// sphere returns all points with whole coordinates on the sphere of the given
// square radius about 0 in d dimensions, in the hyperplane of sum 0 if
// centred: keys as scale or layernorm give them, without rounding.
func sphere(d, square int, centred bool) (points []float64) {
	p := make([]float64, 0, d)
	var walk func(sum, left int)
	walk = func(sum, left int) {
		if len(p) == d {
			if left == 0 && (sum == 0 || !centred) {
				points = append(points, p...)
			}
			return
		}
		for v := -square; v <= square; v++ {
			if v*v <= left {
				p = append(p, float64(v))
				walk(sum+v, left-v*v)
				p = p[:len(p)-1]
			}
		}
	}
	walk(0, square)
	return points
}

// stretch returns gain·x + bias of whole numbers.
func stretch(x, gain, bias []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v*gain[i%len(gain)] + bias[i%len(bias)]
	}
	return out
}

// through returns W·x for rows of whole numbers; w is (width,d).
func through(w, x []float64, d int) (out []float64) {
	for i := 0; i < len(x); i += d {
		for j := 0; j < len(w); j += d {
			out = append(out, dot(x[i:i+d], w[j:j+d]))
		}
	}
	return out
}

func whole(rng *rand.Rand, size, top int) []float64 {
	x := make([]float64, size)
	for i := range x {
		x[i] = float64(rng.IntN(2*top+1) - top)
	}
	return x
}

// normed returns keys under a normalization, exactly.
func normed(t *testing.T, x []float64, d int, kind Kind, eps float64) keyhull.Keys {
	t.Helper()
	s, err := Factors(x, d, kind, eps)
	if err != nil {
		t.Fatal(err)
	}
	keys := keyhull.Float64(x, d).Scaled(s)
	if kind.projects() {
		return keys.Projected()
	}
	return keys
}

// TestInside: the helper knows a triangle's inside, edge and outside.
func TestInside(t *testing.T) {
	triangle := [][]*big.Rat{rational([]float64{0, 0}), rational([]float64{4, 0}), rational([]float64{0, 4})}
	for want, p := range map[bool][]float64{true: {1, 1}, false: {2, 2}} {
		if inside(rational(p), triangle) != want {
			t.Errorf("%v inside: want %v", p, want)
		}
	}
	if inside(rational([]float64{3, 3}), triangle) || !inside(rational([]float64{2, 2}), triangle[1:]) {
		t.Error("outside or edge is wrong")
	}
}

// TestGuarantee: who promises what, and who promises nothing.
func TestGuarantee(t *testing.T) {
	for _, k := range Kinds() {
		g := k.Guarantee()
		promises := k != None && k != Project && k != DyT
		if g.Kind != k || g.EveryKey != promises || (len(g.Conditions) > 0) != promises || g.Hull == "" || len(g.Facts) == 0 {
			t.Errorf("%v: %+v", k, g)
		}
	}
}

// TestFactsAreTestedAndDocumented: each fact names a test that exists, and
// docs/layernorm.md has its row.
func TestFactsAreTestedAndDocumented(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(source)
	}
	page, err := os.ReadFile("../docs/layernorm.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if row := "| " + string(k) + " | " + k.Guarantee().Hull + " |\n"; !strings.Contains(string(page), row) {
			t.Errorf("docs/layernorm.md has no row\n%s", row)
		}
	}
	seen := map[string]bool{}
	for _, f := range Facts() {
		if seen[f.Name] {
			t.Errorf("two facts %q", f.Name)
		}
		seen[f.Name] = true
		if !strings.Contains(tests.String(), "func "+f.Test+"(t ") {
			t.Errorf("fact %q names %s, which is no test", f.Name, f.Test)
		}
		if !strings.Contains(string(page), f.row()) {
			t.Errorf("docs/layernorm.md has no row\n%s", f.row())
		}
	}
}

// row is the fact's row in the table of docs/layernorm.md.
func (f Fact) row() string {
	kinds := make([]string, len(f.Kinds))
	for i, k := range f.Kinds {
		kinds[i] = string(k)
	}
	when := strings.Join(f.When, "; ")
	if when == "" {
		when = "always"
	}
	bar := strings.NewReplacer("|", `\|`)
	return "| `" + f.Name + "` | " + strings.Join(kinds, ", ") + " | " + string(f.Effect) + " | " + bar.Replace(f.Text) + " | " + bar.Replace(when) + " | `" + f.Test + "` |\n"
}
