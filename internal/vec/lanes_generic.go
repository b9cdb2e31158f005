package vec

import "math"

// The plain twins of the kernels on Rows, with 8 lanes.

func productGeneric(y Rows, w []float32, x Rows, rows, inner, n int, add bool, least float32) {
	for r := range rows {
		out := y.Row(r)[:n]
		if !add {
			clear(out)
		}
		j := 0
		for ; j+4 <= inner; j += 4 {
			w0, w1, w2, w3 := w[j*rows+r], w[(j+1)*rows+r], w[(j+2)*rows+r], w[(j+3)*rows+r]
			x0, x1, x2, x3 := x.Row(j)[:len(out)], x.Row(j + 1)[:len(out)], x.Row(j + 2)[:len(out)], x.Row(j + 3)[:len(out)]
			for c, v := range out {
				out[c] = (v + w0*x0[c]) + (w1*x1[c] + w2*x2[c]) + w3*x3[c]
			}
		}
		for ; j < inner; j++ {
			w, x := w[j*rows+r], x.Row(j)[:len(out)]
			for c := range out {
				out[c] += w * x[c]
			}
		}
		for c, v := range out {
			if v < least { // NaN stays
				out[c] = least
			}
		}
	}
}

func outerGeneric(sums []float32, a, b Rows, rowsA, rowsB, n int) {
	for i := range rowsA {
		for j := range rowsB {
			dotLanes((*[8]float32)(sums[8*(i*rowsB+j):]), a.Row(i)[:n], b.Row(j)[:n])
		}
	}
}

func dotLanes(s *[8]float32, a, b []float32) {
	s0, s1, s2, s3, s4, s5, s6, s7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	b = b[:len(a)]
	for i := 0; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s4 += x[4] * y[4]
		s5 += x[5] * y[5]
		s6 += x[6] * y[6]
		s7 += x[7] * y[7]
	}
	*s = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}

func normForwardGeneric(uz, h, hat Rows, rstd, base []float32, n int) {
	d := len(base)
	inverse := 1 / float32(d)
	z := uz.Row(d)[:n]
	for c := range z {
		z[c] = 1 / z[c]
		var sum, square float32
		for j, b := range base {
			u := uz.Data[j*uz.Ld+c] * z[c]
			uz.Data[j*uz.Ld+c] = u
			h.Data[j*h.Ld+c] = u + b
			sum += u + b
		}
		mean := sum * inverse
		for j := range base {
			t := h.Data[j*h.Ld+c] - mean
			square += t * t
		}
		rstd[c] = 0
		if square != 0 {
			rstd[c] = 1 / float32(math.Sqrt(float64(square*inverse)))
		}
		for j := range base {
			hat.Data[j*hat.Ld+c] = (h.Data[j*h.Ld+c] - mean) * rstd[c]
		}
	}
}

func normBackwardGeneric(dh, a, uz, hat Rows, rstd []float32, d, n int) {
	inverse, ld := 1/float32(d), a.Ld
	for c, r := range rstd[:n] {
		var mean, dot, dz float32
		for j := range d {
			mean += a.Data[j*ld+c]
			dot += a.Data[j*ld+c] * hat.Data[j*ld+c]
		}
		mean, dot = mean*inverse, dot*inverse
		for j := range d {
			at := j*ld + c
			v := dh.Data[at] + r*(a.Data[at]-mean-dot*hat.Data[at])
			dh.Data[at] = v
			v *= uz.Data[d*ld+c]
			a.Data[at] = v
			dz -= v * uz.Data[at]
		}
		a.Data[d*ld+c] = dz
	}
}

func gateGeneric(x, r Rows, rows, n int) {
	for i := range rows {
		row, open := x.Row(i)[:n], r.Row(i)[:n]
		for c, v := range open {
			if v == 0 {
				row[c] = 0
			}
		}
	}
}

func crossEntropyGeneric(x Rows, label, w, right, sums []float32, rows, n int) {
	var top, total [8]float32
	for c := 0; c < n; c += 8 {
		for k := range top {
			top[k], total[k] = x.Data[c+k], 0
		}
		for i := 1; i < rows; i++ {
			for k, v := range x.Row(i)[c : c+8] {
				top[k] = max(top[k], v)
			}
		}
		for k, t := range top {
			own := x.Data[int(math.Float32bits(label[c+k]))*x.Ld+c+k]
			right[c+k] = 0
			if own >= t {
				right[c+k] = 1
			}
			sums[k] += w[c+k] * (t - own)
			sums[8+k] += w[c+k] * right[c+k]
		}
		for i := range rows {
			row := x.Row(i)[c : c+8]
			for k, v := range row {
				row[k] = exp32(v - top[k])
				total[k] += row[k]
			}
		}
		for k, s := range total {
			sums[k] += w[c+k] * log32(s)
			total[k] = w[c+k] / s
		}
		for i := range rows {
			row := x.Row(i)[c : c+8]
			for k := range row {
				row[k] *= total[k]
			}
		}
		for k := range top {
			x.Data[int(math.Float32bits(label[c+k]))*x.Ld+c+k] -= w[c+k]
		}
	}
}

const (
	ln2hi = 0.693359375 // 9 bits: its products with exponents are exact
	ln2lo = -2.12194440e-4
)

// exp32 returns e^x for −87 ≤ x ≤ 88 and e^−87 below, with a relative error of
// at most 2^-22. The polynomial, near minimax on |r| ≤ ln(2)/2, has a relative
// error of 2e-9; x = n·ln(2) + r.
func exp32(x float32) float32 {
	if x < -87 {
		x = -87
	}
	const magic = 3 << 22 // adding it rounds, and leaves n in the low bits
	t := float32(x*math.Log2E) + magic
	n := t - magic
	r := x - float32(n*ln2hi)
	r -= float32(n * ln2lo)
	p := 0.008375212550163269 + r*0.001395618193782866
	p = 0.04166608303785324 + r*p
	p = 0.16666413843631744 + r*p
	p = 0.5 + r*p
	p = 1 + r*p
	p = 1 + r*p
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

// log32 returns log x for x ≥ 1, with an error of at most 2^-22·max(1, log x).
// The polynomial, near minimax on √½ ≤ 1+f ≤ √2, gives (log(1+f) − f + f²/2)/f³
// with a relative error of 2e-8 of the value at 0; x = 2^e·(1+f).
func log32(x float32) float32 {
	const root = 0x3f3504f3 // bits of √½
	e := int32(math.Float32bits(x)) - root
	f := math.Float32frombits(uint32(e)&(1<<23-1)+root) - 1
	n := float32(e >> 23)
	p := -0.11667922884225845 + f*0.07338215410709381
	p = 0.11636080592870712 + f*p
	p = -0.12395686656236649 + f*p
	p = 0.142509326338768 + f*p
	p = -0.1666918843984604 + f*p
	p = 0.20000694692134857 + f*p
	p = -0.24999980628490448 + f*p
	p = 0.3333333134651184 + f*p
	p = p*f*(f*f) + n*ln2lo
	return n*ln2hi + (f + (p - 0.5*(f*f)))
}

func compressGeneric(dst, src Rows, rows, key, n int) (count int) {
	for c, v := range src.Row(key)[:n] {
		if v > 0 {
			for i := range rows {
				dst.Data[i*dst.Ld+count] = src.Data[i*src.Ld+c]
			}
			count++
		}
	}
	return count
}

func transposeGeneric(dst Rows, src []uint16, width int, rows []int32) {
	for i, r := range rows {
		for c, v := range src[int(r)*width:][:width] {
			dst.Data[c*dst.Ld+i] = float32(v)
		}
	}
}
