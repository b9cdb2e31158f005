package hull

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// mixtures are points of which the second half are rounded mixtures of at most
// d+1 of the first, some moved by a bit: in faces but for rounding, where the
// nearest point has weights near 0.
func mixtures(rng *rand.Rand, n, d int) []float64 {
	x := make([]float64, n*d)
	for i := range n {
		p := x[i*d : (i+1)*d]
		if i < (n+1)/2 {
			for c := range p {
				p[c] = rng.NormFloat64()
			}
			continue
		}
		sum := 0.0
		for _, j := range rng.Perm((n + 1) / 2)[:2+rng.IntN(d)] {
			w := rng.ExpFloat64()
			sum += w
			for c := range p {
				p[c] += w * x[j*d+c]
			}
		}
		for c := range p {
			p[c] /= sum * (1 + float64(rng.IntN(3)-1)*0x1p-52)
		}
	}
	return x
}

// cloudOf is a cloud of points that are less than 16 in size.
func cloudOf(x []float64, d int) *Cloud {
	c := &Cloud{Dim: d, Err: 0x1p-1000, Exp: 4, Source: &Source{N: len(x) / d, Width: d, F64: x}}
	for i := range c.Source.N {
		c.Rows = append(c.Rows, int32(i))
	}
	for _, v := range x {
		c.Hi = append(c.Hi, v/16)
	}
	c.centre()
	return c
}

// TestNearestMixtures compares distances of a rounding's size with those of
// exact walks from a corner.
func TestNearestMixtures(t *testing.T) {
	tiny := 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 23))
		d := 2 + rng.IntN(3)
		c := cloudOf(mixtures(rng, 2*d+4+rng.IntN(6), d), d)
		var vertices []int32
		var exact []float64
		for _, p := range c.Rows {
			if v := value(c.exactDistance(int(p), nil)); v > 0 {
				vertices, exact = append(vertices, p), append(exact, v)
			}
		}
		found, err := c.Distances(context.Background(), vertices, func(int32) []float64 { return nil }, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range exact {
			if want < 1e-14 {
				tiny++
			}
			if got := value(found[i]); !(got <= want*(1+0x1p-52) && got >= want*(1-1e-12)) {
				t.Errorf("seed %d, point %d: %v, exactly %v", seed, vertices[i], got, want)
			}
		}
	}
	if tiny < 100 {
		t.Errorf("only %d tiny distances", tiny)
	}
}

func value(l Length) float64 { return math.Ldexp(l.F, l.E) }
