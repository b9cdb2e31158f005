package nn

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// head takes the first token of each sentence through pooler, classifier and
// loss, and for backward leaves the gradient of the last layer in p.b.
func (p *bertPart) head(job bertJob) {
	s, n, params, g := p.shape, len(p.starts)-1, job.p, p.small
	d := s.Dim
	kept := factors(job.drop.at(0, s.Layers, dropEmbedding), d, p.first+n)
	x, pooled, logits := make([]float64, d), make([]float64, d), make([]float64, s.Labels)
	dpooled, dx := make([]float64, d), make([]float64, d)
	clearColumns(p.b, d, 0, roundUp(n, vec.LaneBlock()))
	for b := range n {
		for j := range x {
			x[j] = float64(p.last.Row(j)[b])
		}
		headLinear(pooled, params.Pooler, params.PoolerBias, x)
		for j, v := range pooled {
			pooled[j] = math.Tanh(v)
			dpooled[j] = pooled[j] * float64(kept.Row(j)[p.first+b]) // what the classifier gets
		}
		headLinear(logits, params.Classifier, params.ClassifierBias, dpooled)
		p.lossOf(logits, int(job.labels[p.first+b]), len(job.batch))
		if !job.backward {
			continue
		}
		clear(dx)
		headLinearBackward(dx, g.Classifier, g.ClassifierBias, logits, params.Classifier, dpooled)
		for j, v := range pooled {
			dpooled[j] = dx[j] * float64(kept.Row(j)[p.first+b]) * (1 - v*v)
		}
		clear(dx)
		headLinearBackward(dx, g.Pooler, g.PoolerBias, dpooled, params.Pooler, x)
		for j, v := range dx {
			p.b.Row(j)[b] = float32(v)
		}
	}
}

// lossOf counts a sentence and turns its logits into the gradient of the mean
// loss over a batch.
func (p *bertPart) lossOf(logits []float64, label, batch int) {
	if logits[label] == slices.Max(logits) {
		p.right++
	}
	own := logits[label]
	p.loss += softmax(logits, slices.Clone(logits)) - own
	logits[label]--
	for i := range logits {
		logits[i] /= float64(batch)
	}
}

// headLinear sets y to w·x + bias.
func headLinear(y []float64, w, bias []float32, x []float64) {
	for o := range y {
		y[o] = float64(bias[o])
		for j, v := range x {
			y[o] += float64(w[o*len(x)+j]) * v
		}
	}
}

// headLinearBackward adds the gradients of x, w and bias from that of y.
func headLinearBackward(dx, dw, dbias, dy []float64, w []float32, x []float64) {
	for o, slope := range dy {
		dbias[o] += slope
		for j, v := range x {
			dw[o*len(x)+j] += slope * v
			dx[j] += slope * float64(w[o*len(x)+j])
		}
	}
}
