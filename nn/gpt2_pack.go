package nn

import "keyhull/norm"

// packedLinear is a linear layer as the kernels want it: its input is a
// normalized row before gain and shift, which are part of the matrix here, with
// a 1 below it for the bias.
type packedLinear struct {
	ins, outs int
	w         []float32 // (ins+1,outs): gain·W; below it bias + shift·W
	back      []float32 // (outs,ins): gain·W, the other way round
}

func newPackedLinear(ins, outs int) packedLinear {
	return packedLinear{ins, outs, make([]float32, (ins+1)*outs), make([]float32, ins*outs)}
}

// pack lays out w (ins,outs) and bias (outs); gain and shift (ins) are nil for
// 1 and 0.
func (l *packedLinear) pack(w, bias []float32, gain, shift []float64) {
	last := row(l.w, l.ins, l.outs)
	for o := range l.outs {
		sum := float64(bias[o])
		for i := range l.ins {
			v := float64(w[i*l.outs+o])
			if shift != nil {
				sum += shift[i] * v
			}
			if gain != nil {
				v *= gain[i]
			}
			l.w[i*l.outs+o], l.back[o*l.ins+i] = float32(v), float32(v)
		}
		last[o] = float32(sum)
	}
}

// unpack turns the gradient of the packed matrix into those of what pack read;
// dgain and dshift (ins) are nil with gain and shift.
func (l *packedLinear) unpack(packed []float64, dw, db, w []float32, gain, shift, dgain, dshift []float64) {
	last := row(packed, l.ins, l.outs)
	for i := range l.ins {
		for o := range l.outs {
			d, v := packed[i*l.outs+o], float64(w[i*l.outs+o])
			if gain != nil {
				dgain[i] += d * v
				d *= gain[i]
			}
			if shift != nil {
				dshift[i] += last[o] * v
				d += last[o] * shift[i]
			}
			dw[i*l.outs+o] = float32(d)
		}
	}
	for o, d := range last {
		db[o] = float32(d)
	}
}

// gpt2Packed are all layers, and gain and shift of the last normalization.
type gpt2Packed struct {
	layers []packedLayer
	normF  laneNorm
	gainF  affine
}

type packedLayer struct {
	norm1, norm2     laneNorm
	gain1, gain2     affine
	qkv, out, in, up packedLinear // up: from hidden numbers back to the residual stream
}

func newGPT2Packed(s GPT2) gpt2Packed {
	p := gpt2Packed{}
	d, f := s.Dim, s.Hidden
	for range s.Layers {
		p.layers = append(p.layers, packedLayer{qkv: newPackedLinear(d, 3*d), out: newPackedLinear(d, d), in: newPackedLinear(d, f), up: newPackedLinear(f, d)})
	}
	return p
}

func (k *gpt2Packed) pack(p *GPT2Params[float32]) {
	s := p.Shape
	for i := range k.layers {
		to, from := &k.layers[i], &p.Layers[i]
		to.norm1, to.gain1 = newLaneNorm(s.Norm1, from.Norm1, s.Eps), affineOf(s.Norm1, from.Norm1, s.Dim)
		to.norm2, to.gain2 = newLaneNorm(s.Norm2, from.Norm2, s.Eps), affineOf(s.Norm2, from.Norm2, s.Dim)
		to.qkv.pack(from.QKV, from.QKVBias, to.gain1.gain, to.gain1.shift)
		to.out.pack(from.OutProj, from.OutBias, nil, nil)
		to.in.pack(from.Linear1, from.Bias1, to.gain2.gain, to.gain2.shift)
		to.up.pack(from.Linear2, from.Bias2, nil, nil)
	}
	k.normF, k.gainF = newLaneNorm(s.NormF, p.NormF, s.Eps), affineOf(s.NormF, p.NormF, s.Dim)
}

// unpack sets the gradients of all but the embeddings of tokens from the sums
// over a batch.
func (k *gpt2Packed) unpack(sums *gpt2Sums, p, grad *GPT2Params[float32]) {
	for i := range k.layers {
		l, from, g, s := &k.layers[i], &p.Layers[i], &grad.Layers[i], &sums.layers[i]
		d1, d2 := l.gain1.gradients(), l.gain2.gradients()
		l.qkv.unpack(s.qkv, g.QKV, g.QKVBias, from.QKV, l.gain1.gain, l.gain1.shift, d1.gain, d1.shift)
		l.out.unpack(s.out, g.OutProj, g.OutBias, from.OutProj, nil, nil, nil, nil)
		l.in.unpack(s.in, g.Linear1, g.Bias1, from.Linear1, l.gain2.gain, l.gain2.shift, d2.gain, d2.shift)
		l.up.unpack(s.up, g.Linear2, g.Bias2, from.Linear2, nil, nil, nil, nil)
		d1.store(&g.Norm1, s.alpha[0])
		d2.store(&g.Norm2, s.alpha[1])
		store(g.QGain, s.qGain)
		store(g.KGain, s.kGain)
	}
	affine{sums.gainF, sums.shiftF}.store(&grad.NormF, sums.alphaF[0])
}

// affine is what follows a normalization: gain and shift (d), nil for 1 and 0;
// or their gradients.
type affine struct{ gain, shift []float64 }

// affineOf returns the gain and shift of a place. A projection times a number
// has that as its gain.
func affineOf(place Place, p PlaceParams[float32], d int) affine {
	switch place.Kind {
	case norm.LayerNorm, norm.DyT:
		return affine{double(p.Gain), double(p.Shift)}
	case norm.RMSNorm:
		return affine{gain: double(p.Gain)}
	case ProjectTimes, ProjectLearned:
		gain := make([]float64, d)
		Fill(gain, float64(scaleOf(place, p)))
		return affine{gain: gain}
	}
	return affine{}
}

// gradients makes room for those of a.
func (a affine) gradients() affine {
	return affine{make([]float64, len(a.gain)), make([]float64, len(a.shift))}
}

// store sets the gradients of a place to those of its gain and shift, and of
// DyT's alpha.
func (a affine) store(grad *PlaceParams[float32], alpha float64) {
	if grad.Scale != nil {
		sum := 0.0
		for _, v := range a.gain {
			sum += v
		}
		grad.Scale[0] = float32(sum)
	}
	store(grad.Gain, a.gain)
	store(grad.Shift, a.shift)
	if grad.Alpha != nil {
		grad.Alpha[0] = float32(alpha)
	}
}

// store rounds as many numbers of x as dst holds: none if it is nil.
func store(dst []float32, x []float64) {
	for i := range dst {
		dst[i] = float32(x[i])
	}
}

func double(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
