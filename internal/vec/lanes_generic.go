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
	for i := 7; i < len(a); i += 8 {
		s0 += a[i-7] * b[i-7]
		s1 += a[i-6] * b[i-6]
		s2 += a[i-5] * b[i-5]
		s3 += a[i-4] * b[i-4]
		s4 += a[i-3] * b[i-3]
		s5 += a[i-2] * b[i-2]
		s6 += a[i-1] * b[i-1]
		s7 += a[i] * b[i]
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

// sumLanesGeneric is SumLanes.
func sumLanesGeneric(dst []float64, sums []float32) {
	lanes := Lanes()
	for i := range dst {
		s := sums[i*lanes : (i+1)*lanes]
		var t float32
		for ; len(s) >= 8; s = s[8:] {
			v := (*[8]float32)(s)
			t += ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
		}
		dst[i] += float64(t)
	}
	clear(sums[:len(dst)*lanes])
}
