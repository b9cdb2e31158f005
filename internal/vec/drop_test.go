package vec

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestDropout: every level drops what keeps says, and columns may be split.
func TestDropout(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(54, 1))
		laneShapes(r, func(rows, _, n int) {
			drop := Drop{Key: r.Uint64(), P: []float32{0, 0.1, 0.5, 1e-30, 0.999}[r.IntN(5)]}
			x, y := randomRows(r, rows, n), randomRows(r, rows, n)
			offset, d := r.IntN(1e6), drop.dice()
			for _, more := range []bool{false, true} {
				got, want := copyRows(y), copyRows(y)
				Dropout(got, x, rows, n, drop, offset, more)
				for i := range rows {
					for c := range n {
						v := float32(0)
						if d.keeps(i, offset+c) {
							v = x.Row(i)[c] / (1 - drop.P)
						}
						if more {
							v += y.Row(i)[c]
						}
						want.Row(i)[c] = v
					}
				}
				closeTo(t, "dropout", got.Data, want.Data, 2e-7)
				apart, l := copyRows(y), Lanes()
				Dropout(apart, x, rows, l, drop, offset, more)
				if n > l {
					Dropout(apart.Right(l), x.Right(l), rows, n-l, drop, offset+l, more)
				}
				closeTo(t, "dropout of columns apart", apart.Data, got.Data, 0)
			}
			Dropout(x, x, rows, n, Drop{}, 0, false)
		})
	})
}

// TestDiceUniform tests the upper bits of the generator by χ², for counters as
// attention and Dropout use them, and the frequency of what is dropped.
func TestDiceUniform(t *testing.T) {
	for key := range uint64(20) {
		d := Drop{Key: key, P: 0.1}.dice()
		const side = 1024
		var cells [1 << 12]int
		dropped := 0
		for i := range side {
			for j := range side {
				cells[d.throw(i, j)>>20]++
				if !d.keeps(i, j) {
					dropped++
				}
			}
		}
		chi := 0.0
		mean := float64(side*side) / float64(len(cells))
		for _, c := range cells {
			chi += (float64(c) - mean) * (float64(c) - mean) / mean
		}
		// Within 5 standard deviations of the mean of χ² with 4095 degrees.
		if math.Abs(chi-4095) > 5*math.Sqrt(2*4095) {
			t.Errorf("key %d: χ² is %v, want about 4095", key, chi)
		}
		if z := (float64(dropped) - 0.1*side*side) / math.Sqrt(0.09*side*side); math.Abs(z) > 5 {
			t.Errorf("key %d: %d of %d dropped: %v standard deviations off", key, dropped, side*side, z)
		}
	}
}

// TestDiceIndependent counts how often two throws agree in what they drop, for
// neighbours in either index, several steps apart, and for neighbouring keys;
// and how many of their upper 16 bits agree.
func TestDiceIndependent(t *testing.T) {
	const side, p = 700, 0.1
	pairs := map[string]func(d, e *dice, i, j int) (uint32, uint32){
		"next i":         func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(i+1, j) },
		"next j":         func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(i, j+1) },
		"8 on":           func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(i, j+8) },
		"1024 on":        func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(i, j+1024) },
		"diagonal":       func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(i+1, j+1) },
		"other diagonal": func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i+1, j), d.throw(i, j+1) },
		"transposed":     func(d, _ *dice, i, j int) (uint32, uint32) { return d.throw(i, j), d.throw(j, i+side) },
		"next key":       func(d, e *dice, i, j int) (uint32, uint32) { return d.throw(i, j), e.throw(i, j) },
	}
	for name, pair := range pairs {
		for key := range uint64(8) {
			d, e := Drop{key << 40, p}.dice(), Drop{key<<40 + 1, p}.dice()
			both, same := 0, 0
			for i := range side {
				for j := range side {
					a, b := pair(&d, &e, i, j)
					if int32(a) <= d.limit && int32(b) <= d.limit {
						both++
					}
					same += bits.OnesCount16(^uint16((a ^ b) >> 16))
				}
			}
			const n = side * side
			if z := (float64(both) - p*p*n) / math.Sqrt(p*p*(1-p*p)*n); math.Abs(z) > 5 {
				t.Errorf("%s, key %d: both dropped %d times of %d: %v standard deviations off", name, key, both, n, z)
			}
			if z := (float64(same) - 8*n) / math.Sqrt(4*n); math.Abs(z) > 5 {
				t.Errorf("%s, key %d: bits agree %v standard deviations too often", name, key, z)
			}
		}
	}
}

// TestDiceRuns tests how many of 16 numbers in a row, a column or at the same
// place under 16 keys are dropped against the binomial distribution by χ².
func TestDiceRuns(t *testing.T) {
	const trials = 60000
	groups := map[string]func(d *dice, n, k int) bool{
		"row":    func(d *dice, n, k int) bool { return d.keeps(n/64, n%64*16+k) },
		"column": func(d *dice, n, k int) bool { return d.keeps(n%64*16+k, n/64) },
		"keys": func(d *dice, n, k int) bool {
			e := Drop{uint64(d.key)<<32 + uint64(n*16+k), 0.3}.dice()
			return e.keeps(3, 5)
		},
	}
	for name, keeps := range groups {
		d := Drop{Key: 77, P: 0.3}.dice()
		var counts [17]float64
		for n := range trials {
			kept := 0
			for k := range 16 {
				if keeps(&d, n, k) {
					kept++
				}
			}
			counts[kept]++
		}
		chi, probability := 0.0, math.Pow(0.3, 16)
		for k, c := range counts {
			if want := trials * probability; want > 5 {
				chi += (c - want) * (c - want) / want
			}
			probability *= float64(16-k) / float64(k+1) * 0.7 / 0.3
		}
		if chi > 50 { // about 13 degrees of freedom: 50 has a probability below 1e-5
			t.Errorf("%s: χ² of the counts is %v", name, chi)
		}
	}
}

func TestDropPanics(t *testing.T) {
	for _, p := range []float32{-0.1, 1, float32(math.NaN())} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("P = %v did not panic", p)
				}
			}()
			Dropout(NewRows(1, 16), NewRows(1, 16), 1, 16, Drop{P: p}, 0, false)
		}()
	}
}
