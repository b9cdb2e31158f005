package norm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

var scaling = []Kind{Scale, ScalePublished, LayerNorm, RMSNorm}

// radicand returns the number whose inverse root is the factor, in fractions,
// straight from the definition.
func radicand(row []float64, kind Kind, eps float64) *big.Rat {
	d := new(big.Rat).SetInt64(int64(len(row)))
	m := new(big.Rat)
	if kind == LayerNorm {
		for _, v := range row {
			m.Add(m, new(big.Rat).SetFloat64(v))
		}
		m.Quo(m, d)
	}
	r := new(big.Rat)
	for _, v := range row {
		t := new(big.Rat).SetFloat64(v)
		t.Sub(t, m)
		r.Add(r, t.Mul(t, t))
	}
	r.Quo(r, d).Add(r, new(big.Rat).SetFloat64(eps))
	if kind == ScalePublished {
		r.Mul(r, d).Mul(r, d)
	}
	return r
}

// nearestInverseRoot reports whether no float64 is nearer to 1/√r than s: r
// lies between the inverse squares of the middles to both neighbours.
func nearestInverseRoot(s float64, r *big.Rat) bool {
	middle := func(to float64) *big.Rat {
		m := new(big.Rat).SetFloat64(math.Nextafter(s, to))
		m.Add(m, new(big.Rat).SetFloat64(s)).Quo(m, big.NewRat(2, 1))
		return m.Mul(m, m).Mul(m, r)
	}
	one := big.NewRat(1, 1)
	return middle(0).Cmp(one) <= 0 && middle(math.Inf(1)).Cmp(one) >= 0
}

// rowFamilies are rows that are hard in different ways.
var rowFamilies = map[string]func(*rand.Rand, int) float64{
	"gaussian":        func(r *rand.Rand, _ int) float64 { return r.NormFloat64() },
	"float32":         func(r *rand.Rand, _ int) float64 { return float64(float32(r.NormFloat64())) },
	"embedding":       func(r *rand.Rand, _ int) float64 { return 0.02 * r.NormFloat64() },
	"far from 0":      func(r *rand.Rand, _ int) float64 { return 1e6 + r.NormFloat64() },
	"nearly constant": func(r *rand.Rand, _ int) float64 { return 3 + 0x1p-50*float64(r.IntN(4)) },
	"whole":           func(r *rand.Rand, _ int) float64 { return float64(r.IntN(7) - 3) },
	"powers of two":   func(r *rand.Rand, _ int) float64 { return math.Ldexp(1, r.IntN(5)) },
	"wide":            func(r *rand.Rand, _ int) float64 { return math.Ldexp(r.NormFloat64(), r.IntN(1200)-600) },
	"tiny":            func(r *rand.Rand, _ int) float64 { return 1e-300 * r.NormFloat64() },
	"huge":            func(r *rand.Rand, _ int) float64 { return 1e300 * r.NormFloat64() },
	"one outlier": func(r *rand.Rand, c int) float64 {
		if c == 0 {
			return 1e12
		}
		return r.NormFloat64()
	},
}

// TestFactorsAreNearest holds every factor against the definition, by the
// squares of its neighbours in fractions; so both rungs are covered.
func TestFactorsAreNearest(t *testing.T) {
	for name, number := range rowFamilies {
		rng := rand.New(rand.NewPCG(1, uint64(len(name))))
		for trial := range 60 {
			d := 2 + rng.IntN(30)
			row := make([]float64, d)
			for c := range row {
				row[c] = number(rng, c)
			}
			eps := []float64{0, 0, 1e-5, 1e-12, 1e-300}[trial%5]
			for _, kind := range scaling {
				r := radicand(row, kind, eps)
				s, err := Factors(row, d, kind, eps)
				if r.Sign() == 0 {
					if err == nil {
						t.Errorf("%s %v: no error for %v", name, kind, row)
					}
					continue
				}
				if err != nil || !nearestInverseRoot(s[0], r) {
					t.Errorf("%s %v eps %g: factor %v, %v of %v", name, kind, eps, s, err, row)
				}
			}
		}
	}
}

// TestRungsAgree: the fast path gives the bits of the exact one wherever it
// answers, and both are used.
func TestRungsAgree(t *testing.T) {
	used := map[string][2]int{}
	for name, number := range rowFamilies {
		rng := rand.New(rand.NewPCG(2, uint64(len(name))))
		for _, d := range []int{1, 2, 3, 8, 100, 768} {
			row := make([]float64, d)
			for trial := range 12 {
				for c := range row {
					row[c] = number(rng, c)
				}
				for _, kind := range scaling {
					for _, eps := range []float64{0, 1e-5, 1e300} {
						fast, ok := fastFactor(row, kind, eps)
						if ok && fast != exactFactor(row, kind, eps) {
							t.Fatalf("%s %v d %d trial %d eps %g: fast %v, exact %v", name, kind, d, trial, eps, fast, exactFactor(row, kind, eps))
						}
						if count := used[name]; d > 1 && eps < 1 {
							if ok {
								count[0]++
							} else {
								count[1]++
							}
							used[name] = count
						}
					}
				}
			}
		}
	}
	t.Log("fast, exact:", used)
	if c := used["gaussian"]; c[0] == 0 || c[1] > 0 {
		t.Errorf("Gaussian rows: %d fast, %d exact", c[0], c[1])
	}
	if c := used["tiny"]; c[1] == 0 {
		t.Error("tiny rows never reach the exact rung")
	}
}

// TestFastErrorBound compares the double sums with exact ones: their error
// must stay under the bound that the rounding test trusts.
func TestFastErrorBound(t *testing.T) {
	for name, number := range rowFamilies {
		if name == "wide" || name == "tiny" || name == "huge" {
			continue
		}
		rng := rand.New(rand.NewPCG(3, uint64(len(name))))
		for _, d := range []int{2, 8, 300} {
			row := make([]float64, d)
			for range 20 {
				top := 0.0
				for c := range row {
					row[c] = number(rng, c)
					top = max(top, math.Abs(row[c]))
				}
				if top == 0 {
					continue
				}
				shrink := math.Ldexp(1, -math.Ilogb(top))
				for _, kind := range []Kind{Scale, LayerNorm} {
					got, slack := squares(row, shrink), 0.0
					if kind == LayerNorm {
						got, slack = centredSquares(row, shrink), 64
					}
					bound := 16 * u2 * float64(d*d) * (got.hi + slack)
					exact := radicand(row, kind, 0)
					exact.Mul(exact, big.NewRat(int64(d), 1)).Mul(exact, new(big.Rat).SetFloat64(shrink*shrink))
					exact.Sub(exact, new(big.Rat).SetFloat64(got.hi)).Sub(exact, new(big.Rat).SetFloat64(got.lo))
					if e, _ := exact.Float64(); math.Abs(e) > bound/8 {
						t.Errorf("%s %v d %d: error %g, bound %g", name, kind, d, e, bound)
					}
				}
			}
		}
	}
}

func TestFactorsByHand(t *testing.T) {
	rows := []float64{3, 4, 0, 0, 2, 2, 4, 4} // Σx² 25 and 40, variances 3.1875 and 1
	cases := []struct {
		kind Kind
		eps  float64
		want []float64
	}{
		{None, 0, []float64{1, 1}},
		{Project, 0, []float64{1, 1}},
		{Scale, 0, []float64{0.4, 1 / math.Sqrt(10)}},
		{RMSNorm, 0, []float64{0.4, 1 / math.Sqrt(10)}},
		{ScalePublished, 0, []float64{0.1, 0.25 / math.Sqrt(10)}},
		{LayerNorm, 3, []float64{1 / math.Sqrt(6.1875), 0.5}},
		{LayerNorm, 0, []float64{1 / math.Sqrt(3.1875), 1}},
	}
	for _, c := range cases {
		got, err := Factors(rows, 4, c.kind, c.eps)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(got[i]/c.want[i]-1) > 1e-15 {
				t.Errorf("%v eps %g: %v, want %v", c.kind, c.eps, got, c.want)
			}
		}
	}
}

func TestFactorsRefuse(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	cases := []struct {
		rows []float64
		kind string
		eps  float64
		want string
	}{
		{[]float64{1, 2, 0, 0}, "scale", 0, "row 1: scale is undefined: its norm and eps are 0"},
		{[]float64{1, 2, 0.1, 0.1}, "layernorm", 0, "row 1: layernorm is undefined: its variance and eps are 0"},
		{[]float64{1, 2, 5e-324, 0}, "rmsnorm", 0, "row 1: rmsnorm is undefined: its factor is larger"},
		{[]float64{1, 2, 3, nan}, "scale", 0, "row 1, coordinate 1 is NaN"},
		{[]float64{1, -inf}, "none", 0, "row 0, coordinate 1 is -Inf"},
		{[]float64{1, 2}, "scale", -1, "eps is -1"},
		{[]float64{1, 2}, "scale", nan, "eps is NaN"},
		{[]float64{1, 2}, "scale", inf, "eps is +Inf"},
		{[]float64{1, 2}, "dyt", 0, "dyt is no factor"},
		{[]float64{1, 2}, "nonsense", 0, "nonsense is no factor"},
	}
	for _, c := range cases {
		if _, err := Factors(c.rows, 2, c.kind, c.eps); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %s eps %g: %v, want %q", c.rows, c.kind, c.eps, err, c.want)
		}
	}
	if s, err := Factors([]float32(nil), 3, Scale, 0); err != nil || len(s) != 0 {
		t.Errorf("no rows: %v, %v", s, err)
	}
	if s, err := Factors([]float32{0, 0}, 2, LayerNorm, 0.25); err != nil || s[0] != 2 {
		t.Errorf("eps for a zero row: %v, %v", s, err)
	}
}

// FuzzFactors: any bits are refused with an error, or get the nearest factor.
func FuzzFactors(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 0.0)
	f.Add(0.1, 0.1, 0.1, 1e-5)
	f.Add(1e300, -1e-300, 5e-324, 1e-12)
	f.Add(math.NaN(), 0.0, 0.0, -1.0)
	f.Fuzz(func(t *testing.T, a, b, c, eps float64) {
		row := []float64{a, b, c}
		for _, kind := range scaling {
			if s, err := Factors(row, 3, kind, eps); err == nil && !nearestInverseRoot(s[0], radicand(row, kind, eps)) {
				t.Errorf("%v of %v, eps %g: %v", kind, row, eps, s)
			}
		}
	})
}

func BenchmarkFactors(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, 1000*768)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for _, kind := range []Kind{Scale, LayerNorm} {
		b.Run(fmt.Sprint(kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := Factors(x, 768, kind, 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/number")
		})
	}
	b.Run("exact", func(b *testing.B) {
		for b.Loop() {
			exactFactor(x[:768], LayerNorm, 0)
		}
	})
}
