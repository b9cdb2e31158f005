package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// matMulSizes are rows, In and Out, with what is left over in every direction.
var matMulSizes = [][3]int{{1, 1, 1}, {12, 5, 32}, {11, 1, 31}, {13, 7, 33}, {25, 64, 128}, {49, 33, 129}, {97, 40, 300}, {3, 300, 50}, {60, 20, 17}}

// inPlaceOf returns a matrix of rows by d in a wider one, whose rest is NaN.
func inPlaceOf(r *rand.Rand, rows, d int) (x []float32, ld int) {
	ld = d + r.IntN(9)
	x = make([]float32, (rows-1)*ld+d)
	for i := range x {
		x[i] = float32(math.NaN())
		if i%ld < d {
			x[i] = float32(r.NormFloat64())
		}
	}
	return x, ld
}

// TestMatMul holds the product against twice the precision, on every level, and
// whatever the workers: the same bits.
func TestMatMul(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(31, 32))
		for _, s := range matMulSizes {
			m, k, n := s[0], s[1], s[2]
			a, lda := inPlaceOf(r, m, k)
			w, bias := convert[float32](fill(n*k, r.NormFloat64)), convert[float32](fill(n, r.NormFloat64))
			b := NewPacked(k, n)
			b.Set(0, n, w, 1, k, bias)
			c, ldc := inPlaceOf(r, m, n)
			before := slices.Clone(c)
			MatMul(c, ldc, a, lda, m, b, 1)
			for i := range c {
				row, o := i/ldc, i%ldc
				if o >= n {
					if math.Float32bits(c[i]) != math.Float32bits(before[i]) {
						t.Fatalf("%v: wrote beside row %d", s, row)
					}
					continue
				}
				x, y := append(widen(a[row*lda:row*lda+k]), 1), append(widen(w[o*k:(o+1)*k]), float64(bias[o]))
				if want, bound := exactDot(x, y, 0x1p-24, 0x1p-149); math.Abs(float64(c[i])-want) > bound {
					t.Fatalf("%v: %g in row %d, column %d, want %g within %g", s, c[i], row, o, want, bound)
				}
			}
			for _, workers := range []int{2, 7} {
				again := slices.Clone(before)
				MatMul(again, ldc, a, lda, m, b, workers)
				if !slices.EqualFunc(again, c, sameBits) {
					t.Errorf("%v: %d workers give other bits", s, workers)
				}
			}
		}
	})
}

func sameBits(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }

// TestMatMulLevels wants the same bits of the levels that fuse products.
func TestMatMulLevels(t *testing.T) {
	if detect() < avx512 {
		t.Skip("needs AVX-512")
	}
	r := rand.New(rand.NewPCG(33, 34))
	for _, s := range matMulSizes {
		m, k, n := s[0], s[1], s[2]
		a, b := convert[float32](fill(m*k, r.NormFloat64)), NewPacked(k, n)
		b.Set(0, n, convert[float32](fill(k*n, r.NormFloat64)), n, 1, nil)
		var results [][]float32
		for _, level := range []string{"avx2", "avx512"} {
			back := Use(level)
			c := make([]float32, m*n)
			MatMul(c, n, a, k, m, b, 1)
			results = append(results, c)
			back()
		}
		if !slices.Equal(results[0], results[1]) {
			t.Errorf("%v: AVX2 and AVX-512 give different bits", s)
		}
	}
}

// TestPacked reads back what columns were filled with, in parts and with other
// strides, and that a part of the matrix gives a part of the product.
func TestPacked(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 36))
	in, out := 9, 70
	w, bias := convert[float32](fill(in*out, r.NormFloat64)), convert[float32](fill(out, r.NormFloat64))
	p := NewPacked(in, out)
	p.Set(0, 20, w, out, 1, bias)
	p.Set(20, 50, w[20:], out, 1, bias[20:])
	for i := range in {
		for o := range out {
			if p.At(i, o) != w[i*out+o] || p.Bias(o) != bias[o] {
				t.Fatalf("row %d, column %d: %g and bias %g", i, o, p.At(i, o), p.Bias(o))
			}
		}
	}
	q, c := NewPacked(4, 33), make([]float32, 2*33)
	q.Set(0, 33, w, out, 1, bias)
	part := make([]float32, 2*33)
	a := convert[float32](fill(18, r.NormFloat64))
	MatMul(c, 33, a, 9, 2, q, 1)
	MatMul(part, 33, a, 9, 2, p.Head(4, 33), 1)
	if !slices.Equal(c, part) {
		t.Error("the head of a matrix gives another product")
	}
	p.Reset(3, 40)
	for i := range 3 {
		for o := range 40 {
			if p.At(i, o) != 0 || p.Bias(o) != 0 {
				t.Fatal("numbers stay after Reset")
			}
		}
	}
}

func TestMatMulPanics(t *testing.T) {
	p, x := NewPacked(3, 4), make([]float32, 12)
	for name, call := range map[string]func(){
		"no rows":         func() { NewPacked(0, 1) },
		"short weights":   func() { p.Set(0, 4, x[:11], 1, 3, nil) },
		"column outside":  func() { p.Set(1, 4, x, 1, 3, nil) },
		"short bias":      func() { p.Set(0, 4, x, 1, 3, x[:3]) },
		"short result":    func() { MatMul(x[:11], 4, x, 3, 3, p, 1) },
		"short operand":   func() { MatMul(x, 4, x[:8], 3, 3, p, 1) },
		"narrow result":   func() { MatMul(x, 3, x, 3, 3, p, 1) },
		"head of more":    func() { p.Head(4, 4) },
		"gates of others": func() { SiluGate(x, x, x[:3]) },
	} {
		t.Run(name, func(t *testing.T) { mustPanic(t, call) })
	}
}

// TestFlat holds kernels on flat rows against the standard library.
func TestFlat(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(37, 38))
		for n := range 70 {
			x, u := convert[float32](fill(n, func() float64 { return 20 * r.NormFloat64() })), convert[float32](fill(n, r.NormFloat64))
			most := Largest(x)
			if n > 0 && most != slices.Max(x) || n == 0 && !math.IsInf(float64(most), -1) {
				t.Fatalf("n=%d: largest %g", n, most)
			}
			e, sum := slices.Clone(x), 0.0
			got := Exponentials(e, most, 0.3)
			for i, v := range x {
				want := math.Exp(float64(v-most) * float64(float32(0.3)))
				sum += want
				if math.Abs(float64(e[i])-want) > 1e-5*want+1e-37 {
					t.Fatalf("n=%d: exponential %g, want %g", n, e[i], want)
				}
			}
			if math.Abs(float64(got)-sum) > 1e-5*sum {
				t.Fatalf("n=%d: sum %g, want %g", n, got, sum)
			}
			y := make([]float32, n)
			SiluGate(y, x, u)
			for i, v := range x {
				want := float64(u[i]) * float64(v) / (1 + math.Exp(-float64(v)))
				if bound := math.Abs(float64(v*u[i])) * 0x1p-21; math.Abs(float64(y[i])-want) > bound {
					t.Fatalf("n=%d: SiLU of %g as a gate of %g is %g, want %g within %g", n, v, u[i], y[i], want, bound)
				}
			}
		}
	})
}

func BenchmarkMatMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range [][3]int{{1024, 576, 1536}, {96, 576, 1536}, {96, 1536, 576}, {96, 768, 3072}, {1024, 1024, 64}, {20, 384, 1536}} {
		m, k, n := s[0], s[1], s[2]
		a, c := convert[float32](fill(m*k, r.NormFloat64)), make([]float32, m*n)
		p := NewPacked(k, n)
		p.Set(0, n, convert[float32](fill(k*n, r.NormFloat64)), 1, k, nil)
		benchShare(b, fmt.Sprintf("%dx%dx%d", m, k, n), m*k*n, func() { MatMul(c, n, a, k, m, p, 1) })
	}
}
