package hull

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSwiftIsNearest holds swift against its plain twin, on points of which many
// are nearly in faces: it knows those that are not.
func TestSwiftIsNearest(t *testing.T) {
	known, asked := 0, 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 29))
		d := 1 + rng.IntN(12)
		c := cloudOf(mixtures(rng, swiftEach*d+rng.IntN(200), d), d)
		fast, plain := newSwift(c, every(c.n())), newNearest(c)
		for p := range c.n() {
			got, ok := fast.distance(p, nil)
			if p < (c.n()+1)/2 { // no mixture
				asked++
			}
			if !ok {
				continue
			}
			if known++; math.Abs(value(got)/value(plain.distance(p, nil, nil))-1) > 1e-12 {
				t.Errorf("seed %d, point %d: %v, plainly %v", seed, p, value(got), value(plain.distance(p, nil, nil)))
			}
		}
	}
	if 2*known < asked {
		t.Errorf("%d of %d known", known, asked)
	}
}

// TestSwiftForgets: what one point leaves behind, numbers that are none included,
// changes no bit of another's answer.
func TestSwiftForgets(t *testing.T) {
	c := cloudOf(mixtures(rand.New(rand.NewPCG(7, 37)), 100, 5), 5)
	used := newSwift(c, every(c.n()))
	for p := range c.n() {
		for i := range used.k.Weight {
			used.k.Weight[i] = math.NaN()
		}
		used.k.X[0], used.k.Q[0] = math.NaN(), float32(math.NaN())
		got, ok := used.distance(p, nil)
		want, known := newSwift(c, every(c.n())).distance(p, nil)
		if got != want || ok != known {
			t.Errorf("point %d: %v %v, afresh %v %v", p, got, ok, want, known)
		}
	}
}

// TestNearestFromCorral begins with corners that swift leaves: the distance is
// the same.
func TestNearestFromCorral(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 31))
	c := cloudOf(mixtures(rng, 60, 4), 4)
	plain := newNearest(c)
	for p := range 30 {
		want := value(plain.distance(p, nil, nil))
		for _, corral := range [][]int32{{int32(p+1) % 60}, {59, 58, 57, 56, 55, 54, 53}, {40, 40}, {int32(p)}, {50, int32(p)}} {
			if got := value(plain.distance(p, nil, corral)); math.Abs(got-want) > 1e-12*want {
				t.Errorf("point %d from %v: %v, want %v", p, corral, got, want)
			}
		}
	}
}

// TestSwiftFromAnySize: directions to begin in may be of any size, and none at all.
func TestSwiftFromAnySize(t *testing.T) {
	c := cloudOf(mixtures(rand.New(rand.NewPCG(3, 59)), 120, 5), 5)
	w, plain := newSwift(c, every(c.n())), newNearest(c)
	known := 0
	for p := range 60 {
		want := value(plain.distance(p, nil, nil))
		for _, size := range []float64{1, 0x1p-1070, 0x1p-900, 0x1p900, 0, math.Inf(1), math.NaN()} {
			start := make([]float64, c.Dim)
			for k, v := range c.w.row(p) {
				start[k] = v * size
			}
			got, ok := w.distance(p, start)
			if ok {
				known++
			}
			if ok && math.Abs(value(got)-want) > 1e-12*want {
				t.Errorf("point %d from size %v: %v, want %v", p, size, value(got), want)
			}
			if !ok && math.Abs(value(plain.distance(p, start, w.corral()))-want) > 1e-12*want {
				t.Errorf("point %d from what size %v leaves: %v, want %v", p, size, value(plain.distance(p, start, w.corral())), want)
			}
		}
	}
	if known < 3*60 {
		t.Errorf("%d known", known)
	}
}
