package norm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"keyhull"
)

// ownQuery reports, in whole numbers, whether every key is the strict maximum
// of the query that equals it.
func ownQuery(x []float64, d int) bool {
	for i := 0; i < len(x); i += d {
		self := dot(x[i:i+d], x[i:i+d])
		for j := 0; j < len(x); j += d {
			if i != j && dot(x[i:i+d], x[j:j+d]) >= self {
				return false
			}
		}
	}
	return true
}

func TestFactSphere(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 1))
	for _, c := range []struct {
		d, square int
		centred   bool
	}{{2, 325, false}, {3, 146, false}, {4, 42, false}, {3, 182, true}, {4, 194, true}, {5, 60, true}} {
		x := sphere(c.d, c.square, c.centred)
		if len(x) < 12*c.d || !ownQuery(x, c.d) {
			t.Fatalf("%+v: %d numbers, not a sphere", c, len(x))
		}
		vertices(t, fmt.Sprintf("%+v", c), decide(t, keyhull.Float64(x, c.d)))
		// The rows that the norm brings there: any length, any shift along 1.
		for i := range x {
			if i%c.d == 0 {
				a, b := float64(1+rng.IntN(1000)), 0.0
				if c.centred {
					b = float64(rng.IntN(1000))
				}
				for j := range c.d {
					x[i+j] = a*x[i+j] + b
				}
			}
		}
		for _, kind := range onSphere {
			if c.centred == kind.projects() {
				vertices(t, fmt.Sprintf("%+v %v", c, kind), decide(t, normed(t, x, c.d, kind, 0)))
			}
		}
	}
	for _, d := range []int{2, 3, 8, 20} {
		for _, kind := range onSphere {
			if n := 300; kind != LayerNorm || d > 2 {
				vertices(t, fmt.Sprintf("%v d %d", kind, d), decide(t, normed(t, gaussian(rng, n*d), d, kind, 0)))
			}
		}
	}
}

func TestFactGain(t *testing.T) {
	rng := rand.New(rand.NewPCG(32, 1))
	for trial := range 6 {
		d, square, centred := 4, 194, true
		if trial%2 == 0 {
			d, square, centred = 3, 146, false
		}
		x, gain, bias := sphere(d, square, centred), whole(rng, d, 9), whole(rng, d, 50)
		for j := range gain {
			gain[j] = 2*gain[j] + 1 // never 0
		}
		vertices(t, fmt.Sprint(gain, bias), decide(t, keyhull.Float64(stretch(x, gain, bias), d)))
	}
	// The kernel's own output, in float64.
	const n, d = 300, 5
	x, out, m, s := gaussian(rng, n*d), make([]float64, n*d), make([]float64, n), make([]float64, n)
	LayerNormForward(out, m, s, x, gaussian(rng, d), gaussian(rng, d), n, d, 0)
	vertices(t, "kernel", decide(t, keyhull.Float64(out, d)))
}

func TestFactZeroGains(t *testing.T) {
	centred, free := sphere(4, 194, true), sphere(3, 146, false)
	zero := make([]float64, 4)
	vertices(t, "one zero", decide(t, keyhull.Float64(stretch(centred, []float64{3, 0, 1, -2}, zero), 4)))
	hides(t, "two zeros", stretch(centred, []float64{3, 0, 0, -2}, zero), 4)
	hides(t, "two zeros of three", stretch(sphere(3, 182, true), []float64{0, 1, 0}, zero[:3]), 3)
	hides(t, "rmsnorm, one zero", stretch(free, []float64{1, 0, 1}, zero[:3]), 3)
	hides(t, "rmsnorm, one zero of two", stretch(sphere(2, 325, false), []float64{0, 1}, zero[:2]), 2)
}

// TestFactEps: three keys around a short one, which is a vertex at eps 0 and
// inside at eps 1e-5; then the share of hidden keys for rows as a GPT-2 is
// initialized with.
func TestFactEps(t *testing.T) {
	x := []float64{2, -1, -1, -1, 2, -1, -1, -1, 2, 0x1p-10, -0x1p-10, 0}
	plane := []float64{1, 1, 1, -1, -1, 0, 0x1p-10, 0} // the same for scale, in 2 dimensions
	vertices(t, "layernorm, eps 0", decide(t, normed(t, x, 3, LayerNorm, 0)))
	if v := decide(t, normed(t, x, 3, LayerNorm, 1e-5)).Keys[3].Verdict; v != keyhull.Interior {
		t.Errorf("layernorm, eps 1e-5: %v", v)
	}
	for _, kind := range []Kind{Scale, ScalePublished, RMSNorm} {
		vertices(t, string(kind), decide(t, normed(t, plane, 2, kind, 0)))
		if v := decide(t, normed(t, plane, 2, kind, 1e-5)).Keys[3].Verdict; v != keyhull.Interior {
			t.Errorf("%v, eps 1e-5: %v", kind, v)
		}
	}
	out, s := make([]float64, 8), make([]float64, 4)
	QKRMSNormForward(out, s, plane, nil, 4, 1, 2, 1e-5)
	hides(t, "qknorm", out, 2)

	rng := rand.New(rand.NewPCG(33, 1))
	for _, c := range []struct {
		d        int
		eps      float64
		low, top int
	}{{3, 0, 0, 0}, {3, 1e-5, 800, 1000}, {4, 0, 0, 0}, {4, 1e-5, 400, 700}, {8, 1e-5, 0, 10}, {16, 1e-5, 0, 0}} {
		x := make([]float64, 1024*c.d)
		for i := range x {
			x[i] = float64(float32(0.02 * rng.NormFloat64()))
		}
		hidden := decide(t, normed(t, x, c.d, LayerNorm, c.eps)).Counts().Unselectable()
		t.Logf("1024 rows of 0.02·N(0,1), d %d, eps %g: %d hidden", c.d, c.eps, hidden)
		if hidden < c.low || hidden > c.top {
			t.Errorf("want %d to %d", c.low, c.top)
		}
	}
}

// TestFactEpsApart: whoever meets the condition is selectable. Many do, many
// do not, and some of those are hidden.
func TestFactEpsApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(34, 1))
	const n, d, eps = 400, 4, 1e-3
	for _, kind := range onSphere {
		x := gaussian(rng, n*d)
		for i := range x {
			x[i] = (x[i] - 0.5) * []float64{1, 0.3, 0.1, 0.03}[i/d%4]
		}
		p, v := slices.Clone(x), make([]float64, n)
		if kind.projects() {
			ProjectForward(p, p, n, d)
		}
		for i := range v {
			v[i] = squareOf(p[i*d:][:d], 0)
		}
		r := decide(t, normed(t, x, d, kind, eps))
		meet, hidden := 0, r.Counts().Unselectable()
		for i := range n {
			apart := true
			for j := range n {
				cos := dot(p[i*d:][:d], p[j*d:][:d]) / d / math.Sqrt(v[i]*v[j])
				limit := math.Sqrt(v[i] * (v[j] + eps) / (v[j] * (v[i] + eps)))
				apart = apart && (v[j] <= v[i] || cos < limit-1e-12)
			}
			if apart {
				meet++
			}
			if apart && r.Keys[i].Verdict != keyhull.Selectable {
				t.Errorf("%v: key %d of variance %g is apart from all, but %v", kind, i, v[i], r.Keys[i].Verdict)
			}
			if v[i] == slices.Max(v) && r.Keys[i].Verdict != keyhull.Selectable {
				t.Errorf("%v: the largest key is %v", kind, r.Keys[i].Verdict)
			}
		}
		if meet < n/4 || hidden < n/20 {
			t.Errorf("%v: %d of %d meet the condition, %d hidden: the test says little", kind, meet, n, hidden)
		}
	}
}

func TestFactRounding(t *testing.T) {
	near := []float64{1, -1e-9, 1, 0, 1, 1e-9} // one factor for all three: collinear
	if v := decide(t, normed(t, near, 2, Scale, 0)).Keys[1].Verdict; v != keyhull.Interior {
		t.Errorf("three keys 1e-9 apart: the middle one is %v", v)
	}
	same := []float64{1, 2, 3, 6, -1, 0, 0, -5} // two on one ray: 1/√2.5 and its third round apart
	if c := decide(t, normed(t, same, 2, Scale, 0)).Counts(); c.Tied != 0 {
		t.Errorf("factors of x and 3x round to the same point, the comment is wrong: %+v", c)
	}
	rng := rand.New(rand.NewPCG(35, 1))
	for range 200 { // a row of keys, each just over the limit from the last
		const n = 12
		x, narrow := make([]float64, 2*n), make([]float32, 2*n)
		start, long := 7*rng.Float64(), 0.1+rng.Float64()
		for i := range n {
			sin, cos := math.Sincos(start + 0x1.01p-25*float64(i))
			x[2*i], x[2*i+1] = long*cos, long*sin
			sin, cos = math.Sincos(start + 0x1.01p-10*float64(i))
			narrow[2*i], narrow[2*i+1] = float32(cos), float32(sin)
		}
		vertices(t, "2^-25 apart", decide(t, normed(t, x, 2, RMSNorm, 0)))
		vertices(t, "2^-10 apart, float32", decide(t, keyhull.Float32(narrow, 2)))
	}
}

// TestFactHeads: W_K of whole numbers on whole keys.
func TestFactHeads(t *testing.T) {
	rng := rand.New(rand.NewPCG(36, 1))
	centred, free := sphere(4, 194, true), sphere(3, 146, false)
	for range 4 {
		w := whole(rng, 16, 30)
		for dependent(append(w[:12:12], 1, 1, 1, 1)) || dependent(w) { // a kernel in the hyperplane
			w = whole(rng, 16, 30)
		}
		vertices(t, "layernorm, width d", decide(t, keyhull.Float64(through(w, centred, 4), 4)))
		vertices(t, "layernorm, width d−1", decide(t, keyhull.Float64(through(w[:12], centred, 4), 3)))
		hides(t, "layernorm, width d−2", through(w[:8], centred, 4), 2)
	}
	// (1, −1, 0, 0) lies in the hyperplane, and this W_K of width d−1 loses it.
	hides(t, "layernorm, bad kernel", through([]float64{1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, centred, 4), 3)
	w := []float64{3, 1, 4, -1, 5, 9, 2, 6, -5}
	vertices(t, "scale, width d", decide(t, keyhull.Float64(through(w, free, 3), 3)))
	hides(t, "scale, width d−1", through(w[:6], free, 3), 2)
}

// dependent reports whether the rows of a 4×4 matrix are linearly dependent.
func dependent(w []float64) bool {
	return hullRank(append(slices.Clone(w), 0, 0, 0, 0), 4) < 4
}

// hullRank returns the dimension of the affine hull, by elimination in
// fractions.
func hullRank(x []float64, d int) (rank int) {
	var rows [][]*big.Rat
	for i := d; i < len(x); i += d {
		row := rational(x[i : i+d])
		for c := range row {
			row[c].Sub(row[c], new(big.Rat).SetFloat64(x[c]))
		}
		rows = append(rows, row)
	}
	for c := range d {
		at := slices.IndexFunc(rows[rank:], func(r []*big.Rat) bool { return r[c].Sign() != 0 })
		if at < 0 {
			continue
		}
		rows[rank], rows[rank+at] = rows[rank+at], rows[rank]
		for _, r := range rows[rank+1:] {
			f := new(big.Rat).Quo(r[c], rows[rank][c])
			for k := c; k < d; k++ {
				r[k].Sub(r[k], new(big.Rat).Mul(f, rows[rank][k]))
			}
		}
		if rank++; rank == len(rows) {
			break
		}
	}
	return rank
}
