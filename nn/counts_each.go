package nn

import (
	"math"

	"keyhull/internal/vec"
)

// attendEach is attention where a table might underflow: with the maximum over
// the classes of each item. It leaves u and Z = 1.
func (w *countWorker) attendEach(job countJob, a int, items vec.Rows, n int) {
	d := w.shape.Dim
	for i := range n {
		u := make([]float64, d)
		for c, part := range w.shares(job, a, items, i) {
			for j := range u {
				u[j] += part * job.u[c*d+j]
			}
		}
		for j, v := range u {
			w.uz.Row(j)[i] = float32(v)
		}
		w.uz.Row(d)[i] = 1
	}
}

// shares returns which part of the attention of item i each class gets.
func (w *countWorker) shares(job countJob, a int, items vec.Rows, i int) []float64 {
	classes := w.shape.Classes
	score := job.score[a*classes : (a+1)*classes]
	high, z := math.Inf(-1), 0.0
	for c, s := range score {
		if items.Row(c)[i] > 0 {
			high = max(high, s)
		}
	}
	part := make([]float64, classes)
	for c, s := range score {
		if count := float64(items.Row(c)[i]); count > 0 {
			part[c] = count * math.Exp(s-high)
			z += part[c]
		}
	}
	for c := range part {
		part[c] /= z
	}
	return part
}

// attendEachBackward adds the gradients of scores and values; that of u is in
// w.a, since Z = 1.
func (w *countWorker) attendEachBackward(job countJob, a int, items vec.Rows, n int, sums *countSums) {
	classes, d := w.shape.Classes, w.shape.Dim
	for i := range n {
		part := w.shares(job, a, items, i)
		slope, mean := make([]float64, classes), 0.0
		for c, p := range part {
			for j := range d {
				du := float64(w.a.Row(j)[i])
				slope[c] += du * job.u[c*d+j]
				sums.value[c*d+j] += p * du
			}
			mean += p * slope[c]
		}
		for c, p := range part {
			sums.score[a*classes+c] += p * (slope[c] - mean)
		}
	}
}
