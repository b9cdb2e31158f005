package hull

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"keyhull/internal/vec"
)

func decided(t testing.TB, src *Source) *Outcome {
	t.Helper()
	o, err := Decide(context.Background(), src, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func normals(seed uint64, n, d int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n*d)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// TestEachRung has a set for each rung of the ladder, so that none is dead code.
func TestEachRung(t *testing.T) {
	lattice := []float64{}
	for i := range 64 {
		lattice = append(lattice, float64(i%4), float64(i/4%4), float64(i/16))
	}
	flat := normals(2, 200, 4)
	for i := 3; i < len(flat); i += 4 {
		flat[i] = flat[i-1] + 1e-6*flat[i]
	}
	for _, c := range []struct {
		name string
		src  Source
		of   func(*Outcome) int
	}{
		{"plane", Source{N: 50, Width: 2, F64: normals(1, 50, 2)}, func(o *Outcome) int { return o.Plane }},
		{"scan", Source{N: 100, Width: 6, F64: normals(1, 100, 6)}, func(o *Outcome) int { return o.Scan }},
		{"walk", Source{N: 400, Width: 6, F64: normals(1, 400, 6)}, func(o *Outcome) int { return o.Walk }},
		{"exact", Source{N: 64, Width: 3, F64: lattice}, func(o *Outcome) int { return o.Exact }},
		{"whitened", Source{N: 200, Width: 4, F64: flat}, func(o *Outcome) int {
			if !o.Whitened || o.Exact > 20 {
				return 0
			}
			return o.Walk
		}},
	} {
		if o := decided(t, &c.src); c.of(o) == 0 {
			t.Errorf("%s: decided nothing: scan %d, walk %d, exact %d, plane %d, whitened %v",
				c.name, o.Scan, o.Walk, o.Exact, o.Plane, o.Whitened)
		}
	}
}

// TestTooFineForFloats: beside 2^900 the coordinate −2^-300 is lost when the
// points are centred, and only exact prices see that the origin is interior.
func TestTooFineForFloats(t *testing.T) {
	b, e := math.Ldexp(1, 900), math.Ldexp(1, -300)
	x := []float64{b, 0, 0, 0, b, 0, -b, -b, 0, 0, 0, b, 0, 0, -e, 0, 0, 0, b / 4, b / 4, 0}
	o := decided(t, &Source{N: 7, Width: 3, F64: x})
	for i := range 7 {
		want := Selectable
		if i > 4 {
			want = Interior
		}
		if got := o.Proof(i).Verdict; got != want {
			t.Errorf("point %d: verdict %d, not %d", i, got, want)
		}
	}
}

// TestQueriesBeyondFloats: certificates of points at the ends of float64's
// range hold when they are checked in fractions.
func TestQueriesBeyondFloats(t *testing.T) {
	least := 0x1p-1074
	for name, src := range map[string]*Source{
		"subnormal":   {N: 3, Width: 2, F64: []float64{0, 0, least, 0, 0, least}},
		"subnormal 3": {N: 4, Width: 3, F64: []float64{0, 0, 0, least, 0, 0, 0, least, 0, 0, 0, least}},
		"both ends":   {N: 4, Width: 3, F64: []float64{0, 0, 0, least, 0, 0, 0, 1, 0, 0, 0, 0x1p1000}},
		"factors": {N: 4, Width: 3, F64: []float64{1, 2, 3, 4, 5, 7, 7, 8, 8, 1, 0, 1},
			Scale: []float64{0x1p-1000, 0x1p-500, 0x1p-400, 0x1p-900}},
	} {
		o := decided(t, src)
		for i := range src.N {
			if err := wins(src, o.Proof(i), i); err != "" {
				t.Errorf("%s, point %d: %s", name, i, err)
			}
		}
	}
}

// wins checks the query of vertex i in fractions.
func wins(src *Source, p Proof, i int) string {
	q := p.Exact
	for _, v := range p.Query {
		r := new(big.Rat)
		if r.SetFloat64(v) == nil {
			return "a query that is not finite"
		}
		q = append(q, r)
	}
	for j := range src.N {
		lead := new(big.Rat)
		for c := range q {
			low := min(src.lowBit(i, c), src.lowBit(j, c))
			if low == math.MaxInt32 {
				continue
			}
			d := new(big.Int).Sub(src.exact(i, c, low), src.exact(j, c, low))
			r := new(big.Rat).SetInt(d)
			unit := new(big.Rat).SetInt(pow2(uint(max(low, -low))))
			if low < 0 {
				unit.Inv(unit)
			}
			lead.Add(lead, r.Mul(r.Mul(r, unit), q[c]))
		}
		if j != i && lead.Sign() <= 0 {
			return "its query does not win"
		}
	}
	return ""
}

// TestMemoryUsedAgain: what a decision before left in memory changes no proof.
func TestMemoryUsedAgain(t *testing.T) {
	flat := normals(2, 300, 5)
	for i := 4; i < len(flat); i += 5 {
		flat[i] = flat[i-1] + 1e-6*flat[i]
	}
	sets := []*Source{
		{N: 300, Width: 5, F64: flat},
		{N: 700, Width: 7, F64: normals(3, 700, 7)},
		{N: 150, Width: 20, F64: normals(4, 150, 20)},
		{N: 400, Width: 33, F64: normals(5, 400, 33)},
		{N: 90, Width: 3, F64: normals(6, 90, 3)},
	}
	proofs := func(k int) []Proof {
		o, err := Decide(context.Background(), sets[k], Options{Workers: 2, Leads: k == 1})
		if err != nil {
			t.Fatal(err)
		}
		all := make([]Proof, sets[k].N)
		for i := range all {
			all[i] = o.Proof(i)
		}
		return all
	}
	fresh := make([][]Proof, len(sets))
	for k := range sets {
		runtime.GC() // the second empties pools
		runtime.GC()
		fresh[k] = proofs(k)
	}
	for range 3 {
		for _, k := range rand.Perm(len(sets)) {
			if !reflect.DeepEqual(proofs(k), fresh[k]) {
				t.Errorf("set %d: other proofs", k)
			}
		}
	}
}

// TestScoreBounds holds the error bounds of scores against exact sums.
func TestScoreBounds(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		n, d := 24, 1+rng.IntN(40)
		x := normals(seed, n, d)
		for i := range x {
			x[i] = math.Ldexp(x[i], rng.IntN(40)-20)
		}
		set, err := newSet(&Source{N: n, Width: d, F64: x}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := set.reduce(2); err != nil {
			t.Fatal(err)
		}
		set.centreAll(2)
		f := &frame{dim: set.dim, w: set.w, maxW: set.maxW, err: set.err}
		q := normals(seed+100, 1, set.dim)
		for i := range n {
			exact := new(big.Rat)
			for c, v := range q {
				w := new(big.Rat).SetFloat64(math.Ldexp(x[i*d+set.cols[c]], -set.exp[c]))
				w.Sub(w, new(big.Rat).SetFloat64(set.centre[c]))
				exact.Add(exact, w.Mul(w, new(big.Rat).SetFloat64(v)))
			}
			got := vec.Dot(q, f.row(i))
			diff, _ := exact.Sub(exact, new(big.Rat).SetFloat64(got)).Float64()
			if math.Abs(diff) > f.bound64(q) {
				t.Errorf("seed %d, point %d: off by %g, bound %g", seed, i, diff, f.bound64(q))
			}
		}
	}
}
