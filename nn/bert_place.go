package nn

import (
	"math"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// placeLanes is a normalization of columns, with what its backward needs.
type placeLanes struct {
	in, hat vec.Rows  // (d): its input; normalized, before gain and bias
	rstd    []float32 // of each column
}

func newPlaceLanes(d, cols int) placeLanes {
	return placeLanes{vec.NewRows(d, cols), vec.NewRows(d, cols), make([]float32, cols)}
}

// forward normalizes n columns of l.in: out = gain·hat + bias.
func (l *placeLanes) forward(place Place, p PlaceParams[float32], out vec.Rows, d, n int, eps float64) {
	switch place.Kind {
	case norm.LayerNorm, LayerNormPlain:
		vec.LayerNormForward(l.hat, l.rstd, l.in, d, n, float32(eps))
	case norm.Project, ProjectTimes, ProjectLearned:
		vec.SubtractMean(l.hat, l.in, d, n, false)
	case norm.RMSNorm, norm.Scale:
		l.scale(d, n, eps)
	case norm.DyT:
		for j := range d {
			hat := l.hat.Row(j)[:n]
			for c, v := range l.in.Row(j)[:n] {
				hat[c] = float32(math.Tanh(float64(p.Alpha[0]) * float64(v)))
			}
		}
	case norm.None:
		copyColumns(out, l.in, d, n)
		return
	default:
		panic("nn: unknown norm " + place.Kind)
	}
	for j := range d {
		gain, shift := affineOf(place, p, j)
		to := out.Row(j)[:n]
		for c, v := range l.hat.Row(j)[:n] {
			to[c] = float32(gain*v) + shift
		}
	}
}

// scale divides n columns by their root mean square.
func (l *placeLanes) scale(d, n int, eps float64) {
	for c := range n {
		square := 0.0
		for j := range d {
			v := float64(l.in.Row(j)[c])
			square += v * v
		}
		r := float32(1 / math.Sqrt(square/float64(d)+eps))
		if math.IsInf(float64(r), 0) {
			r = 0
		}
		l.rstd[c] = r
		for j := range d {
			l.hat.Row(j)[c] = l.in.Row(j)[c] * r
		}
	}
}

// backward turns dout (d,n), the gradient of out, into that of l.in, in place,
// and adds those of what the normalization learns to grads.
func (l *placeLanes) backward(place Place, p PlaceParams[float32], grads PlaceParams[float64], dout vec.Rows, d, n int) {
	if place.Kind == norm.None {
		return
	}
	for j := range d {
		gain, _ := affineOf(place, p, j)
		l.affineBackward(grads, dout.Row(j)[:n], l.hat.Row(j), gain, j)
	}
	switch place.Kind {
	case norm.LayerNorm, LayerNormPlain:
		vec.LayerNormBackward(dout, dout, l.hat, l.rstd, d, n, false)
	case norm.Project, ProjectTimes, ProjectLearned:
		vec.SubtractMean(dout, dout, d, n, false)
	case norm.RMSNorm, norm.Scale:
		l.scaleBackward(dout, d, n)
	case norm.DyT:
		alpha := float64(p.Alpha[0])
		for j := range d {
			slope, in := dout.Row(j)[:n], l.in.Row(j)
			for c, t := range l.hat.Row(j)[:n] {
				inner := float64(slope[c]) * (1 - float64(t)*float64(t))
				grads.Alpha[0] += inner * float64(in[c])
				slope[c] = float32(inner * alpha)
			}
		}
	}
}

// affineBackward turns the gradient of row j of gain·hat + bias into that of
// hat.
func (l *placeLanes) affineBackward(grads PlaceParams[float64], dout, hat []float32, gain float32, j int) {
	sum, product := 0.0, 0.0
	for c, v := range dout {
		sum += float64(v)
		product += float64(v) * float64(hat[c])
		dout[c] = v * gain
	}
	if grads.Gain != nil {
		grads.Gain[j] += product
	}
	if grads.Shift != nil {
		grads.Shift[j] += sum
	}
	if grads.Scale != nil {
		grads.Scale[0] += product
	}
}

// scaleBackward: dx = rstd·(g − hat·mean(g·hat)).
func (l *placeLanes) scaleBackward(dout vec.Rows, d, n int) {
	for c := range n {
		dot := 0.0
		for j := range d {
			dot += float64(dout.Row(j)[c]) * float64(l.hat.Row(j)[c])
		}
		dot /= float64(d)
		for j := range d {
			g := &dout.Row(j)[c]
			*g = float32(float64(l.rstd[c]) * (float64(*g) - float64(l.hat.Row(j)[c])*dot))
		}
	}
}

// affineOf returns what row j is multiplied by and what is added to it.
func affineOf(place Place, p PlaceParams[float32], j int) (gain, shift float32) {
	gain = scaleOf(place, p)
	if p.Gain != nil {
		gain = p.Gain[j]
	}
	if p.Shift != nil {
		shift = p.Shift[j]
	}
	return gain, shift
}

func copyColumns(dst, src vec.Rows, rows, n int) {
	for j := range rows {
		copy(dst.Row(j)[:n], src.Row(j))
	}
}
