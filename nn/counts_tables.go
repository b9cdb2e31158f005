package nn

import "math"

// majorityTables are the quantities of a step that depend on classes alone, in
// float64, and the weights as the kernels want them, in float32.
type majorityTables struct {
	p                *MajorityParams[float64]
	mean, rstd       []float64 // (C): of norm1
	x, q, k, v, u    []float64 // (C,d): norm1(e), W_Q·x, W_K·x, W_V·x, W_O·v
	score, attention []float64 // (C,C): S, P
	wide             []bool    // (C): scores so far apart that Z might underflow

	// inner numbers first, then rows of the result, as vec.Product wants them
	table      []float32 // (C,C,d+1): T
	base       []float32 // (C,d): e + output bias
	emb, embT  []float32 // (C,d), (d,C)
	emb2       []float32 // (C,d): e·log2(e), for logits to base 2
	net        []float32 // the next four, one after another, as vec.MajorityItem wants them
	in, inT    []float32 // (f,d), (d+1,f): W_1·gain; below it b_1 + W_1·shift
	out, outT  []float32 // (d,f), (f+1,d): W_2; below it b_2
	dx, dq, dk []float64 // (C,d), scratch of backward
	dv, du     []float64 // (C,d)
	grad       *MajorityParams[float64]
}

// widest is how far scores of a class may lie apart for its table to be used:
// e^-60 is far from underflow, so that Z, which is at least as large as the
// smallest P of a class that is present, and the gradient N/Z² are in range.
// Items of other classes are taken one by one, with a maximum of their own.
const widest = 60

func newMajorityTables(s Majority) *majorityTables {
	c, d, f := s.Classes, s.Dim, s.Hidden
	double := func(n int) []float64 { return make([]float64, n) }
	single := func(n int) []float32 { return make([]float32, n) }
	t := &majorityTables{
		p: NewMajorityParams[float64](s), grad: NewMajorityParams[float64](s), mean: double(c), rstd: double(c),
		x: double(c * d), q: double(c * d), k: double(c * d), v: double(c * d), u: double(c * d),
		score: double(c * c), attention: double(c * c), wide: make([]bool, c),
		table: single(c * c * (d + 1)), base: single(c * d), emb: single(c * d), embT: single(c * d),
		emb2: single(c * d), net: single(f*d + f*(d+1) + d*f + d*(f+1)),
		dx: double(c * d), dq: double(c * d), dk: double(c * d), dv: double(c * d), du: double(c * d),
	}
	left := t.net
	for _, part := range []struct {
		of   *[]float32
		size int
	}{{&t.in, f * d}, {&t.inT, (d + 1) * f}, {&t.out, d * f}, {&t.outT, (f + 1) * d}} {
		*part.of, left = left[:part.size], left[part.size:]
	}
	return t
}

// projections returns W_Q, W_K and W_V.
func projections[T float32 | float64](p *MajorityParams[T]) (q, k, v []T) {
	size := p.Shape.Dim * p.Shape.Dim
	return p.InProj[:size], p.InProj[size : 2*size], p.InProj[2*size:]
}

func (t *majorityTables) forward(p *MajorityParams[float32]) {
	for i, v := range p.Flat {
		t.p.Flat[i] = float64(v)
	}
	c, d := p.Shape.Classes, p.Shape.Dim
	t.p.Norm1Forward(t.x, t.mean, t.rstd, t.p.Emb)
	wq, wk, wv := projections(t.p)
	times(t.q, t.x, wq, d, d)
	times(t.k, t.x, wk, d, d)
	times(t.v, t.x, wv, d, d)
	times(t.u, t.v, t.p.OutProj, d, d)
	times(t.score, t.q, t.k, d, c)
	for a := range c {
		t.attend(a, t.score[a*c:(a+1)*c])
	}
	t.pack()
}

// attend divides the scores of class a by √d and fills its tables.
func (t *majorityTables) attend(a int, score []float64) {
	c, d := t.p.Shape.Classes, t.p.Shape.Dim
	high, low := math.Inf(-1), math.Inf(1)
	for i := range score {
		score[i] /= math.Sqrt(float64(d))
		high, low = max(high, score[i]), min(low, score[i])
	}
	t.wide[a] = high-low > widest
	for i, s := range score {
		e := math.Exp(s - high)
		t.attention[a*c+i] = e
		row := t.table[(a*c+i)*(d+1):]
		for j, u := range t.u[i*d : (i+1)*d] {
			row[j] = float32(e * u)
		}
		row[d] = float32(e)
	}
}

// pack lays out the weights for the kernels.
func (t *majorityTables) pack() {
	p := t.p
	c, d, f := p.Shape.Classes, p.Shape.Dim, p.Shape.Hidden
	for a := range c {
		for j := range d {
			e := p.Emb[a*d+j]
			t.emb[a*d+j], t.embT[j*c+a], t.emb2[a*d+j] = float32(e), float32(e), float32(e*math.Log2E)
			t.base[a*d+j] = float32(e + p.OutBias[j])
		}
	}
	for i := range f {
		bias := p.Bias1[i]
		for j := range d {
			w := p.Linear1[i*d+j]
			t.in[i*d+j] = float32(w * p.Gain2[j])
			t.inT[j*f+i] = t.in[i*d+j]
			bias += w * p.Shift2[j]
		}
		t.inT[d*f+i] = float32(bias)
	}
	for j := range d {
		for i := range f {
			w := float32(p.Linear2[j*f+i])
			t.out[j*f+i], t.outT[i*d+j] = w, w
		}
		t.outT[f*d+j] = float32(p.Bias2[j])
	}
}

func (t *majorityTables) export() MajorityTables {
	d := t.p.Shape.Dim
	_, wk, _ := projections(t.p)
	queries := make([]float64, len(t.q))
	addTimes(queries, t.q, wk, d, d)
	for i := range queries {
		queries[i] /= math.Sqrt(float64(d))
	}
	return MajorityTables{append([]float64(nil), t.x...), queries, append([]float64(nil), t.attention...)}
}
