package keyhull_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"keyhull"
	"keyhull/internal/oracle"
)

// TestBestAttentionFamilies: on every kind of key sets the gap is what
// BestAttention says, the query gives the weight, and no slow ascent, from 0 or
// from the query, finds more than the bound.
func TestBestAttentionFamilies(t *testing.T) {
	for _, f := range oracle.Families {
		for seed := range uint64(4) {
			rng := rand.New(rand.NewPCG(seed, 11))
			s := newScores(t, oracle.New(f.Name, seed), rng)
			for _, size := range []float64{2, 20, 300, 2000} {
				s.check(t, size)
			}
		}
	}
}

// TestBestAttentionFlat: along directions in which no key differs, steps once
// were rounding divided by rounding.
func TestBestAttentionFlat(t *testing.T) {
	in := oracle.New("collinear", 110)
	best, err := keyhull.BestAttention(in.Keys(), 10, 1.902288261648116)
	if err != nil || best.UpperBound > best.Weight+1e-9 || best.Weight < 0.18147399 {
		t.Errorf("%+v, %v", best, err)
	}
}

// scores are a key set less its key i, exactly and then rounded, in units of
// 2^exp.
type scores struct {
	name string
	keys keyhull.Keys
	i    int
	x    []float64 // rows k_j − k_i
	d    int
	exp  int
	far  float64 // the largest distance
	best *keyhull.Attender
}

func newScores(t *testing.T, in oracle.Instance, rng *rand.Rand) *scores {
	s := &scores{keys: in.Keys(), i: rng.IntN(in.N()), d: in.Width, exp: math.MinInt32}
	s.name = fmt.Sprintf("%s %d, key %d", in.Family, in.Seed, s.i)
	points := exactPoints(in.Data, in.Width, in.Factors, in.Projects())
	var away []*big.Float
	for _, p := range points {
		for c, v := range p {
			v := new(big.Float).SetPrec(80).SetRat(new(big.Rat).Sub(v, points[s.i][c]))
			if away = append(away, v); v.Sign() != 0 {
				s.exp = max(s.exp, v.MantExp(nil))
			}
		}
	}
	for _, v := range away {
		s.x = append(s.x, float(v.SetMantExp(v, -s.exp)))
	}
	for j := 0; j < len(s.x); j += s.d {
		s.far = max(s.far, norm(s.x[j:j+s.d]))
	}
	var err error
	if s.best, err = keyhull.NewAttender(s.keys); err != nil {
		t.Fatal(err)
	}
	return s
}

// check asks for the best attention where scores are up to size.
func (s *scores) check(t *testing.T, size float64) {
	radius := size
	if s.far > 0 {
		radius = size / s.far
	}
	r := math.Ldexp(radius, -s.exp)
	if s.exp == math.MinInt32 || r < 0x1p-1000 || math.IsInf(r, 0) {
		return
	}
	a := s.best.Best(s.i, r)
	if limit := 1e-9 + 2e-14*size*size; !(a.UpperBound >= a.Weight) || a.UpperBound > a.Weight+limit {
		t.Errorf("%s, scores to %v: bound %v is %.3g above %v", s.name, size, a.UpperBound, a.UpperBound-a.Weight, a.Weight)
	}
	q := make([]float64, s.d)
	for c, v := range a.Query {
		q[c] = math.Ldexp(v, s.exp)
	}
	if w := softmax(s.x, s.d, q, s.i); math.Abs(w-a.Weight) > 1e-14*(1+size) || norm(q) > radius*(1+1e-14) {
		t.Errorf("%s, scores to %v: the query of norm %v gives %v, not %v", s.name, size, norm(q), w, a.Weight)
	}
	if size > 300 { // too much for plain exponentials
		return
	}
	for _, start := range [][]float64{make([]float64, s.d), q} {
		if w := gradientAscent(s.x, s.d, s.i, radius, start, 150); w > a.UpperBound+1e-14*(1+size) {
			t.Errorf("%s, scores to %v: found %v above the bound %v", s.name, size, w, a.UpperBound)
		}
	}
}
