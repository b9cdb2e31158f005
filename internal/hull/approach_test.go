package hull

import (
	"testing"
)

// nearHull are points of which the last few lie near the middle of some others:
// a face, where there are few enough points for their dimension. out is
// how far from it they are.
func nearHull(n, d, few int, out float64) *Source {
	const corners = 12
	x := normals(5, n, d)
	for i := n - few; i < n; i++ {
		p := x[i*d : (i+1)*d]
		for c := range p {
			p[c] = 0
			for j := range corners {
				p[c] += (1 + out) * x[((i-n+few)*corners+j)*d+c] / corners
			}
		}
	}
	return &Source{N: n, Width: d, F64: x}
}

// TestApproach: scan and reflections leave vertices near a face open, an
// approach finds queries that win for all but what is inside, and proves that.
func TestApproach(t *testing.T) {
	for _, c := range []struct {
		out  float64
		want bool
	}{{0.1, true}, {0.001, true}, {-0.9, false}} {
		src := nearHull(700, 96, 3, c.out)
		s := solverOf(t, src)
		if err := s.scanAll(); err != nil {
			t.Fatal(err)
		}
		open := len(s.undecidedOnes())
		if err := s.approachAll(s.step); err != nil {
			t.Fatal(err)
		}
		left := len(s.undecidedOnes())
		if open < 3 || left > 0 {
			t.Errorf("%v out: %d open, %d left", c.out, open, left)
		}
		o := decided(t, src)
		for i := src.N - 3; i < src.N; i++ {
			if p := o.Proof(i); (p.Verdict == Selectable) != c.want {
				t.Errorf("%v out: point %d is %d", c.out, i, p.Verdict)
			} else if c.want && wins(src, p, i) != "" {
				t.Errorf("%v out: the query of point %d does not win", c.out, i)
			}
		}
	}
}
