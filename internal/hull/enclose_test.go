package hull

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
)

// around is a simplex of dim+1 rows, and last a point that has the given weights
// of them but for what float64 rounds.
func around(rng *rand.Rand, d int, weights []float64) []float64 {
	x := make([]float64, (d+2)*d)
	for i := range (d + 1) * d {
		x[i] = rng.NormFloat64() * math.Exp2(float64(i%d%7))
	}
	for i, w := range weights {
		for c := range d {
			x[(d+1)*d+c] += w * x[i*d+c]
		}
	}
	return x
}

// solverOf readies a solver on a set.
func solverOf(t testing.TB, src *Source) *solver {
	t.Helper()
	set, err := newSet(src, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.reduce(1); err != nil {
		t.Fatal(err)
	}
	set.centreAll(1)
	return &solver{t: set, count: set.n(), workers: 1, answers: make([]answer, set.n()), mean: set.mean,
		f: &frame{dim: set.dim, w: set.w, maxW: set.maxW, err: set.err}, step: newMeter(context.Background(), set.n(), nil).done}
}

// exactly are the weights of point d+1 on the simplex of the others, by
// elimination without fractions, up to one positive factor.
func (t *set) exactly() []*big.Int {
	n := t.dim + 1
	m := make([][]big.Int, n)
	own := t.exactRow(n)
	for c := range m {
		m[c] = make([]big.Int, n+1)
		for j := range n {
			if c == t.dim {
				m[c][j].SetInt64(1)
			} else {
				m[c][j].Set(&t.exactRow(j)[c])
			}
		}
		if m[c][n].SetInt64(1); c < t.dim {
			m[c][n].Set(&own[c])
		}
	}
	det := gaussJordan(m, n)
	if det == nil {
		return nil
	}
	w := make([]*big.Int, n)
	for i := range w {
		w[i] = new(big.Int).Mul(&m[i][n], big.NewInt(int64(det.Sign())))
	}
	return w
}

// TestEncloses holds the floating-point proof against exact weights: what it
// proves is so, and it proves what is clear.
func TestEncloses(t *testing.T) {
	proved, refused := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d := 3 + rng.IntN(20)
		weights, sum := make([]float64, d+1), 0.0
		for i := range weights {
			weights[i] = rng.ExpFloat64()
			sum += weights[i]
		}
		least := math.Ldexp(1, -2*rng.IntN(30)) // down to where floats cannot tell
		for i := range weights {
			weights[i] /= sum
		}
		if seed%3 == 0 {
			least = -least
		}
		weights[1] += weights[0] - least
		weights[0] = least
		s := solverOf(t, &Source{N: d + 2, Width: d, F64: around(rng, d, weights)})
		basis := upTo(d + 1)
		a, ok := s.encloses(basis, weights, d+1)
		positive := true
		for _, w := range s.t.exactly() {
			positive = positive && w.Sign() > 0
		}
		switch {
		case ok && !positive:
			t.Errorf("seed %d: proved inside, and is not", seed)
		case ok:
			proved++
			if a.verdict != Interior || len(a.bases) != 1 || len(a.bases[0]) != d+1 || math.Abs(a.weights[0][0]-least) > 1e-10 {
				t.Errorf("seed %d: %+v", seed, a)
			}
		default:
			refused++
			if least > 1e-9 && weights[1] > 1e-3 && positive {
				t.Errorf("seed %d: %v is not proved", seed, least)
			}
		}
	}
	if proved < 15 || refused < 20 {
		t.Errorf("%d proved, %d refused", proved, refused)
	}
}

// TestEnclosesNotFlat: points that depend on each other are no simplex.
func TestEnclosesNotFlat(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	const d = 12
	weights := make([]float64, d+1)
	for i := range weights {
		weights[i] = 1.0 / (d + 1)
	}
	x := around(rng, d, weights)
	s := solverOf(t, &Source{N: d + 2, Width: d, F64: x})
	basis := upTo(d + 1)
	basis[d] = basis[0]
	if _, ok := s.encloses(basis, weights, d+1); ok {
		t.Error("a point twice, and they are proved independent")
	}
}

// TestApart holds differences against exact ones: they are no farther off than is
// said, and not at all for float32 of like sizes.
func TestApart(t *testing.T) {
	const n, d = 30, 6
	x, short, scale := normals(3, n, d), make([]float32, n*d), make([]float64, n)
	for k, v := range x {
		x[k] = math.Ldexp(v, k%d*30) // coordinates of unlike sizes are scaled
		short[k] = float32(v) + 3
	}
	for i := range scale {
		scale[i] = 1 + 1/float64(i+3)
	}
	for k, src := range []*Source{{N: n, Width: d, F32: short}, {N: n, Width: d, F64: x}, {N: n, Width: d, F64: x, Scale: scale}, {N: n, Width: d, F64: x, Projected: true}} {
		s := solverOf(t, src)
		d := s.f.dim
		got, far := make([]float64, d), 0.0
		for i := 1; i < n; i++ {
			off := make([]float64, d)
			s.apart(i, 0, got, off)
			for c, v := range s.t.difference(i, 0) {
				want := new(big.Float).SetMantExp(new(big.Float).SetInt(&v), s.t.shift[c]-s.t.exp[c])
				miss, _ := want.Sub(want, big.NewFloat(got[c])).Float64()
				far = max(far, math.Abs(miss))
				if !(math.Abs(miss) <= off[c]) || !(off[c] <= 1e-15*s.f.maxW[c]) {
					t.Errorf("source %d, point %d, coordinate %d: off by %v, said %v", k, i, c, miss, off[c])
				}
			}
		}
		if (far == 0) != (k == 0) {
			t.Errorf("source %d: off by %v", k, far)
		}
	}
}

// TestApproachAlike: approaches decide points of all kinds as they were made,
// whatever the number of workers.
func TestApproachAlike(t *testing.T) {
	const n, d = 900, 40
	x := normals(11, n, d)
	row := func(i int) []float64 { return x[i*d : (i+1)*d] }
	for k := range x {
		x[k] = float64(float32(x[k]))
	}
	for i := range 10 {
		for c := range d {
			row(i)[c] *= 1.0 / 64 // deep
			row(10 + i)[c] = 0    // padding, deep too
			row(20 + i)[c] = 0.125 + math.Ldexp(row(20 + i)[c], -20)
			row(30 + i)[c] = row(600 + i)[c] // equal
		}
	}
	src := &Source{N: n, Width: d, F64: x}
	var first []Proof
	for workers := 1; workers <= 3; workers++ {
		s := solverOf(t, src)
		s.workers = workers
		if err := s.scanAll(); err != nil {
			t.Fatal(err)
		}
		p, todo := s.newPool(), s.undecidedOnes()
		for len(todo) > 0 {
			k := min(7, len(todo))
			if err := s.approachGroup(p, todo[:k], s.step); err != nil {
				t.Fatal(err)
			}
			todo = todo[k:]
		}
		o := &Outcome{t: s.t, answers: s.answers}
		all := make([]Proof, n)
		for i := range all {
			if all[i] = o.Proof(i); s.answers[s.t.class[i]].rung == undecided {
				t.Errorf("point %d is left open", i)
			}
		}
		if first != nil && !reflect.DeepEqual(first, all) {
			t.Errorf("%d workers change answers", workers)
		}
		first = all
	}
	for i, p := range first {
		want := Selectable
		if i < 30 {
			want = Interior
		} else if i < 40 || i >= 600 && i < 610 {
			want = Tied
		}
		if p.Verdict != want {
			t.Errorf("point %d: verdict %d, not %d", i, p.Verdict, want)
		}
		if want == Interior && len(p.Bases[0]) != d+1 || want == Selectable && i%9 == 0 && wins(src, p, i) != "" {
			t.Errorf("point %d: its proof does not hold", i)
		}
	}
}
