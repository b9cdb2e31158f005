package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRange(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(21, 22))
		for _, d := range sizes()[1:] {
			rows := 1 + r.IntN(9)
			x := fill(rows*d, func() float64 { return float64(r.IntN(2001) - 1000) })
			lo, hi := slices.Clone(x[:d]), slices.Clone(x[:d])
			sum := append(make([]float64, d), 7)
			Range(lo, hi, sum[:d], x)
			for c := range d {
				var column []float64
				total := 0.0
				for i := range rows {
					column = append(column, x[i*d+c])
					total += x[i*d+c]
				}
				if lo[c] != slices.Min(column) || hi[c] != slices.Max(column) || sum[c] != total {
					t.Fatalf("%d×%d column %d: %g to %g, sum %g", rows, d, c, lo[c], hi[c], sum[c])
				}
			}
			if sum[d] != 7 {
				t.Fatalf("%d×%d: wrote outside", rows, d)
			}
		}
	})
}

func TestCentre(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(23, 24))
		for _, d := range sizes()[1:] {
			rows := 1 + r.IntN(9)
			x := fill(rows*d, func() float64 { return math.Ldexp(r.NormFloat64(), r.IntN(60)) })
			m := fill(d, r.NormFloat64)
			lost, size := make([]float64, d), append(make([]float64, d), 7)
			got := append(slices.Clone(x), 7)
			Centre(got[:rows*d], m, lost, size[:d])
			wantLost, wantSize := make([]float64, d), make([]float64, d)
			for k, v := range x {
				c := k % d
				diff := v - m[c]
				if got[k] != diff {
					t.Fatalf("%d×%d: %g − %g = %g", rows, d, v, m[c], got[k])
				}
				big, small := v, -m[c] // the error is exact with the larger first (Dekker)
				if math.Abs(big) < math.Abs(small) {
					big, small = small, big
				}
				wantLost[c] = max(wantLost[c], math.Abs(small-(diff-big)))
				wantSize[c] = max(wantSize[c], math.Abs(diff))
			}
			if !slices.Equal(lost, wantLost) || !slices.Equal(size[:d], wantSize) {
				t.Fatalf("%d×%d: lost %g, want %g; size %g, want %g", rows, d, lost, wantLost, size, wantSize)
			}
			if got[rows*d] != 7 || size[d] != 7 {
				t.Fatalf("%d×%d: wrote outside", rows, d)
			}
		}
	})
}

func TestTop2Rows(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	for _, d := range []int{1, 5, 64, 100} {
		p, rows := points[float64](fill(37*d, r.NormFloat64), d)
		q := fill(d, r.NormFloat64)
		if err := checkTop2(Top2Rows(q, slices.Concat(rows...)), q, rows, false, unit[float64]); err != nil || p.N != 37 {
			t.Errorf("dimension %d: %v", d, err)
		}
	}
}

// TestHead holds a scan by the first coordinates against panels of just them.
func TestHead(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(27, 28))
		for range 60 {
			n, dim, m := 1+r.IntN(200), 1+r.IntN(40), r.IntN(30)
			h := 1 + r.IntN(dim)
			rows, qs := fill(n*dim, r.NormFloat64), fill(m*dim, r.NormFloat64)
			var part, partQs []float64
			for i := 0; i < len(rows); i += dim {
				part = append(part, rows[i:i+h]...)
			}
			for i := 0; i < len(qs); i += dim {
				partQs = append(partQs, qs[i:i+h]...)
			}
			testHead(t, rows, part, qs, partQs, dim, h, Top2BlockF32)
			testHead(t, rows, part, qs, partQs, dim, h, Top2BlockF64)
		}
	})
}

func testHead[T Float](t *testing.T, rows, part, qs, partQs []float64, dim, h int, block func([]Top2, []T, *Panels[T])) {
	p, _ := points[T](rows, dim)
	short, _ := points[T](part, h)
	head := p.Head(h)
	got, want := make([]Top2, len(qs)/dim), make([]Top2, len(qs)/dim)
	block(got, convert[T](qs), &head)
	block(want, convert[T](partQs), short)
	if !slices.Equal(got, want) {
		t.Fatalf("%d of %d coordinates of %d points: %v, want %v", h, dim, p.N, got, want)
	}
	for k := range head.Panels() {
		view := head.Slice(k, k+1)
		small := short.Slice(k, k+1)
		block(got, convert[T](qs), &view)
		block(want, convert[T](partQs), &small)
		if !slices.Equal(got, want) {
			t.Fatalf("panel %d of %d coordinates: %v, want %v", k, h, got, want)
		}
	}
}

// TestSetRows holds panels that were set by order against appended ones.
func TestSetRows(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	for range 40 {
		n, dim := r.IntN(150), 1+r.IntN(40)
		w := fill(n*dim, r.NormFloat64)
		var want, got Panels32
		want.Reset(dim)
		got.Reset(dim)
		got.Resize(n)
		order := make([]int32, n)
		for k, i := range r.Perm(n) {
			order[k] = int32(i)
			want.Append(w[i*dim : (i+1)*dim])
		}
		half := n / 3
		got.SetRows(half, w, order[half:])
		got.SetRows(0, w, order[:half])
		same := slices.EqualFunc(got.Data, want.Data, func(a, b float32) bool { return a == b || a != a && b != b })
		if !same || got.N != want.N {
			t.Fatalf("%d points of %d coordinates differ", n, dim)
		}
	}
}
