package nn

import "math"

// backward sets grad to the gradient that the sums over a batch give.
func (t *majorityTables) backward(s *countSums, grad *MajorityParams[float32]) {
	clear(t.grad.Flat)
	t.feedForward(s)
	t.attention1(s)
	inverse := 1 / s.tokens
	for i, v := range t.grad.Flat {
		grad.Flat[i] = float32(v * inverse)
	}
}

// feedForward turns the gradients of the packed weights into those of the
// parameters that pack read.
func (t *majorityTables) feedForward(s *countSums) {
	p, g := t.p, t.grad
	d, f := p.Shape.Dim, p.Shape.Hidden
	for i := range f {
		bias := s.in[i*(d+1)+d]
		g.Bias1[i] = bias
		for j := range d {
			w, dw := p.Linear1[i*d+j], s.in[i*(d+1)+j]
			g.Linear1[i*d+j] = dw*p.Gain2[j] + bias*p.Shift2[j]
			g.Gain2[j] += dw * w
			g.Shift2[j] += bias * w
		}
	}
	for j := range d {
		copy(g.Linear2[j*f:(j+1)*f], s.out[j*(f+1):])
		g.Bias2[j] = s.out[j*(f+1)+f]
	}
	for i, v := range s.base {
		g.Emb[i] = s.emb[i] + v
		g.OutBias[i%d] += v
	}
}

// attention1 goes back from the tables T through attention and norm1.
func (t *majorityTables) attention1(s *countSums) {
	p, g := t.p, t.grad
	c, d := p.Shape.Classes, p.Shape.Dim
	clear(t.dq)
	clear(t.dk)
	copy(t.du, s.value)
	scale := 1 / math.Sqrt(float64(d))
	for a := range c {
		for i := range c {
			at, e := a*c+i, t.attention[a*c+i]
			dt := s.table[at*(d+1) : (at+1)*(d+1)]
			u, du := t.u[i*d:(i+1)*d], t.du[i*d:(i+1)*d]
			de := dt[d]
			for j := range u {
				de += dt[j] * u[j]
				du[j] += e * dt[j]
			}
			ds := (e*de + s.score[at]) * scale
			for j := range d {
				t.dq[a*d+j] += ds * t.k[i*d+j]
				t.dk[i*d+j] += ds * t.q[a*d+j]
			}
		}
	}
	wq, wk, wv := projections(p)
	gq, gk, gv := projections(g)
	clear(t.dv)
	clear(t.dx)
	addOuter(g.OutProj, t.du, t.v, d)
	addTimes(t.dv, t.du, p.OutProj, d, d)
	for _, w := range []struct{ grad, dy, w []float64 }{{gq, t.dq, wq}, {gk, t.dk, wk}, {gv, t.dv, wv}} {
		addOuter(w.grad, w.dy, t.x, d)
		addTimes(t.dx, w.dy, w.w, d, d)
	}
	p.Norm1Backward(g, t.dx, t.dx, p.Emb, t.mean, t.rstd)
	add(g.Emb, t.dx)
}

// times sets y (n,rows) to x (n,d)·wᵀ, w (rows,d).
func times(y, x, w []float64, d, rows int) {
	for i := range y {
		sum := 0.0
		row, col := x[i/rows*d:][:d], w[i%rows*d:][:d]
		for j, v := range row {
			sum += v * col[j]
		}
		y[i] = sum
	}
}

// addTimes adds x (n,rows)·w to y (n,d), w (rows,d).
func addTimes(y, x, w []float64, rows, d int) {
	for i, v := range x {
		out, row := y[i/rows*d:][:d], w[i%rows*d:][:d]
		for j := range out {
			out[j] += v * row[j]
		}
	}
}

// addOuter adds xᵀ·y to w (d,d), x and y (n,d).
func addOuter(w, x, y []float64, d int) {
	for i, v := range x {
		out, row := w[i%d*d:][:d], y[i/d*d:][:d]
		for j := range out {
			out[j] += v * row[j]
		}
	}
}
