package hull

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"keyhull/cert"
)

// globe is n points of d short numbers: half near a sphere, the others mixtures of those at
// all depths, means of two and a few beyond the sphere.
func globe(rng *rand.Rand, n, d int) []float64 {
	x := make([]float64, n*d)
	row := func(i int) []float64 { return x[i*d : (i+1)*d] }
	for i := range n {
		if i < n/2 || i%8 == 0 {
			size := 0.0
			for c := range d {
				row(i)[c] = rng.NormFloat64()
				size += row(i)[c] * row(i)[c]
			}
			size = math.Sqrt(size) / (1 + float64(i/(n/2))/16)
			for c := range d {
				row(i)[c] = math.Round(row(i)[c]/size*512) / 512
			}
			continue
		}
		if a, b := rng.IntN(n/2), rng.IntN(n/2); i%8 == 1 {
			for c := range d {
				row(i)[c] = (row(a)[c] + row(b)[c]) / 2
			}
			continue
		}
		deep := rng.Float64()
		for k := range d {
			a := row(rng.IntN(n / 2))
			for c := range d {
				row(i)[c] += a[c] * deep / math.Exp2(float64(k+1))
			}
		}
		for c := range d {
			row(i)[c] = math.Round(row(i)[c]*512) / 512
		}
	}
	return x
}

// ringOf is a ring of what a scan finds.
func ringOf(t *testing.T, src *Source, workers int) *ring {
	t.Helper()
	s := solverOf(t, src)
	s.workers, s.once64 = workers, new(sync.Once)
	if err := s.scanAll(); err != nil {
		t.Fatal(err)
	}
	r := s.newRing(s.newPool().list)
	if r == nil {
		t.Fatal("no ring")
	}
	return r
}

// globeRing is a ring in 4 coordinates or up to so many more, and its points for the
// checker.
func globeRing(t *testing.T, rng *rand.Rand, more int) (*ring, *cert.Keys) {
	t.Helper()
	d := 4 + rng.IntN(more)
	n := 40 * d
	x := globe(rng, n, d)
	keys, err := cert.NewKeys(x, d, "none", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return ringOf(t, &Source{N: n, Width: d, F64: x}, 1), keys
}

// TestRing holds what a ring proves, alone and by Newton's method, against exact
// arithmetic and the checker.
func TestRing(t *testing.T) {
	quick, long, vertices, open := 0, 0, 0, 0
	for seed := range uint64(6) {
		r, keys := globeRing(t, rand.New(rand.NewPCG(seed, 41)), 5)
		for _, p := range r.s.undecidedOnes() {
			a, ok := r.quick(int(p))
			if ok {
				quick++
			}
			b := &approach{at: int(p)}
			settled := r.settle(b)
			want := r.s.t.decideExact(int(p), r.s.front).verdict
			if ok && want != Interior || settled && b.proof.verdict != want {
				t.Errorf("seed %d, point %d: %d, by the ring %v, by Newton's method %d", seed, p, want, ok, b.proof.verdict)
			}
			switch {
			case !settled:
				open++
				continue
			case b.proof.verdict == Selectable:
				vertices++
				continue
			}
			long++
			proofs := []answer{b.proof}
			if ok {
				proofs = append(proofs, a)
			}
			for _, a := range proofs {
				if long%16 == 1 && !keys.Around(int(r.s.t.reps[p]), indices(r.s.t, a.bases[0]), a.weights[0]) {
					t.Errorf("seed %d, point %d: the checker refuses the proof", seed, p)
				}
			}
		}
	}
	if quick < 30 || long < 2*quick || vertices < 5 || open < 8 {
		t.Errorf("%d by the ring, %d by Newton's method, %d vertices, %d left open: too few to tell", quick, long, vertices, open)
	}
}

func indices(t *set, reps []int32) (list []int) {
	for _, j := range reps {
		list = append(list, int(t.reps[j]))
	}
	return list
}

// TestMix: simplexes that approaches find, with the ring's mean, prove what exact arithmetic
// says.
func TestMix(t *testing.T) {
	proved, asked := 0, 0
	for seed := range uint64(4) {
		r, keys := globeRing(t, rand.New(rand.NewPCG(seed, 45)), 4)
		s, p := r.s, r.s.newPool()
		for _, at := range s.undecidedOnes() {
			a := s.newApproach(at, nil)
			for a.state == searching && a.k.n() <= s.f.dim {
				i := p.list[p.scan([]*approach{a}, 1)[0].Index]
				s.approachStep(p, a, i)
			}
			if a.k.n() <= s.f.dim {
				continue
			}
			asked++
			proof, ok := r.mix(a.k, int(at))
			if !ok {
				continue
			}
			proved++
			if s.t.decideExact(int(at), s.front).verdict != Interior {
				t.Errorf("seed %d, point %d is not interior", seed, at)
			}
			if proved%8 == 1 && !keys.Around(int(s.t.reps[at]), indices(s.t, proof.bases[0]), proof.weights[0]) {
				t.Errorf("seed %d, point %d: the checker refuses the proof", seed, at)
			}
		}
	}
	if proved < 30 || proved < asked*9/10 {
		t.Errorf("%d proved of %d", proved, asked)
	}
}

// TestBalance: weights are at δ or as y says, give p, and so are the nearest ones (Karush,
// Kuhn and Tucker); and no worker changes them.
func TestBalance(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 42))
	const d, n = 12, 600
	x := globe(rng, n, d)
	for c := range d {
		x[(n-1)*d+c] /= 2
	}
	var first []float64
	for workers := 1; workers <= 3; workers++ {
		r := ringOf(t, &Source{N: n, Width: d, F64: x}, workers)
		b := r.newBalance(n - 1)
		if b.extend(2 * d); !b.search() {
			t.Fatal("no end")
		}
		m, buf, sum := float64(len(b.list)), make([]float64, d+1), make([]float64, d+1)
		for k, j := range b.list {
			v := 0.0
			for c, w := range r.scaled(j, buf) {
				v += w * b.y[c]
				sum[c] += b.nu[k] * w
			}
			if want := max(leastShare/m, 1/m-v); math.Abs(b.nu[k]-want) > 1e-12 {
				t.Errorf("weight %d is %v, not %v", k, b.nu[k], want)
			}
		}
		for c, v := range r.scaled(n-1, buf) {
			if math.Abs(sum[c]-v) > 2*missed {
				t.Errorf("coordinate %d is %v, not %v", c, sum[c], v)
			}
		}
		if first != nil && !slices.Equal(first, b.nu) {
			t.Errorf("%d workers change weights", workers)
		}
		first = b.nu
	}
}

// TestGram holds products in blocks and their factor against plain loops.
func TestGram(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 43))
	const d, n = 37, 1500
	x := globe(rng, n, d)
	r := ringOf(t, &Source{N: n, Width: d, F64: x}, 2)
	list := upTo(n)
	plain, exact, rough, buf := triangle(d+1), triangle(d+1), triangle(d+1), make([]float64, d+1)
	for _, j := range list {
		row := r.scaled(j, buf)
		for i := range plain {
			for k := range plain[i] {
				plain[i][k] += row[i] * row[k]
			}
		}
	}
	r.addGram(list, exact, 2)
	addRough(rough, n, 0.5, func(k int, x []float64) { r.scaled(list[k], x) }, 2)
	l := triangle(d + 1)
	if !factor(l, plain, 0.25, 2) {
		t.Fatal("no factor")
	}
	for i := range plain {
		for k, v := range plain[i] {
			size := math.Sqrt(plain[i][i] * plain[k][k])
			if math.Abs(exact[i][k]-v) > 1e-13*size || math.Abs(2*rough[i][k]-v) > 1e-5*size {
				t.Errorf("product %d,%d: %v and %v, want %v", i, k, exact[i][k], 2*rough[i][k], v)
			}
			if i == k {
				v -= 0.25
			}
			for c := range k + 1 {
				v -= l[i][c] * l[k][c]
			}
			if math.Abs(v) > 1e-13*size {
				t.Errorf("the factor's product %d,%d is off by %v", i, k, v)
			}
		}
	}
	if factor(l, plain, 2*plain[0][0], 1) {
		t.Error("a factor of what is not positive definite")
	}
}

// TestFactorMetric: it turns points as the inverse does.
func TestFactorMetric(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 44))
	const d, n = 20, 160 // as many points as are taken
	s := solverOf(t, &Source{N: n, Width: d, F64: globe(rng, n, d)})
	m, fast := s.newMetric(), &metric{ld: d}
	if !s.factorMetric(fast) {
		t.Fatal("no factor")
	}
	u, v := &questions{diff: make([]float64, d), turned: make([]float64, d)}, &questions{diff: make([]float64, d), turned: make([]float64, d)}
	for i := range n {
		m.turn(u, s.f.row(i), s.mean)
		fast.turn(v, s.f.row(i), s.mean)
		for c, want := range u.turned {
			if math.Abs(v.turned[c]-want) > 1e-4*length(u.turned) {
				t.Fatalf("point %d, coordinate %d: %v, not %v", i, c, v.turned[c], want)
			}
		}
	}
}

// TestDecideByRing: a ring changes no verdict, and no worker an answer.
func TestDecideByRing(t *testing.T) {
	defer func(from int) { ringFrom = from }(ringFrom)
	const n, d = 700, 20
	src := &Source{N: n, Width: d, F64: globe(rand.New(rand.NewPCG(8, 46)), n, d)}
	outcome := func(from, workers int) (all []Proof) {
		ringFrom = from
		o, err := Decide(context.Background(), src, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			all = append(all, o.Proof(i))
		}
		return all
	}
	plain, first, long := outcome(1000, 2), outcome(d, 1), 0
	for i, p := range first {
		if p.Verdict != plain[i].Verdict {
			t.Errorf("point %d: %d, without a ring %d", i, p.Verdict, plain[i].Verdict)
		}
		if len(p.Bases) == 1 && len(p.Bases[0]) > d+1 {
			long++
		}
	}
	if long < 50 {
		t.Errorf("%d long lists are too few to tell", long)
	}
	for workers := 2; workers <= 3; workers++ {
		if !reflect.DeepEqual(first, outcome(d, workers)) {
			t.Errorf("%d workers change answers", workers)
		}
	}
}
