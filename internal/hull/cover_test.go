package hull

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// TestCover: distances are the same where only those points are looked at that
// proofs leave, and these are few.
func TestCover(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 41))
		d := 2 + rng.IntN(5)
		c := cloudOf(mixtures(rng, swiftEach*d+rng.IntN(150), d), d)
		o, err := Decide(context.Background(), c.Source, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if o.Distinct() != c.n() {
			continue
		}
		var vertices []int32
		seen, cover := 0, o.cover()
		for p := range c.n() {
			if o.Proof(p).Verdict == Selectable {
				vertices = append(vertices, int32(p))
				seen += len(cover.vertices) + len(cover.of(p))
			}
		}
		if len(cover.vertices) != len(vertices) || 10*seen > 9*c.n()*len(vertices) {
			t.Errorf("seed %d: %d vertices, %d counted as such; %d points seen of %d", seed, len(vertices), len(cover.vertices), seen, c.n()*len(vertices))
		}
		none := func(int32) []float64 { return nil }
		want, _ := c.Distances(context.Background(), vertices, none, 1)
		c.Known = o
		got, _ := c.Distances(context.Background(), vertices, none, 1)
		for i := range want {
			if math.Abs(value(got[i])/value(want[i])-1) > 2e-12 {
				t.Errorf("seed %d, point %d: %v, of all points %v", seed, vertices[i], value(got[i]), value(want[i]))
			}
		}
	}
}

// TestCoverOf: who has p for a corner of every simplex counts, and nobody else.
func TestCoverOf(t *testing.T) {
	o := &Outcome{answers: []answer{{}, {}, {bases: [][]int32{{0, 1}}}, {}, {bases: [][]int32{{3, 0}, {1, 3}}}, {bases: [][]int32{{0, 1}, {3, 4}}}}}
	c := o.cover()
	for p, want := range [][]int32{{2}, {2}, nil, {4}, nil, nil} {
		if got := c.of(p); len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("point %d: %v, want %v", p, got, want)
		}
	}
	if len(c.vertices) != 3 || c.most() != 1 {
		t.Errorf("%v, %d", c.vertices, c.most())
	}
}
