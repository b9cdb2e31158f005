package hull

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFullRank compares ranks found in blocks with the plain elimination's, on
// sets of full rank and on sets that lack one, wide and tall.
func TestFullRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for _, c := range []struct {
		n, d int
		less bool // make the last coordinate the sum of others
		f64  bool
		sort bool // zeros first: pivots must be looked for
	}{
		{300, 96, false, false, false}, {300, 97, false, true, false}, {140, 130, false, false, true}, {200, 128, true, false, false},
		{120, 160, false, false, false}, {101, 200, false, true, false}, {97, 97, false, false, false}, {160, 159, false, false, true}, {161, 160, false, false, false},
	} {
		x := make([]float64, c.n*c.d)
		for k := range x {
			x[k] = float64(float32(rng.NormFloat64()))
			if c.sort && k%c.d > k/c.d/2 {
				x[k] = float64(rng.IntN(2))
			}
		}
		if c.less {
			for i := 0; i < len(x); i += c.d {
				x[i+c.d-1] = x[i] - x[i+1] + x[i+2]
				x[i], x[i+1], x[i+2] = float64(int(x[i]*64)), float64(int(x[i+1]*64)), float64(int(x[i+2]*64))
				x[i+c.d-1] = x[i] - x[i+1] + x[i+2]
			}
		}
		src := &Source{N: c.n, Width: c.d, F64: x}
		if !c.f64 {
			src.F64, src.F32 = nil, narrow(x)
		}
		s, err := newSet(src, 1)
		if err != nil {
			t.Fatal(err)
		}
		full := min(c.d, c.n-1)
		cols := s.fullRank(full, 1)
		if (cols == nil) != c.less {
			t.Errorf("%+v: full rank shown: %v", c, cols != nil)
		}
		if two := s.fullRank(full, 2); !slices.Equal(two, cols) {
			t.Errorf("%+v: depends on the number of workers", c)
		}
		if cols == nil {
			continue
		}
		kept := make([]float64, 0, c.n*full)
		for i := range c.n {
			for _, col := range cols {
				kept = append(kept, x[i*c.d+col])
			}
		}
		k, err := newSet(&Source{N: c.n, Width: full, F64: kept}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if e := k.eliminate(rankPrimes[0], full); len(e.cols) != full || !slices.IsSorted(cols) {
			t.Errorf("%+v: coordinates %v have rank %d", c, cols, len(e.cols))
		}
	}
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for k, v := range x {
		y[k] = float32(v)
	}
	return y
}
