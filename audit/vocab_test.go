package audit

import (
	"context"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"keyhull"
)

func vocab(t *testing.T, o Output, opt VocabOptions) *VocabResult {
	t.Helper()
	v, err := Vocab(context.Background(), o, opt)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// winners of lines w·h + b, in fractions: between two neighbouring crossings
// the order of lines does not change.
func winners(w, b []float32) []bool {
	n, won := len(w), make([]bool, len(w))
	var at []*big.Rat
	for i := range n {
		for j := range i {
			if w[i] != w[j] {
				x := new(big.Rat).Sub(exactly(float64(b[i])), exactly(float64(b[j])))
				at = append(at, x.Quo(x, new(big.Rat).Sub(exactly(float64(w[j])), exactly(float64(w[i])))))
			}
		}
	}
	slices.SortFunc(at, (*big.Rat).Cmp)
	try := []*big.Rat{new(big.Rat)}
	for k, x := range at {
		switch {
		case k == 0:
			try = append(try, new(big.Rat).Sub(x, big.NewRat(1, 1)))
		default:
			try = append(try, times(big.NewRat(1, 2), new(big.Rat).Add(x, at[k-1])))
		}
		if k == len(at)-1 {
			try = append(try, new(big.Rat).Add(x, big.NewRat(1, 1)))
		}
	}
	for _, h := range try {
		top, tie := -1, false
		var best *big.Rat
		for i := range n {
			s := new(big.Rat).Add(times(h, exactly(float64(w[i]))), exactly(float64(b[i])))
			if top < 0 || s.Cmp(best) > 0 {
				top, best, tie = i, s, false
			} else if s.Cmp(best) == 0 {
				tie = true
			}
		}
		if !tie {
			won[top] = true
		}
	}
	return won
}

func TestVocabWithBiasIsTheEnvelopeOfLines(t *testing.T) {
	only := 0
	for seed := range uint64(60) {
		r := newDraws(seed)
		n := 3 + r.IntN(12)
		o := Output{N: n, Dim: 1, Weights: r.normals(n, 1), Bias: r.normals(n, 1)}
		if seed%2 == 0 { // equal rows, and rows on lines
			for i := range n {
				o.Weights[i], o.Bias[i] = float32(r.IntN(5)), float32(r.IntN(5))
			}
		}
		v := vocab(t, o, VocabOptions{})
		for i, want := range winners(o.Weights, o.Bias) {
			if got := v.Verdicts[i] == keyhull.Selectable; got != want {
				t.Errorf("seed %d, token %d: %v, want %v", seed, i, v.Verdicts[i], want)
			}
			if want && v.Rows.Keys[i].Verdict.Unselectable() {
				only++
			}
		}
		if v.Lifted != nil {
			s := v.Lifted.Result.Certificates(1e-6)
			prove(t, v.Lifted.Rows, 2, &s)
		}
	}
	if only < 30 {
		t.Errorf("%d tokens need their bias", only)
	}
}

// argmaxOutput is the token of the highest score.
func argmaxOutput(o *Output, h []float64) (top int) {
	best := math.Inf(-1)
	for i := range o.N {
		s := 0.0
		if o.Bias != nil {
			s = float64(o.Bias[i])
		}
		for c, v := range o.row(i) {
			s += h[c] * float64(v)
		}
		if s > best {
			top, best = i, s
		}
	}
	return top
}

// Certificates with bias are states that select their token, and no token that
// wins under a sampled state is said to be out of reach.
func TestVocabAgainstSampling(t *testing.T) {
	unreachable, lifted, searched := 0, 0, 0
	for seed := range uint64(16) {
		r := newDraws(seed)
		n, d := 20+r.IntN(60), 2+r.IntN(3)
		o := Output{N: n, Dim: d, Weights: r.normals(n*d, 1), Norm: &FinalNorm{Radius: 1.5, Projected: seed%4 == 0, Bias: r.normals(d, 1)}}
		if seed%2 == 0 {
			o.Bias = r.normals(n, 1)
		}
		if seed%3 == 0 {
			o.Norm.Gain = r.normals(d, 1)
		}
		v := vocab(t, o, VocabOptions{Certificates: true, Workers: 1 + int(seed)%3})
		searched += len(v.Reach.Proofs)
		if v.Lifted != nil {
			for _, i := range v.Lifted.Of {
				if q := v.Lifted.Result.Keys[i].Query; v.Verdicts[i] == keyhull.Selectable && q != nil {
					h := append([]float64(nil), q[:d]...)
					scaleBy(h, 1/q[d])
					if lifted++; q[d] <= 0 || argmaxOutput(&o, h) != i {
						t.Errorf("token %d: its query selects %d", i, argmaxOutput(&o, h))
					}
				}
			}
		}
		e := o.Norm.ellipsoid(d)
		for range 4000 {
			z := make([]float64, d)
			for c := range z {
				z[c] = r.NormFloat64()
			}
			scaleBy(z, o.Norm.Radius*r.Float64()/norm2(z))
			if top := argmaxOutput(&o, e.apply(z)); v.Verdicts[top] != keyhull.Selectable || v.Reach.Keys[top] != CanReach {
				t.Errorf("token %d wins; it is %v, %v", top, v.Verdicts[top], v.Reach.Keys[top])
			}
		}
		for _, p := range v.Reach.Proofs {
			if p.State != nil && argmaxOutput(&o, e.apply(p.State)) != p.Key {
				t.Errorf("the state of token %d selects another", p.Key)
			}
		}
		if v.Reach.Undecided > 0 {
			t.Errorf("%d undecided", v.Reach.Undecided)
		}
		unreachable += v.Reach.Unreachable
	}
	if unreachable < 20 || lifted < 20 || searched < 50 {
		t.Errorf("%d unreachable, %d lifted, %d searched", unreachable, lifted, searched)
	}
}

// What float32 claims, float64 confirms.
func TestOwnStatesAreWon(t *testing.T) {
	r := newDraws(4)
	const n, d = 300, 24
	o := Output{N: n, Dim: d, Weights: r.normals(n*d, 1), Bias: r.normals(n, 0.1), Norm: &FinalNorm{Radius: math.Sqrt(d), Bias: r.normals(d, 0.2), Projected: true}}
	for i := range o.Weights {
		o.Weights[i] += 300 // a common offset changes nothing
	}
	c := newContest(o.Norm.ellipsoid(d).factorize(), o.Weights, o.Bias)
	keys := slices.Repeat([]Reachable{Undecided}, n)
	if err := c.ownStates(context.Background(), keys, VocabOptions{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	won := 0
	for i, k := range keys {
		ok, _ := c.wins(i, c.ownState(i))
		if k == CanReach && !ok {
			t.Errorf("token %d does not win", i)
		}
		if k == CanReach {
			won++
		}
		if e := c.f.e; ok { // its score is the limit
			s := float64(o.Bias[i])
			for k, v := range e.apply(c.ownState(i)) {
				s += v * (float64(o.row(i)[k]) - c.mean[k])
			}
			if l := c.limit(i, make([]float64, d+1), make([]float64, d)); s > l || s < l-1e-6*abs(l) {
				t.Errorf("token %d scores %v, at most %v", i, s, l)
			}
		}
	}
	if won < n/2 {
		t.Errorf("%d of %d", won, n)
	}
}

func TestVocabIsTheSameForAnyWorkers(t *testing.T) {
	r := newDraws(8)
	o := Output{N: 500, Dim: 6, Weights: r.normals(500*6, 1), Bias: r.normals(500, 0.5), Norm: &FinalNorm{Radius: 2}}
	var want *VocabResult
	for _, workers := range []int{1, 2, 4} {
		var mu sync.Mutex
		last := map[string]int{}
		v := vocab(t, o, VocabOptions{Workers: workers, Certificates: true, Progress: func(stage string, done, total int) {
			mu.Lock()
			defer mu.Unlock()
			if done < last[stage] || done > total {
				t.Errorf("%s: %d of %d after %d", stage, done, total, last[stage])
			}
			last[stage] = done
		}})
		if want == nil {
			want = v
		}
		if !slices.Equal(v.Verdicts, want.Verdicts) || !slices.Equal(v.Reach.Keys, want.Reach.Keys) || len(last) < 3 {
			t.Errorf("%d workers: other answers; stages %v", workers, last)
		}
		for k, p := range v.Reach.Proofs {
			if !slices.Equal(p.State, want.Reach.Proofs[k].State) {
				t.Errorf("%d workers: another proof for token %d", workers, p.Key)
			}
		}
	}
}

func TestVocabWholeNormReachesAll(t *testing.T) {
	r := newDraws(8)
	o := Output{N: 100, Dim: 5, Weights: r.normals(500, 1), Norm: &FinalNorm{Radius: math.Sqrt(5), Bias: r.normals(5, 0.1)}}
	v := vocab(t, o, VocabOptions{})
	if m := vocab(t, o, VocabOptions{Margins: true}); !slices.Equal(m.Verdicts, v.Verdicts) || v.Counts.ByRounding != 0 || m.Rows.Keys[v.selectable()].Margin <= 0 {
		t.Errorf("%+v with margins, %+v without", m.Counts, v.Counts)
	}
	s := v.Rows.Certificates(1e-6)
	prove(t, o.Weights, o.Dim, &s)
	if !v.Reach.Whole || v.Reach.Reachable != v.Counts.Selectable || v.WithBias != v.Counts.Interior || v.Lifted != nil {
		t.Errorf("%+v", v.Counts)
	}
	o.Weights[13] = float32(math.Inf(1))
	if _, err := Vocab(context.Background(), o, VocabOptions{}); err == nil || !strings.Contains(err.Error(), "row 2, coordinate 3 is +Inf") {
		t.Error(err)
	}
}

// selectable is the first selectable token.
func (v *VocabResult) selectable() int { return slices.Index(v.Verdicts, keyhull.Selectable) }
