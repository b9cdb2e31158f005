package experiment

import (
	"context"
	"math"
	"testing"

	"keyhull"
	"keyhull/nn"
	"keyhull/norm"
)

// statesOf makes states of n keys and what a norm and random W_K make of them.
func statesOf(n, d, heads int, kind norm.Kind, seed uint64) LayerStates {
	rng := stream(seed, n, d)
	l := LayerStates{Dim: d, Norm: kind, Eps: 1e-5, Masked: true, Before: draw(rng, "normal", n, d)}
	l.After = projected(l.Before, d)
	if layerNorms(kind) {
		rest := make([]float32, n)
		norm.LayerNormForward(l.After, rest, rest, l.Before, nil, nil, n, d, l.Eps)
	}
	w := d / heads
	for range heads {
		wk, keys := draw(rng, "normal", w, d), make([]float32, n*w)
		for i := range keys {
			for c := range d {
				keys[i] += float32(l.After[i/w*d+c] * wk[i%w*d+c])
			}
		}
		l.Heads = append(l.Heads, keys)
	}
	return l
}

// prefixCounts is the plain form of maskedCounts: every prefix decided anew.
func prefixCounts(t *testing.T, x []float32, d int) *MaskedCounts {
	n := len(x) / d
	m := &MaskedCounts{}
	for k := 0; distance2(k) < n; k++ {
		m.Alive, m.Seen = append(m.Alive, 0), append(m.Seen, 0)
	}
	for q := range n {
		r, err := keyhull.Decide(t.Context(), keyhull.Float32(x[:(q+1)*d], d), keyhull.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range r.Keys {
			m.Pairs++
			alive := 1
			if key.Verdict.Unselectable() {
				m.Hidden++
				alive = 0
			}
			for k := range m.Seen {
				if q-i == distance2(k) {
					m.Seen[k]++
					m.Alive[k] += alive
				}
			}
		}
	}
	return m
}

func TestMaskedCountsMatchEveryPrefix(t *testing.T) {
	for n := 1; n < 24; n++ {
		l := statesOf(n, 4, 2, norm.Project, 5)
		copy(l.Heads[0][n:], l.Heads[0][:2*(n/3)]) // equal keys too
		for _, head := range l.Heads {
			got, err := countKeys(t.Context(), keyhull.Float32(head, 2), true)
			if err != nil {
				t.Fatal(err)
			}
			want := prefixCounts(t, head, 2)
			if !equalJSON(t, got.Masked, want) {
				t.Errorf("n %d: %+v, want %+v", n, got.Masked, want)
			}
		}
	}
}

// TestReadings holds the counts against decisions made apart, and against what
// is known: LayerNorm hides none in all coordinates, and a projection's
// rounding frees keys in the ambient reading.
func TestReadings(t *testing.T) {
	const n, d = 300, 8
	for _, kind := range []norm.Kind{norm.LayerNorm, nn.LayerNormPlain, norm.Project, nn.ProjectTimes} {
		l := statesOf(n, d, 4, kind, 1)
		c, err := l.measure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		known := map[bool]string{true: "layernorm", false: "project"}[layerNorms(kind)]
		keys := normed(l.Before, d, known)
		if known == "layernorm" {
			s, err := norm.Factors(l.Before, d, norm.LayerNorm, l.Eps)
			if err != nil {
				t.Fatal(err)
			}
			keys = keyhull.Float32(l.Before, d).Scaled(s).Projected()
		}
		if want := counted(t, keys); c.Affine.Counts != want {
			t.Errorf("%s: affine %+v, want %+v", kind, c.Affine.Counts, want)
		}
		if want := counted(t, keyhull.Float32(l.After, d)); c.Ambient.Counts != want || c.Ambient.Masked != nil {
			t.Errorf("%s: ambient %+v, want %+v", kind, c.Ambient, want)
		}
		if want := counted(t, keyhull.Float32(l.Before, d)); c.Before.Counts != want {
			t.Errorf("%s: before %+v, want %+v", kind, c.Before.Counts, want)
		}
		switch hidden, freed := c.Affine.Unselectable(), c.Ambient.ByRounding; {
		case known == "layernorm" && (hidden > 0 || freed > 0):
			t.Errorf("%s: %d keys on a sphere are hidden, %d are not by rounding alone", kind, hidden, freed)
		case known == "project" && (hidden <= c.Ambient.Unselectable() || freed == 0):
			t.Errorf("%s: %d hidden in the hyperplane, %d in all coordinates, %d by rounding", kind, hidden, c.Ambient.Unselectable(), freed)
		}
		if len(c.Heads) != 4 || c.Heads[0].Unselectable() < n*9/10 {
			t.Errorf("%s: heads %+v", kind, c.Heads)
		}
	}
}

func counted(t *testing.T, keys keyhull.Keys) keyhull.Counts {
	t.Helper()
	r, err := keyhull.Decide(t.Context(), keys, keyhull.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Counts()
}

// TestEps puts keys close together, where the eps of LayerNorm matters: without
// it they lie on a sphere, and none is hidden.
func TestEps(t *testing.T) {
	l := statesOf(200, 8, 4, norm.LayerNorm, 2)
	for i := range l.Before { // all near one direction, of different lengths
		l.Before[i] = .01 * float32(1+i/8%7) * (.01*l.Before[i] + float32(i%8))
	}
	c, err := l.measure(t.Context())
	if err != nil || c.Affine.Unselectable() == 0 || c.NoEps.Unselectable() != 0 || c.NoEps.Masked != nil {
		t.Errorf("%+v, %+v, %v", c.Affine, c.NoEps, err)
	}
	copy(l.Before, make([]float32, 8)) // no direction: without eps undefined
	if c, err = l.measure(t.Context()); err != nil || c.NoEps != nil || c.Affine == nil {
		t.Errorf("%+v, %v", c, err)
	}
	two := newModelRates("layernorm", 1, 1, []TextCounts{{200, []LayerCounts{c}}, {200, []LayerCounts{{Before: c.Before, Affine: c.Affine, NoEps: c.Affine, Ambient: c.Ambient}}}})
	v, ok := rateAt([]ModelRates{two}, KeyPlace{Layer: 1, Stage: StageAfter, Reading: NoEps})
	if want := average([]float64{c.Affine.hidden()}); !ok || v != want {
		t.Errorf("over the text that has it: %+v, want %+v", v, want)
	}
}

// TestNoProjectionHasOneReading takes norms that do not project, and none.
func TestNoProjectionHasOneReading(t *testing.T) {
	l := statesOf(50, 4, 2, norm.RMSNorm, 3)
	c, err := l.measure(t.Context())
	if err != nil || c.Affine != nil || c.Ambient.Masked == nil {
		t.Errorf("RMSNorm: %+v, %v", c, err)
	}
	l.After = nil
	if c, err = l.measure(t.Context()); err != nil || c.Ambient != nil || c.Before.Masked == nil {
		t.Errorf("no norm: %+v, %v", c, err)
	}
	l.Before[7] = float32(math.NaN())
	if _, err := measureText(t.Context(), []LayerStates{l}); err == nil || err.Error() != "layer 1: key 1, coordinate 3 is NaN" {
		t.Errorf("NaN: %v", err)
	}
}

// BenchmarkText takes a text of 1,024 keys through 4 layers of width 8 with 4
// heads: the paper's model.
func BenchmarkText(b *testing.B) {
	for _, kind := range []norm.Kind{norm.LayerNorm, norm.Project} {
		b.Run(string(kind), func(b *testing.B) {
			var layers []LayerStates
			for i := range 4 {
				layers = append(layers, statesOf(1024, 8, 4, kind, uint64(i)))
			}
			for b.Loop() {
				if _, err := measureText(context.Background(), layers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
