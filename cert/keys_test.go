package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// exactly returns key i of k as fractions.
func (k *Keys) exactly(i int) point {
	p := make(point, k.dim)
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), uint(-k.ex-k.ef)))
	for c := range p {
		p[c] = new(big.Rat).SetInt(k.at(i, c))
		p[c].Mul(p[c], unit)
	}
	return p
}

// norms by plain fractions: the mean, the radicand of the factor.
func radicand(row point, project bool, eps float64) (mean, r *big.Rat) {
	d := new(big.Rat).SetInt64(int64(len(row)))
	mean, r = new(big.Rat), new(big.Rat)
	for _, v := range row {
		mean.Add(mean, v)
	}
	if mean.Quo(mean, d); !project {
		mean.SetInt64(0)
	}
	for _, v := range row {
		u := new(big.Rat).Sub(v, mean)
		r.Add(r, u.Mul(u, u))
	}
	r.Quo(r, d)
	return mean, r.Add(r, new(big.Rat).SetFloat64(eps))
}

// nearestRoot reports whether s is the float64 nearest to 1/√r: r·m² compares
// with 1 as the middle m between s and its neighbour compares with 1/√r.
func nearestRoot(s float64, r *big.Rat) bool {
	for _, way := range []float64{0, math.Inf(1)} {
		m := new(big.Rat).SetFloat64(math.Nextafter(s, way))
		m.Add(m, new(big.Rat).SetFloat64(s))
		m.Quo(m, big.NewRat(2, 1))
		m.Mul(m, m)
		above := m.Mul(m, r).Cmp(big.NewRat(1, 1)) >= 0
		if above != (way > 0) {
			return false
		}
	}
	return true
}

func TestNorms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, scale := range []float64{1, 1e-150, 1e150} {
		for _, eps := range []float64{0, 1e-5} {
			for _, norm := range []string{"none", "project", "scale", "rmsnorm", "layernorm"} {
				rows := make([]float64, 5*4)
				for i := range rows {
					rows[i] = rng.NormFloat64() * scale
				}
				k, err := NewKeys(rows, 4, norm, "affine", eps)
				if err != nil {
					t.Fatal(norm, err)
				}
				project := norm == "project" || norm == "layernorm"
				for i, row := range points(rows, 4) {
					_, r := radicand(row, project, eps)
					s := k.factor[i]
					if norm == "none" || norm == "project" {
						if s != 1 {
							t.Errorf("%s: factor %v", norm, s)
						}
					} else if !nearestRoot(s, r) {
						t.Errorf("%s: %v is not the nearest to 1/√%v", norm, s, r)
					}
					key := k.exactly(i)
					if len(key) != 4 && !project || len(key) != 3 && project {
						t.Fatalf("%s: %d coordinates", norm, len(key))
					}
					for c, v := range key {
						want := new(big.Rat).Set(row[c])
						if project {
							want.Sub(want, row[3])
						}
						if want.Mul(want, new(big.Rat).SetFloat64(s)); want.Cmp(v) != 0 {
							t.Errorf("%s: coordinate %d of key %d is %v, not %v", norm, c, i, v, want)
						}
					}
				}
			}
		}
	}
}

func TestAmbient(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, norm := range []string{"project", "layernorm"} {
		rows := make([]float64, 20*3)
		for i := range rows {
			rows[i] = rng.NormFloat64()
		}
		k, err := NewKeys(rows, 3, norm, "ambient", 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range points(rows, 3) {
			mean, r := radicand(row, true, 0)
			s := new(big.Rat).SetInt64(1)
			if norm == "layernorm" {
				root, _ := new(big.Float).SetPrec(300).SetRat(r.Inv(r)).Sqrt(new(big.Float).SetPrec(300).SetRat(r)).Float64()
				s.SetFloat64(root)
			}
			for c, v := range k.exactly(i) {
				want := new(big.Rat).Sub(row[c], mean)
				f, _ := want.Mul(want, s).Float32()
				if got, exact := v.Float32(); got != f || !exact {
					t.Errorf("%s: coordinate %d of key %d is %v, not %v", norm, c, i, v, f)
				}
			}
		}
	}
}

func TestNewKeysRefuses(t *testing.T) {
	for _, c := range []struct {
		what, norm, reading string
		rows                []float64
		eps                 float64
		want                string
	}{
		{"NaN", "none", "", []float64{1, 2, 3, math.NaN()}, 0, "key 1, coordinate 1 is not finite"},
		{"Inf", "none", "", []float64{math.Inf(-1), 2}, 0, "key 0, coordinate 0 is not finite"},
		{"a zero row", "scale", "", []float64{1, 2, 0, 0}, 0, "key 1: the norm is undefined"},
		{"no variance", "layernorm", "affine", []float64{1, 2, 3, 3}, 0, "key 1: the norm is undefined"},
		{"eps below 0", "rmsnorm", "", []float64{1, 1}, -1, "eps is -1"},
		{"eps NaN", "rmsnorm", "", []float64{1, 1}, math.NaN(), "eps is NaN"},
		{"beyond float64", "scale", "", []float64{5e-324, 0}, 0, "key 0: the norm is undefined"},
		{"beyond float32", "project", "ambient", []float64{1e300, 0}, 0, "key 0: coordinate 0 is too large for float32"},
		{"unknown norm", "batch", "", []float64{1, 1}, 0, `unknown norm "batch"`},
		{"unknown reading", "project", "", []float64{1, 1}, 0, `unknown norm "project", reading ""`},
	} {
		if _, err := NewKeys(c.rows, 2, c.norm, c.reading, c.eps); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", c.what, err, c.want)
		}
	}
	if k, err := NewKeys(nil, 2, "none", "", 0); err != nil || check(t, k, &Set{Dim: 2}) != nil {
		t.Errorf("no keys: %v", err)
	}
	if k, err := NewKeys([]float64{1, 2}, 1, "project", "affine", 0); err != nil || k.dim != 0 {
		t.Errorf("one coordinate projected: %v", err)
	}
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
		k, err := NewKeys(rows, d, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		q := &Query{Exact: make([]*big.Rat, d)}
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
		p := points(rows, d)
		var tied []int
		above := false
		for j := range limit {
			switch s := inner(minus(p[j], p[i]), q.Exact).Sign(); {
			case j == i:
			case s > 0:
				above = true
			case s == 0:
				tied = append(tied, j)
			}
		}
		if q.Float != nil {
			q.Exact = nil
		}
		got, err := k.ties(q, i, limit)
		if (err != nil) != above || !above && !slices.Equal(got, tied) {
			t.Fatalf("%v, %v; by fractions %v, above %v", got, err, tied, above)
		}
	})
}

// TestConvex compares bases with plain fractions: keys close to a facet of the
// basis, far from the origin, in flat sets and on many scales.
func TestConvex(t *testing.T) {
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
		k, err := NewKeys(rows, d, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		p, all := points(rows, d), make([]int, d+2)
		for j := range all {
			all[j] = j
		}
		if r := len(frame(p, all, p[0])); r != len(k.cols) {
			t.Fatalf("rank %d, by fractions %d", len(k.cols), r)
		}
		for try := range 3 {
			basis := rng.Perm(d + 1)[:1+rng.IntN(d+1)]
			if try == 0 {
				basis = rng.Perm(d + 1)
			}
			got, want := k.convex(d+1, basis, d+2), proves(p, d+1, basis)
			if (got == nil) != want {
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
		{2, 1, []float64{huge, huge, tiny, tiny, 0, 0, 5, 5}},
		{2, 2, []float64{huge, huge, tiny, tiny, 0, 0, 5, math.Nextafter(5, 6)}},
		{4, 1, []float64{0, 0, 0, 0, 1, 1, 1, 1}},
	} {
		k := mustKeys(t, c.rows, c.dim)
		if len(k.cols) != c.rank {
			t.Errorf("rank %d of %v, not %d", len(k.cols), c.rows, c.rank)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, n, r := rapid.IntRange(1, 6).Draw(t, "d"), rapid.IntRange(1, 9).Draw(t, "n"), rapid.IntRange(0, 6).Draw(t, "r")
		num := rapid.SampledFrom([]float64{-2, -1, 0, 0, 1, 3, prime, 0.5, 1e20})
		a, b := rapid.SliceOfN(num, n*r, n*r).Draw(t, "a"), rapid.SliceOfN(num, r*d, r*d).Draw(t, "b")
		rows := make([]float64, n*d)
		for i := range rows {
			for l := range r {
				rows[i] += a[i/d*r+l] * b[l*d+i%d]
			}
		}
		k, err := NewKeys(rows, d, "none", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		p, all := points(rows, d), make([]int, n)
		for j := range all {
			all[j] = j
		}
		if want := len(frame(p, all, p[0])); len(k.cols) != want {
			t.Fatalf("rank %d of %v, by fractions %d", len(k.cols), rows, want)
		}
	})
}
