package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestNorm holds the levels against the twin, with a column that has no
// normalization.
func TestNorm(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(43, 1))
		laneShapes(r, func(d, _, n int) {
			uz := randomRows(r, d+1, n)
			base := convert[float32](fill(d, r.NormFloat64))
			for c := range n {
				z := 1 + 9*r.Float32()
				uz.Row(d)[c] = z
			}
			uz.Row(d)[3] = 1
			for j, b := range base {
				uz.Row(j)[3] = -b // h is 0
			}
			h, hat, rstd := randomRows(r, d, n), randomRows(r, d, n), make([]float32, n)
			uz2, h2, hat2, rstd2 := copyRows(uz), copyRows(h), copyRows(hat), make([]float32, n)
			NormForward(uz, h, hat, rstd, base, n)
			normForwardGeneric(uz2, h2, hat2, rstd2, base, n)
			if d > 2 { // two numbers that nearly agree leave little to compare
				closeTo(t, "u, 1/z", uz.Data, uz2.Data, 1e-6)
				closeTo(t, "h", h.Data, h2.Data, 1e-6)
				closeTo(t, "hat", hat.Data, hat2.Data, 1e-4)
				closeTo(t, "rstd", rstd, rstd2, 1e-4)
			}
			if rstd2[3] != 0 || rstd[3] != 0 || hat.Row(0)[3] != 0 {
				t.Fatalf("a constant column has rstd %v, %v", rstd[3], rstd2[3])
			}
			dh, a := randomRows(r, d, n), randomRows(r, d+1, n)
			dh2, a2 := copyRows(dh), copyRows(a)
			NormBackward(dh, a, uz2, hat2, rstd2, d, n)
			normBackwardGeneric(dh2, a2, uz2, hat2, rstd2, d, n)
			closeTo(t, "gradient of h", dh.Data, dh2.Data, 1e-5)
			closeTo(t, "gradient of N, z", a.Data, a2.Data, 1e-5)
		})
	})
}

func TestGate(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(44, 1))
		laneShapes(r, func(rows, _, n int) {
			x, open := randomRows(r, rows, n), randomRows(r, rows, n)
			for i := range open.Data {
				open.Data[i] = max(0, open.Data[i])
				if i%7 == 0 {
					open.Data[i] = float32(math.Copysign(0, -1))
				}
			}
			want := copyRows(x)
			gateGeneric(want, open, rows, n)
			Gate(x, open, rows, n)
			closeTo(t, "gate", x.Data, want.Data, 0)
		})
	})
}

// TestCrossEntropy holds every level against float64.
func TestCrossEntropy(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(45, 1))
		laneShapes(r, func(rows, _, n int) {
			x := randomRows(r, rows, n)
			label, w, right := make([]float32, n), make([]float32, n), make([]float32, n)
			labels := make([]int, n)
			scale := []float32{0.1, 3, 30}[r.IntN(3)]
			for i := range x.Data {
				x.Data[i] *= scale
			}
			var wantLoss, wantHits, bound float64
			want := copyRows(x)
			for c := range n {
				labels[c], w[c] = r.IntN(rows), float32(r.IntN(30))
				label[c] = math.Float32frombits(uint32(labels[c]))
				loss, hit := columnEntropy(want, labels[c], float64(w[c]), rows, c)
				wantLoss += loss
				bound += float64(2*rows+16) * 0x1p-24 * (float64(w[c]) + loss)
				wantHits += hit
			}
			loss, hits := CrossEntropy(x, label, w, right, rows, n)
			for i := range rows {
				closeTo(t, "gradient", x.Row(i)[:n], want.Row(i)[:n], 6e-7)
			}
			if math.Abs(loss-wantLoss) > bound+float64(n)*0x1p-24*wantLoss || hits != wantHits {
				t.Fatalf("%d rows: loss %v, want %v; %v right, want %v", rows, loss, wantLoss, hits, wantHits)
			}
		})
	})
}

// columnEntropy replaces column c by its gradient.
func columnEntropy(x Rows, label int, w float64, rows, c int) (loss, hit float64) {
	top, sum := math.Inf(-1), 0.0
	for i := range rows {
		top = max(top, float64(x.Row(i)[c]))
	}
	for i := range rows {
		sum += math.Exp(float64(x.Row(i)[c]) - top)
	}
	own := float64(x.Row(label)[c])
	if own == top {
		hit = w
	}
	for i := range rows {
		p := w * math.Exp(float64(x.Row(i)[c])-top) / sum
		if i == label {
			p -= w
		}
		x.Row(i)[c] = float32(p)
	}
	return w * (top + math.Log(sum) - own), hit
}

// TestExpLog holds the polynomials, on every level, against their stated
// errors. A column of logits (0, x) has the loss log(1 + e^x) for label 0, and
// the gradient e^x/(1 + e^x) at its second row.
func TestExpLog(t *testing.T) {
	for x := -87.0; x <= 0; x += 1e-4 {
		v := float32(x)
		if want := math.Exp(float64(v)); math.Abs(float64(exp32(v))-want) > 0x1p-22*want {
			t.Fatalf("exp(%v) = %v, want %v", v, exp32(v), want)
		}
	}
	for x := 1.0; x < 1e6; x *= 1.0001 {
		v := float32(x)
		if want := math.Log(float64(v)); math.Abs(float64(log32(v))-want) > 0x1p-22*max(1, want) {
			t.Fatalf("log(%v) = %v, want %v", v, log32(v), want)
		}
	}
	eachLevel(t, func(t *testing.T) {
		n := LaneBlock()
		logits, label, w, right := NewRows(2, n), make([]float32, n), make([]float32, n), make([]float32, n)
		for x := -86.0; x <= 0; x += 1e-3 {
			clear(logits.Data)
			clear(w)
			logits.Row(1)[1], w[1] = float32(x), 1
			e := math.Exp(float64(float32(x)))
			loss, _ := CrossEntropy(logits, label, w, right, 2, n)
			if math.Abs(loss-math.Log1p(e)) > 0x1p-22 {
				t.Fatalf("log(1+exp(%v)) = %v, want %v", x, loss, math.Log1p(e))
			}
			if p := float64(logits.Row(1)[1]); math.Abs(p-e/(1+e)) > 0x1p-21*e {
				t.Fatalf("exp(%v)/(1+exp) = %v, want %v", x, p, e/(1+e))
			}
		}
	})
}
