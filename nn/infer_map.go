package nn

import "math"

// QueryMap returns how the queries of a head come from what the norm before
// W_Q makes of a vector, before its gain and bias: the query before RoPE is
// a·x̂ + c, with QK-norm a multiple of it by a number > 0.
//
//	a (Width,Dim) = diag(g)·W_Q·diag(gain)
//	c (Width)     = diag(g)·(W_Q·bias + b_Q)
//	x̂ (Dim)       lies in the ball of that radius, √Dim, and, if projected
//	              (LayerNorm), its coordinates have the mean 0
//	g             is 1, with QK-norm its gain of queries
//
// QK-norm is RMSNorm of a head's query p = W_Q·(gain⊙x̂ + bias) + b_Q: it makes
// g⊙p/√(‖p‖²/Width + eps), which is (a·x̂ + c)/√(…). So queries have the directions
// of a·x̂ + c, those and no others, and 0 where that is 0. A factor > 0 keeps the
// order of scores: a query of the model selects a key iff some a·x̂ + c does. It
// says nothing of how much attention a key gets, for that depends on the length
// of queries.
//
// It panics if there is no such layer or head, and returns not ok where weights
// cannot be read.
func (m *Model) QueryMap(layer, head int) (a, c []float32, radius float64, projected, ok bool) {
	if layer < 0 || layer >= m.Arch.Layers || head < 0 || head >= m.Arch.Heads {
		panic("nn: no such layer or head")
	}
	l, err := m.layer(layer, 1)
	if err != nil {
		return nil, nil, 0, false, false
	}
	norm := l.norm1
	if m.family.post {
		if norm, err = m.normInto(layer); err != nil {
			return nil, nil, 0, false, false
		}
	}
	d, w := m.Arch.Dim, m.Arch.Width
	a, c = make([]float32, w*d), make([]float32, w)
	for o := range w {
		column, sum := head*w+o, float64(l.qkv.Bias(head*w+o))
		gain := 1.0
		if l.qNorm.gain != nil {
			gain = float64(l.qNorm.gain[o])
		}
		for i := range d {
			v := float64(l.qkv.At(i, column))
			a[o*d+i] = float32(gain * float64(v*float64(norm.gain[i])))
			if norm.bias != nil {
				sum += float64(v * float64(norm.bias[i]))
			}
		}
		c[o] = float32(gain * sum)
	}
	return a, c, sqrt(d), !m.family.rms, true
}

// normInto is the norm whose output attention gets in a post-LN model.
func (m *Model) normInto(layer int) (gainBias, error) {
	if layer == 0 {
		return m.embedNorm, nil
	}
	t := map[string][]float32{}
	for _, p := range m.parts(layer - 1) {
		if p.role == "norm2" || p.role == "norm2.bias" {
			x, err := m.source.Read(p.name)
			if err != nil {
				return gainBias{}, err
			}
			t[p.role] = x
		}
	}
	return m.gainBiasOf(t, "norm2"), nil
}

// Rotation returns what RoPE does to the queries and keys of a layer: it turns
// one in place, as at the given position. It is nil where there is no RoPE.
func (m *Model) Rotation(layer int) func(position int, x []float64) {
	rope := m.attention[layer].rope
	if rope == nil {
		return nil
	}
	return func(position int, x []float64) {
		count := len(rope.inverse)
		for j, v := range rope.inverse {
			sin, cos := math.Sincos(float64(float32(position) * v))
			a, b := x[j], x[count+j]
			x[j], x[count+j] = a*cos-b*sin, b*cos+a*sin
		}
	}
}
