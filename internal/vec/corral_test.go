package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// cloud is some points for a corral: rows, and the same as panels with a last
// coordinate.
type cloud struct {
	d    int
	rows []float64
	list []int32
	all  Panels32
}

func newCloud(r *rand.Rand, n, d int) *cloud {
	c := &cloud{d: d, rows: fill(n*d, r.NormFloat64), list: make([]int32, n)}
	for i := range n {
		c.list[i] = int32(i)
		c.rows[i*d] += 6 // away from the origin
	}
	r.Shuffle(n, func(i, j int) { c.list[i], c.list[j] = c.list[j], c.list[i] })
	c.all.Reset(d + 1)
	for _, j := range c.list {
		c.all.Append(append(slices.Clone(c.rows[int(j)*d:][:d]), 0))
	}
	return c
}

// descend finds the point of least norm, one descent after another, from the
// direction of the first point.
func (c *cloud) descend(k *Corral) Descent {
	k.Reset(make([]float64, c.d), c.rows[:c.d])
	for range 100 {
		c.hide(k, hidden)
		k.Approach(&c.all, hidden)
		c.hide(k, 0)
		if added, why := k.Descend(c.rows, c.list); added == 0 || why != NoneBelow {
			return why
		}
	}
	return Lost
}

func (c *cloud) hide(k *Corral, last float32) {
	k.Corners(func(s int) {
		at := slices.Index(c.list, k.Index[s])
		c.all.Data[(at/Lanes32*c.all.Dim+c.d)*Lanes32+at%Lanes32] = last
	})
}

// TestCorral holds descents against what they are for: weights that make a point of
// the hull, of which no point is farther down; and every level against the twin.
func TestCorral(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		for range 150 {
			d := 1 + r.IntN(CorralDim)
			c := newCloud(r, 1+r.IntN(300), d)
			k := NewCorral(d, 1-1e-13, 0x1p-200)
			if why := c.descend(k); why != NoneBelow {
				t.Fatalf("d=%d n=%d: %v", d, len(c.list), why)
			}
			x, sum := make([]float64, d), 0.0
			k.Corners(func(s int) {
				sum += k.Weight[s]
				if !(k.Weight[s] > 0) {
					t.Errorf("d=%d: weight %v", d, k.Weight[s])
				}
				Axpy(k.Weight[s], c.rows[int(k.Index[s])*d:][:d], x)
			})
			square := Dot(x, x)
			if math.Abs(sum-1) > 1e-9 || math.Abs(k.Square-square) > 1e-9*square {
				t.Fatalf("d=%d: weights add up to %v, square %v is %v", d, sum, k.Square, square)
			}
			for i := range c.list {
				if s := Dot(x, c.rows[i*d:][:d]); s < square*(1-1e-6) {
					t.Fatalf("d=%d: point %d is below: %v of %v", d, i, s, square)
				}
			}
			twin := NewCorral(d, 1-1e-13, 0x1p-200)
			func() {
				defer Use("generic")()
				c.descend(twin)
			}()
			if math.Abs(k.Square-twin.Square) > 1e-9*square {
				t.Errorf("d=%d: square %v, the twin's is %v", d, k.Square, twin.Square)
			}
		}
	})
}

// TestCorralStep takes the same near points on every level: one descent takes in as
// many of them as the twin's, and ends for the same reason in the same point.
func TestCorralStep(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for range 200 {
		d := 1 + r.IntN(CorralDim)
		c := newCloud(r, 1+r.IntN(100), d)
		kind := r.IntN(4)
		switch kind {
		case 1: // a point twice: the second depends on the first
			copy(c.rows[len(c.rows)-d:], c.rows[:d])
		case 2: // the origin is inside
			for i := range c.list {
				c.rows[i*d] -= 6
			}
		}
		run := func() (*Corral, int, Descent) {
			k := NewCorral(d, 1-1e-13, 1e-20)
			k.Reset(make([]float64, d), c.rows[:d])
			k.Approach(&c.all, hidden)
			added, why := k.Descend(c.rows, c.list)
			return k, added, why
		}
		want, steps, ends := func() (*Corral, int, Descent) { defer Use("generic")(); return run() }()
		for _, level := range Levels() {
			got, added, why := func() (*Corral, int, Descent) { defer Use(level)(); return run() }()
			if kind == 2 {
				continue // rounding decides how it ends
			}
			if added != steps || why != ends || math.Abs(got.Square-want.Square) > 1e-9*want.Square {
				t.Errorf("%s, d=%d n=%d kind %d: %d steps, end %v, square %v; the twin %d, %v, %v", level, d, len(c.list), kind, added, why, got.Square, steps, ends, want.Square)
			}
		}
	}
}

// TestCorralForgets: numbers that are none, of the last point, do not reach the next.
func TestCorralForgets(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(25, 26))
		for _, d := range []int{1, 3, 8, 14, 15, 30} {
			c := newCloud(r, 80, d)
			bad := newCloud(r, 80, d)
			for i := range bad.rows {
				bad.rows[i] *= 1e200
			}
			used, fresh := NewCorral(d, 1-1e-13, 0x1p-200), NewCorral(d, 1-1e-13, 0x1p-200)
			bad.descend(used)
			for i, v := range bad.all.Data {
				if i%3 == 0 && v-v == 0 {
					bad.all.Data[i] = float32(math.NaN())
				}
			}
			bad.descend(used)
			if why, want := c.descend(used), c.descend(fresh); why != want || used.X != fresh.X {
				t.Errorf("d=%d: %v %v, afresh %v %v", d, why, used.X, want, fresh.X)
			}
		}
	})
}

func TestTopLanes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 14))
		for range 200 {
			n, dim := r.IntN(300), 1+r.IntN(40)
			p, _ := points[float32](fill(n*dim, func() float64 { return float64(r.IntN(9) - 4) }), dim)
			q := convert[float32](fill(dim, func() float64 { return float64(r.IntN(9) - 4) })) // no kernel rounds
			var got, want [Lanes32]float32
			var panel, first [Lanes32]int32
			topLanes(&got, &panel, q, p)
			topLanesGeneric(&want, &first, q, p)
			if got != want || panel != first {
				t.Fatalf("n=%d dim=%d: %v %v, want %v %v", n, dim, got, panel, want, first)
			}
			if top := Top2F32(q, p); n > 0 && slices.Max(got[:]) != float32(top.Best) {
				t.Fatalf("n=%d dim=%d: best %v, of all %v", n, dim, got, top)
			}
		}
	})
}

func TestCorralPanics(t *testing.T) {
	mustPanic(t, func() { NewCorral(0, 1, 0) })
	mustPanic(t, func() { NewCorral(CorralDim+1, 1, 0) })
	mustPanic(t, func() { NewCorral(3, 1, 0).Approach(&Panels32{N: 1, Dim: 3, Data: make([]float32, 96)}, 0) })
}
