package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pad returns a rows×ld matrix whose columns from cols on are 0.
func pad(r *rand.Rand, rows, cols, ld int) []float64 {
	m := make([]float64, rows*ld)
	for i := range rows {
		for c := range cols {
			m[i*ld+c] = r.NormFloat64()
		}
	}
	return m
}

// sizes are the numbers of rows that the dense kernels are tested with: every
// small one, so that all remainders occur, and some large.
func sizes() []int {
	var s []int
	for n := range 75 {
		s = append(s, n)
	}
	return append(s, 128, 257, 300)
}

func TestDotAndAxpy(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range sizes() {
			for name, f := range families(r) {
				x, y, a := fill(n, f), fill(n, f), f()
				want, bound := exactDot(x, y, 0x1p-53, math.SmallestNonzeroFloat64)
				if got := Dot(x, y); math.Abs(got-want) > bound {
					t.Fatalf("%s n=%d: Dot %g, want %g within %g", name, n, got, want, bound)
				}
				// A guard on either side must survive.
				z := append(append([]float64{7}, y...), 7)
				Axpy(a, x, z[1:n+1])
				for i := range x {
					want, bound := exactDot([]float64{a, 1}, []float64{x[i], y[i]}, 0x1p-53, math.SmallestNonzeroFloat64)
					if math.Abs(z[i+1]-want) > bound {
						t.Fatalf("%s n=%d: Axpy %g at %d, want %g", name, n, z[i+1], i, want)
					}
				}
				if z[0] != 7 || z[n+1] != 7 {
					t.Fatalf("%s n=%d: Axpy wrote outside", name, n)
				}
			}
		}
	})
}

func TestMatVec(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for _, rows := range sizes() {
			cols := min(rows+r.IntN(5), 100)
			ld := (cols+3)/4*4 + 4*r.IntN(2)
			m, x := pad(r, rows, cols, ld), pad(r, 1, cols, ld)
			dst := append(make([]float64, rows), 7)
			MatVec(dst, m, ld, rows, x)
			for i := range rows {
				want, bound := exactDot(m[i*ld:(i+1)*ld], x, 0x1p-53, math.SmallestNonzeroFloat64)
				if math.Abs(dst[i]-want) > bound {
					t.Fatalf("%d×%d: %g in row %d, want %g within %g", rows, ld, dst[i], i, want, bound)
				}
			}
			if dst[rows] != 7 {
				t.Fatalf("%d×%d: wrote outside", rows, ld)
			}
		}
	})
}

func TestPivot(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, rows := range sizes()[1:] {
			cols := min(rows, 100)
			ld := (cols+3)/4*4 + 4*r.IntN(2)
			m, u, at := pad(r, rows, cols, ld), fill(rows, r.NormFloat64), r.IntN(rows)
			got := append(append([]float64{7}, m...), 7)
			Pivot(got[1:len(m)+1], ld, rows, at, u)
			if got[0] != 7 || got[len(m)+1] != 7 {
				t.Fatalf("%d×%d: wrote outside", rows, ld)
			}
			for i, v := range m {
				c := i % ld
				q := m[at*ld+c] / u[at]
				want, bound := q, 0.0
				if i/ld != at {
					want, bound = exactDot([]float64{1, -u[i/ld]}, []float64{v, q}, 0x1p-53, math.SmallestNonzeroFloat64)
				}
				if math.Abs(got[i+1]-want) > bound {
					t.Fatalf("%d×%d row %d: %g at row %d column %d, want %g", rows, ld, at, got[i+1], i/ld, c, want)
				}
			}
		}
	})
}

// TestPivotInverts exchanges the columns of an identity one by one for those of
// a random matrix, as a simplex walk does, and checks that the product of the
// result and that matrix is the identity.
func TestPivotInverts(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 12))
		for _, n := range []int{1, 2, 5, 9, 33} {
			ld := (n + 3) / 4 * 4
			inverse, basis := make([]float64, n*ld), make([][]float64, n)
			for i := range n {
				inverse[i*ld+i] = 1
			}
			for k := range n {
				column := pad(r, 1, n, ld)
				column[k] += 10
				basis[k] = column
				u := make([]float64, n)
				MatVec(u, inverse, ld, n, column)
				Pivot(inverse, ld, n, k, u)
			}
			for k, column := range basis {
				u := make([]float64, n)
				MatVec(u, inverse, ld, n, column)
				for i, v := range u {
					want := 0.0
					if i == k {
						want = 1
					}
					if math.Abs(v-want) > 1e-10 {
						t.Fatalf("n=%d: %g at row %d column %d of the product", n, v, i, k)
					}
				}
			}
		}
	})
}

func TestDensePanics(t *testing.T) {
	x4, x3 := make([]float64, 4), make([]float64, 3)
	for name, call := range map[string]func(){
		"ld not a multiple of 4": func() { Pivot(x4, 3, 1, 0, x4) },
		"row outside":            func() { Pivot(x4, 4, 1, 1, x4) },
		"negative row":           func() { Pivot(x4, 4, 1, -1, x4) },
		"short matrix":           func() { MatVec(x4, x4, 4, 2, x4) },
		"short vector":           func() { MatVec(x4, x4, 4, 1, x3) },
		"short result":           func() { MatVec(nil, x4, 4, 1, x4) },
		"unequal dot":            func() { Dot(x4, x3) },
		"unequal axpy":           func() { Axpy(1, x3, x4) },
	} {
		t.Run(name, func(t *testing.T) { mustPanic(t, call) })
	}
}

func mustPanic(t *testing.T, call func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	call()
}
