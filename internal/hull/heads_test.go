package hull

import (
	"context"
	"math"
	"slices"
	"testing"

	"keyhull/internal/vec"
)

// headSets are sets on which heads settle some queries and not others: every
// fifth point is, but for little or nothing that float32 can tell, the one
// before.
func headSets() map[string]*Source {
	const n, d = 1500, 64
	sets := map[string]*Source{}
	for name, scale := range map[string]float64{"even": 0, "falling": -0.1} {
		x := normals(3, n, d)
		for i := range n {
			for c := range d {
				if x[i*d+c] *= math.Exp2(scale * float64(c)); i%5 == 4 {
					x[i*d+c] = x[(i-1)*d+c] * (1 + math.Pow(10, -float64(i%11)))
				}
			}
		}
		sets[name] = &Source{N: n, Width: d, F64: x}
	}
	return sets
}

// TestHeads holds what heads prove against all scores in float64.
func TestHeads(t *testing.T) {
	for name, src := range headSets() {
		s := solverOf(t, src)
		f := s.f
		v := newSieve(s)
		hits, open := 0, 0
		for lo := 0; lo < s.n(); lo += sieveChunk {
			var u questions
			v.ask(&u, lo, min(lo+sieveChunk, s.n()))
			v.byHeads(&u)
			hits, open = hits+len(u.out), open+len(u.asks)
			for _, h := range u.out {
				q := widen(h.q)
				own := vec.Dot(q, f.row(int(h.i)))
				for j := range s.n() {
					if lead := own - vec.Dot(q, f.row(j)); j != int(h.i) && lead < h.gap-2*f.bound64(q) {
						t.Fatalf("%s: point %d leads %d by %g, not %g", name, h.i, j, lead, h.gap)
					}
				}
			}
		}
		if hits+open != s.n() || hits < s.n()/4 || open == 0 {
			t.Errorf("%s: heads settle %d of %d points and leave %d", name, hits, s.n(), open)
		}
	}
}

// TestHeadsAnyWorkers: leads that heads prove do not depend on workers.
func TestHeadsAnyWorkers(t *testing.T) {
	src := &Source{N: 1500, Width: 64, F64: normals(4, 1500, 64)}
	var want []float64
	for workers := 1; workers <= 3; workers++ {
		o, err := Decide(context.Background(), src, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for i := range src.N {
			got = append(got, o.Proof(i).Lead)
		}
		if workers > 1 && !slices.Equal(got, want) {
			t.Errorf("%d workers change leads", workers)
		}
		want = got
	}
}

// TestManyKnownVertices: a walk that looks at few vertices first decides as the
// exact program does.
func TestManyKnownVertices(t *testing.T) {
	const n, d = 1600, 5
	x := normals(5, n, d)
	for i := range n - n/8 { // seven of eight on a sphere, the others near it
		row := x[i*d : (i+1)*d]
		r := math.Sqrt(vec.Dot(row, row))
		for c := range row {
			row[c] /= r
		}
	}
	for i := n - n/8; i < n; i++ {
		row, shrink := x[i*d:(i+1)*d], 1-0.3*float64(i%8)/8
		copy(row, x[(i-n/2)*d:])
		for c := range row {
			row[c] *= shrink
		}
	}
	src := &Source{N: n, Width: d, F64: x}
	o := decided(t, src)
	if o.Walk == 0 || len(o.answers)-o.Walk < 4*fewPanels*vec.Lanes32 {
		t.Fatalf("no walk among many vertices: scan %d, walk %d", o.Scan, o.Walk)
	}
	for i := n - n/8; i < n; i += 7 {
		rep := int(o.t.class[i])
		if got, want := o.answers[rep].verdict, o.t.decideExact(rep, nil).verdict; got != want {
			t.Errorf("point %d: verdict %d, exactly %d", i, got, want)
		}
	}
}
