package shortcut

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"keyhull/cert"
)

// twins are keys, fast and plain.
func twins(t interface{ Fatal(...any) }, rows []float64, dim int) (*Keys, *cert.Keys) {
	k, err := NewKeys(rows, dim, "none", "", 0)
	p, err2 := cert.NewKeys(rows, dim, "none", "", 0)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return k, p
}

// TestNorms has pairs of rows, and queries that score both keys alike if they are
// what the shortcuts take them for.
func TestNorms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		norm := rapid.SampledFrom([]string{"none", "project", "scale", "rmsnorm", "layernorm", "batch"}).Draw(t, "norm")
		reading := rapid.SampledFrom([]string{"affine", "ambient"}).Draw(t, "reading")
		eps := rapid.SampledFrom([]float64{0, 1e-5, 2, -1, math.Inf(1)}).Draw(t, "eps")
		size := rapid.SampledFrom([]float64{1, 0, 1e-150, 1e150, math.Inf(1), math.NaN()}).Draw(t, "size")
		rows := make([]float64, 2*4)
		for i := range rows {
			rows[i] = rng.NormFloat64() * size
		}
		k, err := NewKeys(rows, 4, norm, reading, eps)
		p, err2 := cert.NewKeys(rows, 4, norm, reading, eps)
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%v, by fractions %v", err, err2)
		} else if err != nil {
			return
		}
		k1, k2, k3, k4 := k.Size()
		if p1, p2, p3, p4 := p.Size(); k1 != p1 || k2 != p2 || k3 != p3 || k4 != p4 {
			t.Fatalf("sizes %d %d %d %d, by fractions %d %d %d %d", k1, k2, k3, k4, p1, p2, p3, p4)
		}
		q := &cert.Query{}
		a, b := rng.IntN(k.dim), rng.IntN(k.dim)
		for c := range k.dim {
			q.Exact = append(q.Exact, new(big.Rat))
			if c == a && a != b {
				q.Exact[a].SetInt(k.diff(0, 1, b))
			} else if c == b && a != b {
				q.Exact[b].SetInt(k.diff(1, 0, a))
			}
		}
		for _, keys := range []cert.Arithmetic{k, p} {
			if tied, higher := keys.Ties(q, 0, 2); higher >= 0 || len(tied) != 1 {
				t.Fatalf("%T: the keys do not tie: %v, %d", keys, tied, higher)
			}
		}
	})
}

// TestTies compares scores found by the 31-bit filter with plain fractions,
// on keys of mixed scales and queries on which many scores nearly tie.
func TestTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := rapid.IntRange(1, 9).Draw(t, "d"), rapid.IntRange(1, 30).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		spread := rapid.SampledFrom([]int{0, 3, 40, 1900}).Draw(t, "spread")
		rows := make([]float64, n*d)
		for i := range rows {
			rows[i] = math.Ldexp(float64(rng.IntN(5)-2), rng.IntN(spread+1)-spread/2)
			if rng.IntN(3) == 0 {
				rows[i] = math.Nextafter(rows[rng.IntN(i+1)], rng.NormFloat64())
			}
		}
		if spread == 0 && rng.IntN(2) == 0 {
			for i := range rows {
				rows[i] += 1e9
			}
		}
		k, plain := twins(t, rows, d)
		q := &cert.Query{Exact: make([]*big.Rat, d)}
		for c := range q.Exact {
			q.Exact[c] = new(big.Rat).Mul(big.NewRat(int64(rng.IntN(7)-3), int64(1+rng.IntN(5))), new(big.Rat).SetFloat64(math.Ldexp(1, rng.IntN(spread+1)-spread/2)))
		}
		if rng.IntN(2) == 0 {
			q.Float = make([]float64, d)
			for c := range q.Float {
				q.Float[c], _ = q.Exact[c].Float64()
				q.Exact[c] = new(big.Rat).SetFloat64(q.Float[c])
			}
		}
		i, limit := rng.IntN(n), 1+rng.IntN(n)
		if q.Float != nil {
			q.Exact = nil
		}
		got, higher := k.Ties(q, i, limit)
		if want, above := plain.Ties(q, i, limit); higher != above || !slices.Equal(got, want) {
			t.Fatalf("%v, %d; by fractions %v, %d", got, higher, want, above)
		}
		for j := range limit {
			if got, want := k.Rank([]int{i, j}), plain.Rank([]int{i, j}); got != want {
				t.Fatalf("rank %d of keys %d and %d, by fractions %d", got, i, j, want)
			}
		}
	})
}

// TestInside compares bases with plain fractions: keys close to a facet of the
// basis, far from the origin, in flat sets and on many scales.
func TestInside(t *testing.T) {
	clear, exact := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 6).Draw(t, "d")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
		rows := make([]float64, (d+2)*d)
		offset, grain := []float64{0, 1e6}[rng.IntN(2)], []float64{1e-9, 0.25, 1e-17}[rng.IntN(3)]
		for i := range rows {
			rows[i] = offset + math.Round(rng.NormFloat64()/grain)*grain
		}
		weight, left := make([]float64, d+1), 1.0 // p is near a mean of the others
		for b := range weight {
			weight[b] = left * []float64{0.5, 0.4, 0.3, 0.25, 0.1, 1e-9, 1e-12, 0}[rng.IntN(8)]
			left -= weight[b]
		}
		weight[d] += left
		for c := range d {
			rows[(d+1)*d+c] = 0
			for b, w := range weight {
				rows[(d+1)*d+c] += w * rows[b*d+c]
			}
		}
		if flat := rng.IntN(3) == 0; flat {
			for i := 0; i < len(rows); i += d {
				rows[i] = rows[i+d-1]
			}
		}
		k, plain := twins(t, rows, d)
		for try := range 3 {
			basis := rng.Perm(d + 1)[:2+rng.IntN(d)]
			if try == 0 {
				basis = rng.Perm(d + 1)
			}
			got, want := k.Inside(d+1, basis), plain.Inside(d+1, basis)
			if got != want {
				t.Fatalf("basis %v of %v: %v, by fractions %v", basis, rows, got, want)
			}
			if len(basis) == len(k.cols)+1 && len(basis) > 1 {
				if k.clearlyInside(d+1, basis) {
					clear++
				} else if want {
					exact++
				}
			}
		}
	})
	if clear < 20 || exact < 5 {
		t.Errorf("%d bases were clear, %d needed exact weights: too few to tell", clear, exact)
	}
}

// TestRank has flat sets, numbers that vanish modulo the prime that the rank is
// first sought with, and copies.
func TestRank(t *testing.T) {
	const prime = 1<<31 - 1
	for _, c := range []struct {
		dim, rank int
		rows      []float64
	}{
		{2, 0, []float64{1, 2, 1, 2}},
		{1, 1, []float64{0, prime, 2 * prime}},
		{2, 2, []float64{0, 0, prime, 0, 0, prime, prime, prime}},
		{3, 2, []float64{0, 0, 0, 0, 0, prime, prime, prime, 0, 1, 1, 1}},
		{3, 3, []float64{0, 0, 0, 1, 1, 1, prime + 1, 1, 1, 1, 1, 1 + prime}},
		{2, 1, []float64{1e300, 1e300, 1e-300, 1e-300, 0, 0, 5, 5}},
		{2, 2, []float64{1e300, 1e300, 1e-300, 1e-300, 0, 0, 5, math.Nextafter(5, 6)}},
		{4, 1, []float64{0, 0, 0, 0, 1, 1, 1, 1}},
	} {
		k, plain := twins(t, c.rows, c.dim)
		_, _, _, want := plain.Size()
		if len(k.cols) != c.rank || want != c.rank {
			t.Errorf("rank %d of %v, by fractions %d, not %d", len(k.cols), c.rows, want, c.rank)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, n, r := rapid.IntRange(1, 6).Draw(t, "d"), rapid.IntRange(1, 9).Draw(t, "n"), rapid.IntRange(0, 6).Draw(t, "r")
		num := rapid.SampledFrom([]float64{-2, -1, 0, 0, 1, 3, prime, 0.5, 1e20})
		a, b := rapid.SliceOfN(num, n*r, n*r).Draw(t, "a"), rapid.SliceOfN(num, r*d, r*d).Draw(t, "b")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		rows := make([]float64, n*d)
		for i := range rows {
			for l := range r {
				rows[i] += a[i/d*r+l] * b[l*d+i%d]
			}
		}
		k, plain := twins(t, rows, d)
		if _, _, _, want := plain.Size(); len(k.cols) != want {
			t.Fatalf("rank %d of %v, by fractions %d", len(k.cols), rows, want)
		}
		some := make([]int, rng.IntN(n+3)) // with repetitions
		for j := range some {
			some[j] = rng.IntN(n)
		}
		if got, want := k.Rank(some), plain.Rank(some); got != want {
			t.Fatalf("rank %d of %v in %v, by fractions %d", got, some, rows, want)
		}
	})
}

// TestCheck holds failures against the order of workers, and stops.
func TestCheck(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]float64, 10*2)
	for i := range rows {
		rows[i] = float64(rng.IntN(5))
	}
	k, _ := twins(t, rows, 2)
	s := &cert.Set{N: 10, Dim: 2}
	for i := range 9 {
		s.Keys = append(s.Keys, cert.Key{Index: i, Verdict: "selectable", Query: &cert.Query{Float: []float64{1, float64(i)}}})
	}
	last := -1
	first, _ := Check(context.Background(), k, s, func(done, all int) {
		if done < last || all != 10 {
			t.Errorf("progress %d of %d after %d", done, all, last)
		}
		last = done
	})
	if last < 0 || len(first) == 0 {
		t.Errorf("no progress or no failure: %d, %q", last, first)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again, _ := Check(context.Background(), k, s, nil); !slices.Equal(first, again) {
		t.Errorf("%q, on one core %q", first, again)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, k, s, nil); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
