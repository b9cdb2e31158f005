package nn

import (
	"context"
	"math"
)

// twin is the plain form of Model.Run, in float64 and for one token after the
// other; it returns the residual stream at the end, and the queries and keys of
// each layer as Stage has them.
type twin struct {
	*Model
	queries, keys [][]float64
}

func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func (t *twin) norm(a gainBias, x []float64, rms bool) []float64 {
	mean, square, d := 0.0, 0.0, float64(len(x))
	if !rms {
		for _, v := range x {
			mean += v / d
		}
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / d
	}
	y := make([]float64, len(x))
	for j, v := range x {
		y[j] = (v - mean) / math.Sqrt(square+t.Arch.Eps) * float64(a.gain[j])
		if a.bias != nil {
			y[j] += float64(a.bias[j])
		}
	}
	return y
}

// linear multiplies x with the weights of a role.
func (t *twin) linear(w map[string][]float32, role string, x []float64) []float64 {
	weights, bias := w[role], w[role+".bias"]
	outs := len(weights) / len(x)
	y := make([]float64, outs)
	for o := range y {
		for i, v := range x {
			if t.family.inOut {
				y[o] += v * float64(weights[i*outs+o])
			} else {
				y[o] += v * float64(weights[o*len(x)+i])
			}
		}
		if bias != nil {
			y[o] += float64(bias[o])
		}
	}
	return y
}

// heads returns queries, keys and values of position i, by head.
func (t *twin) heads(w map[string][]float32, layer, i int, h []float64) (q, k, v [][]float64) {
	a := t.Arch
	var all []float64
	if t.family.qkv != "" {
		all = t.linear(w, "qkv", h)
	} else {
		all = append(append(t.linear(w, "q", h), t.linear(w, "k", h)...), t.linear(w, "v", h)...)
	}
	for j := range a.Heads + 2*a.KVHeads {
		x := row(all, j, a.Width)
		kind, place := 0, j
		switch {
		case t.family.headwise:
			kind, place = j%3, j/3
		case j >= a.Heads+a.KVHeads:
			kind, place = 2, j-a.Heads-a.KVHeads
		case j >= a.Heads:
			kind, place = 1, j-a.Heads
		}
		norm := [3]string{"qNorm", "kNorm", ""}[kind]
		if g := t.gainBiasOf(w, norm); norm != "" && g.gain != nil {
			x = t.norm(g, x, true)
		}
		if r := t.attention[layer].rope; r != nil && kind < 2 {
			x = t.turned(r, x, i)
		}
		to := [3]*[][]float64{&q, &k, &v}[kind]
		if place != len(*to) {
			panic("heads out of order")
		}
		*to = append(*to, x)
	}
	return q, k, v
}

func (t *twin) turned(r *rope, x []float64, i int) []float64 {
	y, half := append([]float64{}, x...), len(r.inverse)
	for j, v := range r.inverse {
		sin, cos := math.Sincos(float64(i) * float64(v))
		y[j], y[half+j] = x[j]*cos-x[half+j]*sin, x[half+j]*cos+x[j]*sin
	}
	return y
}

func (t *twin) activated(x float64) float64 {
	switch t.activation {
	case geluErf:
		return x * (1 + math.Erf(x/math.Sqrt2)) / 2
	case geluTanh:
		return x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) / 2
	case silu:
		return x / (1 + math.Exp(-x))
	}
	return max(0, x)
}

func (t *twin) network(w map[string][]float32, h []float64) []float64 {
	up := t.linear(w, "up", h)
	if w["gate"] != nil {
		for j, g := range t.linear(w, "gate", h) {
			up[j] *= t.activated(g)
		}
	} else {
		for j := range up {
			up[j] = t.activated(up[j])
		}
	}
	return t.linear(w, "down", up)
}

// attend is what query i of a head reads.
func (t *twin) attend(kind attentionKind, i int, q []float64, keys, values [][]float64) []float64 {
	scores, sum := make([]float64, len(keys)), 0.0
	for j, k := range keys {
		if t.family.causal && j > i || kind.window > 0 && j <= i-kind.window {
			continue
		}
		s := 0.0
		for c := range q {
			s += q[c] * k[c] * kind.scale
		}
		if kind.softCap > 0 {
			s = kind.softCap * math.Tanh(s/kind.softCap)
		}
		scores[j] = math.Exp(s)
		sum += scores[j]
	}
	out := make([]float64, len(q))
	for j, v := range values {
		for c := range out {
			out[c] += scores[j] / sum * v[c]
		}
	}
	return out
}

func plus(x, y []float64) []float64 {
	z := make([]float64, len(x))
	for i := range x {
		z[i] = x[i] + y[i]
	}
	return z
}

// run is Model.Run; embeddings are those of the model itself, with no layers.
func (t *twin) run(ids []int) (x [][]float64) {
	a, r := t.Arch, t.newRun(len(ids), 1)
	r.embed(ids)
	for i := range ids {
		x = append(x, widened(row(r.x, i, a.Dim)))
	}
	for layer := range a.Layers {
		w, err := t.readParts(layer, 1)
		if err != nil {
			panic(err)
		}
		t.layer(w, layer, x)
	}
	for i := range x {
		if t.final.gain != nil {
			x[i] = t.norm(t.final, x[i], t.family.rms)
		}
	}
	return x
}

func (t *twin) layer(w map[string][]float32, layer int, x [][]float64) {
	a, f, n := t.Arch, t.family, len(x)
	g := func(role string) gainBias { return t.gainBiasOf(w, role) }
	q, k, v := make([][][]float64, n), make([][][]float64, n), make([][][]float64, n)
	for i := range x {
		h := x[i]
		if !f.post {
			h = t.norm(g("norm1"), x[i], f.rms)
		}
		q[i], k[i], v[i] = t.heads(w, layer, i, h)
	}
	column := func(m [][][]float64, head int) (c [][]float64) {
		for i := range m {
			c = append(c, m[i][head])
		}
		return c
	}
	flat := func(m [][][]float64, heads int) (all []float64) {
		for h := range heads {
			for i := range m {
				all = append(all, m[i][h]...)
			}
		}
		return all
	}
	t.queries, t.keys = append(t.queries, flat(q, a.Heads)), append(t.keys, flat(k, a.KVHeads))
	for i := range x {
		var read []float64
		for head := range a.Heads {
			shared := head * a.KVHeads / a.Heads
			read = append(read, t.attend(t.attention[layer], i, q[i][head], column(k, shared), column(v, shared))...)
		}
		y := t.linear(w, "out", read)
		switch {
		case f.post:
			x[i] = t.norm(g("norm1"), plus(x[i], y), f.rms)
			x[i] = t.norm(g("norm2"), plus(x[i], t.network(w, x[i])), f.rms)
			continue
		case t.parallel:
			x[i] = plus(plus(x[i], y), t.network(w, t.norm(g("norm2"), x[i], f.rms)))
			continue
		case f.norm1After != "":
			y = t.norm(g("norm1After"), y, f.rms)
		}
		x[i] = plus(x[i], y)
		y = t.network(w, t.norm(g("norm2"), x[i], f.rms))
		if f.norm2After != "" {
			y = t.norm(g("norm2After"), y, f.rms)
		}
		x[i] = plus(x[i], y)
	}
}

// captured is what Run shows, copied.
type captured struct {
	hidden        []float32
	before, after [][]float32
	queries, keys [][]float32
}

func capture(m *Model, ids []int, workers int) (c captured, err error) {
	c.hidden, err = m.Run(context.Background(), ids, workers, func(_ int, s *Stage) error {
		c.before = append(c.before, append([]float32{}, s.BeforeNorm...))
		c.after = append(c.after, append([]float32{}, s.AfterNorm...))
		c.queries = append(c.queries, append([]float32{}, s.Queries...))
		c.keys = append(c.keys, append([]float32{}, s.Keys...))
		return nil
	})
	return c, err
}
