package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

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
					key, s := k.x[i], 1.0
					if norm != "none" && norm != "project" {
						root := new(big.Float).SetPrec(300).SetRat(r)
						s, _ = root.Quo(big.NewFloat(1), root.Sqrt(root)).Float64()
						if !nearestRoot(s, r) {
							t.Fatalf("%s: %v is not the nearest to 1/√%v", norm, s, r)
						}
					}
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
			for c, v := range k.x[i] {
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
		{"NaN", "none", "", []float64{1, 2, 3, math.NaN()}, 0, "key 1: coordinate 1 is not finite"},
		{"Inf", "none", "", []float64{math.Inf(-1), 2}, 0, "key 0: coordinate 0 is not finite"},
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

// TestRank has flat sets and copies.
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
		if k.Rank(k.all) != c.rank {
			t.Errorf("rank %d of %v, not %d", k.Rank(k.all), c.rows, c.rank)
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
		if want := len(frame(p, all, p[0])); k.Rank(k.all) != want {
			t.Fatalf("rank %d of %v, by fractions %d", k.Rank(k.all), rows, want)
		}
	})
}
