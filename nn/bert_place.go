package nn

import (
	"keyhull/internal/vec"
	"keyhull/norm"
)

// placeLanes is a normalization of columns, with what its backward needs.
type placeLanes struct {
	in, hat vec.Rows  // (d): its input; normalized, before gain and bias
	rstd    []float32 // of each column
	dhat    vec.Rows  // (d): scratch
}

func newPlaceLanes(d, cols int) placeLanes {
	return placeLanes{vec.NewRows(d, cols), vec.NewRows(d, cols), make([]float32, cols), vec.NewRows(d, cols)}
}

// forward normalizes n columns of l.in: out = gain·hat + bias.
func (l *placeLanes) forward(place Place, p PlaceParams[float32], out vec.Rows, d, n int, eps float64) {
	if place.Kind == norm.None {
		copyColumns(out, l.in, d, n)
		return
	}
	newLaneNorm(place, p, eps).forward(l.hat, l.rstd, l.in, d, n)
	for j := range d {
		gain, shift := gainOf(place, p, j)
		to := out.Row(j)[:n]
		for c, v := range l.hat.Row(j)[:n] {
			to[c] = float32(gain*v) + shift
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
		gain, _ := gainOf(place, p, j)
		gainBackward(grads, l.dhat.Row(j), dout.Row(j)[:n], l.hat.Row(j), gain, j)
	}
	dalpha := newLaneNorm(place, p, 0).backward(dout, l.dhat, l.hat, l.rstd, l.in, d, n)
	if place.Kind == norm.DyT {
		grads.Alpha[0] += dalpha
	}
}

// gainBackward writes the gradient of row j of hat from that of gain·hat + bias,
// which it sets to 0.
func gainBackward(grads PlaceParams[float64], dhat, dout, hat []float32, gain float32, j int) {
	sum, product := 0.0, 0.0
	for c, v := range dout {
		sum += float64(v)
		product += float64(v) * float64(hat[c])
		dhat[c] = v * gain
	}
	clear(dout)
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

// gainOf returns what row j is multiplied by and what is added to it.
func gainOf(place Place, p PlaceParams[float32], j int) (gain, shift float32) {
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
