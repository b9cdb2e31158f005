package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSoftmaxSums holds every level against float64, and the columns' results
// against those of the columns apart.
func TestSoftmaxSums(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(51, 1))
		for trial := range 60 {
			rows, d, n := 1+r.IntN(200), 1+r.IntN(20), 1+r.IntN(220)
			if trial%3 == 0 {
				rows, d, n = 1+r.IntN(2*foldRows), 8, 1+r.IntN(40)
			}
			x, acc := randomRows(r, d, n), randomRows(r, d+1, n)
			table := convert[float32](fill(rows*d, r.NormFloat64))
			var bias []float32
			if trial%2 == 0 {
				bias = convert[float32](fill(rows, r.NormFloat64))
			}
			got, apart := copyRows(acc), copyRows(acc)
			SoftmaxSums(got, x, table, bias, d, n)
			for c := range n {
				checkSums(t, got, acc, x, table, bias, d, c)
			}
			cut := r.IntN(n)
			SoftmaxSums(apart, x, table, bias, d, cut)
			SoftmaxSums(apart.Right(cut), x.Right(cut), table, bias, d, n-cut)
			closeTo(t, "sums of columns apart", apart.Data, got.Data, 0)
		}
	})
}

// checkSums compares column c, with the bound of the documentation.
func checkSums(t *testing.T, got, before, x Rows, table, bias []float32, d, c int) {
	t.Helper()
	const u = 0x1p-24
	rows := len(table) / d
	want, size, wrong := make([]float64, d+1), make([]float64, d+1), make([]float64, d+1)
	for k := range rows {
		var s, scores float64
		if bias != nil {
			s = float64(bias[k])
			scores = math.Abs(s)
		}
		for j, v := range table[k*d : (k+1)*d] {
			p := float64(v) * float64(x.Row(j)[c])
			s += p
			scores += math.Abs(p)
		}
		e := math.Exp2(s)
		share := float64(d+2)*u*scores*math.Ln2 + 0x1p-22
		for j := range d + 1 {
			v := 1.0
			if j < d {
				v = float64(table[k*d+j])
			}
			want[j] += e * v
			size[j] += e * math.Abs(v)
			wrong[j] += e * math.Abs(v) * share
		}
	}
	for j := range want {
		w := want[j] + float64(before.Row(j)[c])
		bound := wrong[j] + u*float64(foldRows+rows/foldRows+4)*(size[j]+math.Abs(float64(before.Row(j)[c])))
		if g := float64(got.Row(j)[c]); !(math.Abs(g-w) <= bound) {
			t.Fatalf("%d rows of %d: column %d, sum %d is %v, want %v ± %v", rows, d, c, j, g, w, bound)
		}
	}
}

// TestSoftmaxExtremes: scores beyond the exponent of float32 neither wrap nor
// hide a NaN.
func TestSoftmaxExtremes(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		table := []float32{1, 1, 1}
		for _, test := range [][3]float64{
			{-1e30, 3 * 0x1p-126, 3 * 0x1p-126}, {math.Inf(-1), 3 * 0x1p-126, 3 * 0x1p-126},
			{1e30, math.Inf(1), math.Inf(1)}, {125, 3 * 0x1p125, 3 * 0x1p125}, {-125.5, 3 * 0x1p-125 * math.Sqrt2 / 2, 3 * 0x1p-125 * math.Sqrt2 / 2},
		} {
			x, acc := NewRows(1, 9), NewRows(2, 9)
			x.Data[7] = float32(test[0])
			SoftmaxSums(acc, x, table, nil, 1, 9)
			for j := range 2 {
				if g, w := float64(acc.Row(j)[7]), test[1+j]; g != w && !(math.Abs(g-w) <= 1e-6*w) {
					t.Errorf("score %v: sum %v, want %v", test[0], g, w)
				}
				if g := float64(acc.Row(j)[8]); math.Abs(g-3) > 1e-6 {
					t.Errorf("score 0: sum %v, want 3", g)
				}
			}
		}
		x, acc := NewRows(1, 3), NewRows(2, 3)
		x.Data[1] = float32(math.NaN())
		SoftmaxSums(acc, x, table, nil, 1, 3)
		if acc.Row(0)[1] == acc.Row(0)[1] || acc.Row(1)[1] == acc.Row(1)[1] {
			t.Error("NaN vanished")
		}
	})
}

// TestExp2 holds the polynomial against its stated error, on every level by
// sums of one exponential.
func TestExp2(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		const n = 4096
		x, acc := NewRows(1, n), NewRows(2, n)
		for from := -126.0; from < 127; from += 0.9 {
			clear(acc.Data)
			for c := range n {
				x.Data[c] = float32(from + float64(c)/n)
			}
			SoftmaxSums(acc, x, []float32{1}, nil, 1, n)
			for c, v := range x.Data[:n] {
				want := math.Exp2(min(127, float64(v)))
				if got := float64(acc.Row(1)[c]); math.Abs(got-want) > 0x1p-22*want {
					t.Fatalf("2^%v = %v, want %v", v, got, want)
				}
			}
		}
	})
}
