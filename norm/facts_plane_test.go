package norm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"keyhull"
)

// projected returns d·(x − mean·1) of whole numbers, which is whole.
func projected(x []float64, d int) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		sum := 0.0
		for _, v := range x[i/d*d:][:d] {
			sum += v
		}
		out[i] = float64(d)*x[i] - sum
	}
	return out
}

// sameRay reports, in whole numbers, whether b is a positive multiple of a: the
// inequality of Cauchy and Schwarz holds with equality, and a·b > 0.
func sameRay(a, b []float64) bool {
	ab := dot(a, b)
	return ab > 0 && ab*ab == dot(a, a)*dot(b, b)
}

// TestFactRays: x and a·x (+ b·1) have the same image, x and −a·x have not; in
// whole numbers, in the kernels, and in Decide where the factors are exact.
func TestFactRays(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 1))
	for range 200 {
		const d = 4
		x := append(whole(rng, d-1, 20), 21) // not constant, not 0
		a, b := float64(1+rng.IntN(30)), float64(rng.IntN(100)-50)
		y := stretch(x, []float64{a}, []float64{0})
		z := stretch(x, []float64{a}, []float64{b})
		if x[0] == 21 || !sameRay(x, y) || !sameRay(projected(x, d), projected(z, d)) ||
			sameRay(projected(x, d), projected(stretch(z, []float64{-1}, []float64{b}), d)) {
			t.Errorf("%v, a %v, b %v", x, a, b)
		}
		one, two, m, s := make([]float64, d), make([]float64, d), make([]float64, 1), make([]float64, 1)
		LayerNormForward(one, m, s, x, nil, nil, 1, d, 0)
		LayerNormForward(two, m, s, z, nil, nil, 1, d, 0)
		if !near(one, two, 1e-13) {
			t.Errorf("LayerNorm of %v and %v differs", x, z)
		}
		ScaleForward(one, s, x, 1, d, 0)
		ScaleForward(two, s, y, 1, d, 0)
		if !near(one, two, 1e-13) {
			t.Errorf("scale of %v and %v differs", x, y)
		}
		for _, kind := range onSphere {
			pair := append(append([]float64{}, x...), stretch(x, []float64{8}, []float64{0})...)
			if kind.projects() {
				pair = append(pair[:d], stretch(x, []float64{8}, []float64{b})...)
			}
			if c := decide(t, normed(t, pair, d, kind, 0)).Counts(); c.Tied != 2 {
				t.Errorf("%v of %v: %+v", kind, pair, c)
			}
		}
	}
}

func TestFactTwoPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	for range 100 {
		d := 3 + rng.IntN(5)
		v := append(whole(rng, d-1, 9), 10)
		var x []float64
		var sign []float64
		for len(sign) < 40 {
			b := math.Ldexp(float64(1-2*rng.IntN(2)), rng.IntN(5)) // a power of two, so that factors are exact
			x = append(x, stretch(v, []float64{b}, []float64{float64(rng.IntN(100) - 50)})...)
			sign = append(sign, b)
		}
		x = append(append(x, v...), stretch(v, []float64{-1}, []float64{0})...) // both sides
		sign = append(sign, 1, -1)
		r := decide(t, normed(t, x, d, LayerNorm, 0))
		for i, k := range r.Keys {
			same := 0
			for j := range sign {
				if j != i && sign[j]*sign[i] > 0 {
					same++
				}
			}
			if len(k.Copies) != same || r.Rank != 1 {
				t.Fatalf("key %d: %d copies, want %d; rank %d", i, len(k.Copies), same, r.Rank)
			}
		}
		n := len(sign)
		out, m, s := make([]float64, n*d), make([]float64, n), make([]float64, n)
		LayerNormForward(out, m, s, x, nil, nil, n, d, 0)
		for i := range n {
			for j := range d {
				if want := math.Copysign(1, sign[i]) * out[(n-2)*d+j]; math.Abs(out[i*d+j]-want) > 1e-13 {
					t.Fatalf("image %d is %v, want %v", i, out[i*d+j], want)
				}
			}
		}
	}
}

// TestFactUniform: the query 1, or 1/gain, or the axis of a zero gain, scores
// all projected keys the same; keys of full rank have no such query.
func TestFactUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 1))
	const d = 5
	for range 50 {
		x := projected(whole(rng, 30*d, 100), d)
		gain, bias := whole(rng, d, 6), whole(rng, d, 50)
		query, zero := make([]*big.Rat, d), -1
		for j := range gain {
			if query[j] = new(big.Rat); gain[j] == 0 {
				zero = j
			} else {
				query[j].SetFrac64(1, int64(gain[j]))
			}
		}
		if zero >= 0 {
			for j := range query {
				query[j].SetInt64(0)
			}
			query[zero].SetInt64(1)
		}
		keys := stretch(x, gain, bias)
		var first *big.Rat
		for i := 0; i < len(keys); i += d {
			score := new(big.Rat)
			for j, k := range rational(keys[i : i+d]) {
				score.Add(score, k.Mul(k, query[j]))
			}
			if first == nil {
				first = score
			}
			if score.Cmp(first) != 0 {
				t.Fatalf("gain %v: key %d scores %v, key 0 %v", gain, i/d, score, first)
			}
		}
	}
	// The hull of a set that no query but 0 ties has full dimension.
	x := gaussian(rng, 40*d)
	for _, kind := range []Kind{None, Scale, ScalePublished, RMSNorm} {
		if r := decide(t, normed(t, x, d, kind, 0)); r.Rank != d {
			t.Errorf("%v: rank %d", kind, r.Rank)
		}
	}
	out := make([]float64, len(x))
	DyTForward(out, x, []float64{1}, nil, nil, 40, d)
	if hullRank(out, d) != d {
		t.Error("DyT: not of full rank")
	}
	for _, kind := range []Kind{Project, LayerNorm} {
		if r := decide(t, normed(t, x, d, kind, 0)); r.Rank != d-1 {
			t.Errorf("%v: rank %d", kind, r.Rank)
		}
	}
}

func TestFactNoPromise(t *testing.T) {
	square := []float64{1, -1, 0, -1, 1, 0, 1, 1, -2, -1, -1, 2, 0, 0, 0} // in the hyperplane of sum 0
	hides(t, "none, project", square, 3)
	if v := decide(t, normed(t, square, 3, Project, 0)).Keys[4].Verdict; v != keyhull.Interior {
		t.Errorf("project: the centre is %v", v)
	}
	out := make([]float64, len(square))
	DyTForward(out, square, []float64{0.5}, nil, nil, 5, 3)
	hides(t, "dyt", out, 3) // tanh is odd, so the centre stays exactly in the middle
}

// TestFactLinear: selectable after the projection means selectable before, and
// never the other way round for all.
func TestFactLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(44, 1))
	buried := 0
	for trial := range 60 {
		d := 2 + trial%4
		x := whole(rng, 40*d, 2+trial)
		before := decide(t, keyhull.Float64(x, d))
		after := decide(t, normed(t, x, d, Project, 0))
		for i := range after.Keys {
			b, a := before.Keys[i].Verdict, after.Keys[i].Verdict
			if a == keyhull.Selectable && b != keyhull.Selectable || a == keyhull.Tied && b == keyhull.Interior {
				t.Errorf("trial %d: key %d is %v before and %v after", trial, i, b, a)
			}
			if b == keyhull.Selectable && a.Unselectable() {
				buried++
			}
		}
	}
	if buried == 0 {
		t.Error("no key was buried")
	}
}

// TestHullDimension holds the sentences of Guarantee.Hull against ranks in
// fractions.
func TestHullDimension(t *testing.T) {
	rank := func(what string, x []float64, d, want int) {
		t.Helper()
		if r := hullRank(x, d); r != want {
			t.Errorf("%s: rank %d, want %d", what, r, want)
		}
	}
	rng := rand.New(rand.NewPCG(45, 1))
	for trial := range 80 {
		d := 2 + rng.IntN(4)
		low := 1 + rng.IntN(d) // the keys are combinations of so many
		x := through(whole(rng, low*low, 3), whole(rng, 6*low, 3), low)
		x = through(whole(rng, d*low, 3), x, low)
		x = stretch(x, []float64{1}, whole(rng, d, 2))
		n, before := len(x)/d, hullRank(x, d)
		// Project: one less just if 1 is a direction of the hull.
		with := append(append([]float64{}, x...), x[:d]...)
		for j := range d {
			with[n*d+j]++
		}
		want := before
		if hullRank(with, d) == before {
			want--
		}
		rank(fmt.Sprint("project ", trial), projected(x, d), d, want)
		for _, kind := range []Kind{Scale, LayerNorm} {
			rows, span := x, 0
			if kind == LayerNorm {
				rows = projected(x, d)
			}
			if Check(rows, d, kind, 0) != nil {
				continue
			}
			span = hullRank(append(make([]float64, d), rows...), d) // with the origin
			if r := decide(t, normed(t, x, d, kind, 0)).Rank; r != span && r != span-1 {
				t.Errorf("%v: rank %d, linear span %d", kind, r, span)
			}
		}
	}
	line, out := []float64{1, 3, 2, 4, 3, 5}, make([]float64, 6) // (1,3), (2,4), (3,5)
	rank("a line", line, 2, 1)
	DyTForward(out, line, []float64{0.5}, nil, nil, 3, 2)
	rank("dyt bends it", out, 2, 2)
	DyTForward(out, line, []float64{0}, nil, nil, 3, 2)
	rank("dyt, alpha 0", out, 2, 0)
	rank("scale, a hyperplane apart from 0", sphere(3, 3, false)[:9], 3, 2) // (−1, −1, ±1), (−1, 1, −1)
	rank("scale, around 0", sphere(3, 3, false), 3, 3)
}
