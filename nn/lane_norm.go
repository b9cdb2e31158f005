package nn

import (
	"math"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// laneNorm is a normalization of columns, without the gain and shift that
// follow.
type laneNorm struct {
	kind  norm.Kind
	eps   float32
	alpha float64 // of DyT
}

func newLaneNorm(place Place, p PlaceParams[float32], eps float64) laneNorm {
	k := laneNorm{kind: place.Kind, eps: float32(eps)}
	if place.Kind == norm.DyT {
		k.alpha = float64(p.Alpha[0])
	}
	return k
}

// forward normalizes n columns of x (d,n), where n is a multiple of vec.Lanes.
//
//	hat  (d,n) written
//	rstd (n)   written as far as backward needs it
func (k laneNorm) forward(hat vec.Rows, rstd []float32, x vec.Rows, d, n int) {
	switch k.kind {
	case norm.LayerNorm, LayerNormPlain:
		vec.LayerNormForward(hat, rstd, x, d, n, k.eps)
	case norm.Project, ProjectTimes, ProjectLearned:
		vec.SubtractMean(hat, x, d, n, false)
	case norm.RMSNorm, norm.Scale:
		k.rmsForward(hat, rstd[:n], x, d)
	case norm.DyT:
		for j := range d {
			out := hat.Row(j)[:n]
			for c, v := range x.Row(j)[:n] {
				out[c] = float32(math.Tanh(k.alpha * float64(v)))
			}
		}
	default: // none
		for j := range d {
			copy(hat.Row(j)[:n], x.Row(j))
		}
	}
}

// backward adds to dx (d,n) the gradient that dhat (d,n) gives, and returns
// that of alpha. It needs x, hat and rstd as in the forward call; x of DyT only.
func (k laneNorm) backward(dx, dhat, hat vec.Rows, rstd []float32, x vec.Rows, d, n int) (dalpha float64) {
	switch k.kind {
	case norm.LayerNorm, LayerNormPlain:
		vec.LayerNormBackward(dx, dhat, hat, rstd, d, n, true)
	case norm.Project, ProjectTimes, ProjectLearned:
		vec.SubtractMean(dx, dhat, d, n, true)
	case norm.RMSNorm, norm.Scale:
		rmsBackward(dx, dhat, hat, rstd[:n], d)
	case norm.DyT:
		return k.dytBackward(dx, dhat, hat, x, d, n)
	default:
		for j := range d {
			add(dx.Row(j)[:n], dhat.Row(j)[:n])
		}
	}
	return 0
}

// rmsForward: hat = x·rstd, rstd = 1/√(mean square + eps), 0 where that is 0.
func (k laneNorm) rmsForward(hat vec.Rows, rstd []float32, x vec.Rows, d int) {
	clear(rstd)
	for j := range d {
		for c, v := range x.Row(j)[:len(rstd)] {
			rstd[c] += float32(v * v)
		}
	}
	for c, v := range rstd {
		if v = v/float32(d) + k.eps; v != 0 {
			rstd[c] = 1 / float32(math.Sqrt(float64(v)))
		}
	}
	for j := range d {
		out := hat.Row(j)[:len(rstd)]
		for c, v := range x.Row(j)[:len(rstd)] {
			out[c] = v * rstd[c]
		}
	}
}

// rmsBackward: dx += rstd·(dhat − hat·mean(dhat·hat)).
func rmsBackward(dx, dhat, hat vec.Rows, rstd []float32, d int) {
	mean := make([]float32, len(rstd))
	for j := range d {
		h := hat.Row(j)
		for c, v := range dhat.Row(j)[:len(rstd)] {
			mean[c] += float32(v * h[c])
		}
	}
	for j := range d {
		h, out := hat.Row(j), dx.Row(j)
		for c, v := range dhat.Row(j)[:len(rstd)] {
			out[c] += float32(rstd[c] * (v - float32(h[c]*mean[c]/float32(d))))
		}
	}
}

// dytBackward: dx += dhat·(1 − hat²)·alpha.
func (k laneNorm) dytBackward(dx, dhat, hat, x vec.Rows, d, n int) (dalpha float64) {
	for j := range d {
		h, in, out := hat.Row(j), x.Row(j), dx.Row(j)
		for c, v := range dhat.Row(j)[:n] {
			slope := float64(v) * (1 - float64(h[c])*float64(h[c]))
			dalpha += slope * float64(in[c])
			out[c] += float32(slope * k.alpha)
		}
	}
	return dalpha
}

// forward sets y (d,n) to gain·hat + shift.
func (a affine) forward(y, hat vec.Rows, d, n int) {
	for j := range d {
		gain, shift := a.of(j)
		out := y.Row(j)[:n]
		for c, v := range hat.Row(j)[:n] {
			out[c] = float32(gain*v) + shift
		}
	}
}

// backward turns dy (d,n), the gradient of gain·hat + shift, into that of hat,
// and adds those of gain and shift to sums.
func (a affine) backward(dy, hat vec.Rows, d, n int, sums affine) {
	for j := range d {
		gain, _ := a.of(j)
		h, dgain, dshift := hat.Row(j), 0.0, 0.0
		out := dy.Row(j)[:n]
		for c, v := range out {
			dgain += float64(v) * float64(h[c])
			dshift += float64(v)
			out[c] = v * gain
		}
		sums.gain[j] += dgain
		sums.shift[j] += dshift
	}
}

// of returns gain and shift of coordinate j.
func (a affine) of(j int) (gain, shift float32) {
	gain = 1
	if a.gain != nil {
		gain = float32(a.gain[j])
	}
	if a.shift != nil {
		shift = float32(a.shift[j])
	}
	return gain, shift
}
