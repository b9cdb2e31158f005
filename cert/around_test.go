package cert

import (
	"math"
	"math/rand/v2"
	"testing"
)

// strictly says by all lines through p and a point whether p is strictly inside the
// hull of points in the plane.
func strictly(p []int, x [][]int) bool {
	flat := true
	for _, a := range x {
		left, right := false, false
		for _, b := range x {
			turn := (a[0]-p[0])*(b[1]-p[1]) - (a[1]-p[1])*(b[0]-p[0])
			left, right = left || turn > 0, right || turn < 0
		}
		flat = flat && !left && !right
		if left != right || (a[0] != p[0] || a[1] != p[1]) && !left {
			return false
		}
	}
	return !flat
}

// TestAround: in the plane, what long lists prove is strictly inside, whatever their
// weights, and what is well inside is proved by weights that nearly give it.
func TestAround(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 12))
	proved, inside := 0, 0
	for range 4000 {
		n := 4 + rng.IntN(5)
		x, rows, list, weights := make([][]int, n), []float64(nil), make([]int, n), make([]float64, n)
		sum := 0.0
		for i := range x {
			x[i] = []int{rng.IntN(9) - 4, rng.IntN(9) - 4}
			rows = append(rows, float64(x[i][0]), float64(x[i][1]))
			list[i], weights[i] = i, rng.ExpFloat64()
			sum += weights[i]
		}
		for i := range weights {
			weights[i] /= sum
		}
		p := []int{rng.IntN(5) - 2, rng.IntN(5) - 2}
		k, err := NewKeys(append(rows, float64(p[0]), float64(p[1]), 50, 3, 3, -50), 2, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		in := strictly(p, x)
		if in {
			inside++
		}
		if k.Around(n, list, weights) {
			if proved++; !in {
				t.Fatalf("%v is not inside %v, but proved with %v", p, x, weights)
			}
		}
	}
	if proved < 300 || inside < proved {
		t.Errorf("%d proved of %d inside", proved, inside)
	}
}

// TestAroundNearly has keys on an edge of a square, and nearer to it than rounding.
func TestAroundNearly(t *testing.T) {
	square := []float64{1, 1, -1, 1, 1, -1, -1, -1}
	for _, c := range []struct {
		x    float64
		want bool
	}{{0, true}, {math.Nextafter(1, 0), true}, {1, false}, {math.Nextafter(1, 2), false}, {-1, false}} {
		k, err := NewKeys(append(square, c.x, 0, 0, 9), 2, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		right := (1 + c.x) / 4
		least := 0x1p-80 // where the true weight is as small or smaller
		if got := k.Around(4, []int{0, 1, 2, 3}, []float64{max(right, least), max(0.5-right, least), max(right, least), max(0.5-right, least)}); got != c.want {
			t.Errorf("%v: %v", c.x, got)
		}
	}
	k, err := NewKeys([]float64{0, 0, 1, 0, 2, 0, 3, 0, 1.5, 0, 0, 9}, 2, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if quarter := []float64{.25, .25, .25, .25}; k.Around(4, []int{0, 1, 2, 3}, quarter) {
		t.Error("keys on a line span a plane")
	}
}

// TestLongLists: what Check makes of certificates with them.
func TestLongLists(t *testing.T) {
	rows := []float64{1, 1, -1, 1, 1, -1, -1, -1, 0, 0, 1, 1}
	set := func(change func(k *Key)) *Set {
		s := certify(rows, 2)
		k := &s.Keys[4]
		k.Bases, k.Weights = [][]int{{0, 1, 2, 3}}, [][]float64{{.25, .25, .25, .25}}
		change(k)
		total(s)
		return s
	}
	for name, change := range map[string]func(k *Key){
		"":                func(*Key) {},
		"with copies":     func(k *Key) { k.Bases[0] = []int{5, 1, 2, 3} },
		"off a little":    func(k *Key) { k.Weights[0] = []float64{.26, .24, .26, .24} },
		"no weights":      func(k *Key) { k.Weights = nil },
		"null":            func(k *Key) { k.Weights[0] = nil },
		"few weights":     func(k *Key) { k.Weights[0] = []float64{.5, .5} },
		"a negative one":  func(k *Key) { k.Weights[0] = []float64{.75, .75, -.25, -.25} },
		"a zero":          func(k *Key) { k.Weights[0] = []float64{.5, 0, 0, .5} },
		"NaN":             func(k *Key) { k.Weights[0][1] = math.NaN() },
		"Inf":             func(k *Key) { k.Weights[0][1] = math.Inf(1) },
		"no sum":          func(k *Key) { k.Weights[0][1] = .3 },
		"itself":          func(k *Key) { k.Bases[0][0] = 4 },
		"out of range":    func(k *Key) { k.Bases[0][3] = 6 },
		"negative":        func(k *Key) { k.Bases[0][3] = -1 },
		"one side":        func(k *Key) { k.Bases[0] = []int{0, 1, 0, 1} },
		"a face":          func(k *Key) { k.Verdict = "face"; k.Query = &Query{Float: []float64{1, 0}} },
		"a face, no turn": func(k *Key) { k.Verdict = "face"; k.Query = &Query{Float: []float64{0, 0}} },
	} {
		k, err := NewKeys(rows, 2, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		s := set(change)
		failures := Check(k, s, func(n int, judge func(i int)) {
			for i := range n {
				judge(i)
			}
		})
		if good := name == "" || name == "with copies" || name == "off a little"; good != (failures == nil) {
			t.Errorf("%q: %q", name, failures)
		}
	}
	same, err := NewKeys([]float64{1, 1, 1}, 1, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &Set{N: 3, Dim: 1, Counts: map[string]int{"interior": 3}, UnselectableFraction: 1}
	for i := range 3 {
		s.Keys = append(s.Keys, Key{Index: i, Verdict: "interior", Bases: [][]int{{(i + 1) % 3, (i + 2) % 3}}, Weights: [][]float64{{.5, .5}}})
	}
	if f := Check(same, s, func(n int, judge func(i int)) {
		for i := range n {
			judge(i)
		}
	}); len(f) != 3 {
		t.Errorf("equal keys inside each other: %q", f)
	}
}
