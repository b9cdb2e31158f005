package norm

import (
	"math"
	"math/rand/v2"
	"testing"

	"keyhull"
)

// TestFactDyTBends: tanh pushes a key through the line between two others, in
// one set out of the hull and in the other into it. The numbers are rounded,
// but the keys are 0.1 and more away from the line.
func TestFactDyTBends(t *testing.T) {
	for _, c := range []struct {
		name          string
		x             []float64
		before, after keyhull.Verdict
	}{
		{"rescues", []float64{3, 0, 0, 3, 0, 0, 1.4, 1.4}, keyhull.Interior, keyhull.Selectable},
		{"buries", []float64{3, 0, 0, 3, 5, 5, 1.4, 1.4}, keyhull.Selectable, keyhull.Interior},
	} {
		out := make([]float64, len(c.x))
		DyTForward(out, c.x, []float64{1}, nil, nil, 4, 2)
		before, after := decide(t, keyhull.Float64(c.x, 2)).Keys[3].Verdict, decide(t, keyhull.Float64(out, 2)).Keys[3].Verdict
		if before != c.before || after != c.after {
			t.Errorf("%s: %v before, %v after", c.name, before, after)
		}
	}
}

// TestFactDyTWinners: the largest of a coordinate stays the largest, or becomes
// the smallest, and so a vertex.
func TestFactDyTWinners(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 1))
	for range 40 {
		const n, d = 60, 3
		x, out, gain := gaussian(rng, n*d), make([]float64, n*d), gaussian(rng, d)
		DyTForward(out, x, []float64{rng.NormFloat64()}, gain, gaussian(rng, d), n, d)
		r := decide(t, keyhull.Float64(out, d))
		for j := range d {
			for _, sign := range []float64{1, -1} {
				best := 0
				for i := range n {
					if sign*x[i*d+j] > sign*x[best*d+j] {
						best = i
					}
				}
				if v := r.Keys[best].Verdict; v != keyhull.Selectable {
					t.Errorf("winner %d of coordinate %d is %v", best, j, v)
				}
			}
		}
	}
}

// TestFactDyTCorners: saturated keys are vertices, at the values where tanh
// rounds to 1; below those they are not on the corner.
func TestFactDyTCorners(t *testing.T) {
	rng := rand.New(rand.NewPCG(52, 1))
	const n, d = 80, 3
	x, out, gain := gaussian(rng, n*d), make([]float64, n*d), []float64{1, -2, 0.5}
	corners := 6
	for i := range corners {
		for j := range d {
			x[i*d+j] = math.Copysign(19.1, float64(i>>j&1)-0.5)
		}
	}
	copy(x[corners*d:], x[:d]) // twice the same corner
	DyTForward(out, x, []float64{1}, gain, []float64{5, 0, -1}, n, d)
	r := decide(t, keyhull.Float64(out, d))
	for i := range corners + 1 {
		want := keyhull.Selectable
		if i == 0 || i == corners {
			want = keyhull.Tied
		}
		if v := r.Keys[i].Verdict; v != want {
			t.Errorf("corner %d is %v, want %v", i, v, want)
		}
	}
	one, narrow := make([]float64, 2), make([]float32, 2)
	DyTForward(one, []float64{19.1, 18.9}, []float64{1}, nil, nil, 1, 2)
	DyTForward(narrow, []float32{9.02, 8.9}, []float32{1}, nil, nil, 1, 2)
	if one[0] != 1 || one[1] == 1 || narrow[0] != 1 || narrow[1] == 1 {
		t.Errorf("saturation: %v, %v", one, narrow)
	}
}
