package nn

import "keyhull/internal/vec"

// layerBackward turns p.b from the gradient of what layer i gives into that of
// what it gets.
func (p *bertPart) layerBackward(job bertJob, w *bertWorker, i int, firsts bool) {
	s, l, lw, lp, g := p.shape, &p.layers[i], &job.layers[i], &job.p.Layers[i], &p.small.Layers[i]
	d, att, n, cols, token := s.Dim, l.att, p.n, p.cols, p.token
	if firsts {
		att = p.firsts
		n, cols, token = p.sentences()
	}
	// 1. The network.
	l.norm2.backward(s.OutputNorm, lp.OutputNorm, g.OutputNorm, p.b, d, cols)
	vec.Dropout(p.a, p.b, d, cols, job.drop.at(0, i, dropHidden), token, false)
	addRows(g.DownBias, p.a, n)
	w.feedForwardBackward(p.b, p.dup[i], p.ddown[i], p.a, lw, l.mid, n)
	// 2. Attention's output matrix.
	l.norm1.backward(s.AttentionNorm, lp.AttentionNorm, g.AttentionNorm, p.b, d, cols)
	vec.Dropout(p.a, p.b, d, cols, job.drop.at(0, i, dropAttended), token, false)
	w.outer(p.a, att, cols, linearGrad{g.Out, g.OutBias})
	vec.Product(p.c, lp.Out, p.a, d, d, cols, false, vec.NoLeast)
	if firsts {
		p.scatter(p.b)
		p.scatter(p.c)
	}
	// 3. Attention, queries, keys and values.
	p.attendBackward(job, i)
	w.outer(p.dqkv, l.x, p.cols, linearGrad{g.Query, g.QueryBias}, linearGrad{g.Key, g.KeyBias}, linearGrad{g.Value, g.ValueBias})
	vec.Product(p.b, lw.qkvBack, p.dqkv, d, 3*d, p.cols, true, vec.NoLeast)
}

// attendBackward sets p.dqkv from the gradient p.c of what attention gives.
func (p *bertPart) attendBackward(job bertJob, i int) {
	l, d, w := &p.layers[i], p.shape.Dim, p.shape.Width()
	for h := range p.shape.Heads {
		q, k, v := l.qkv.Down(h*w), l.qkv.Down(d+h*w), l.qkv.Down(2*d+h*w)
		dq, dk, dv := p.dqkv.Down(h*w), p.dqkv.Down(d+h*w), p.dqkv.Down(2*d+h*w)
		vec.AttendBackward(dq, dk, dv, p.c.Down(h*w), l.att.Down(h*w), q, k, v, l.lse[h], p.starts, w, p.scale(), job.drop.at(0, i, dropWeights+h), p.token)
	}
	clearColumns(p.dqkv, 3*d, p.n, p.cols)
}

// scatter puts columns that lie side by side back to the first tokens; those of
// other tokens become 0.
func (p *bertPart) scatter(x vec.Rows) {
	n := len(p.starts) - 1
	for j := range p.shape.Dim {
		row := x.Row(j)[:p.cols]
		clear(row[n:])
		for b := n - 1; b > 0; b-- { // from the right: none is overwritten before it moves
			v := row[b]
			row[b] = 0
			row[p.starts[b]] = v
		}
	}
}

// embedBackward leaves the gradient of the sums of embeddings in p.dtokens.
func (p *bertPart) embedBackward(job bertJob) {
	s := p.shape
	vec.Dropout(p.b, p.b, s.Dim, p.cols, job.drop.at(0, 0, dropEmbedding), p.token, false)
	p.embedded.backward(s.EmbeddingNorm, job.p.EmbeddingNorm, p.small.EmbeddingNorm, p.b, s.Dim, p.cols)
	addRows(p.small.Types[:s.Dim], p.b, p.n)
	copyColumns(p.dtokens, p.b, s.Dim, p.n)
}

// linearGrad are the gradients of a layer's matrix (d,d) and bias.
type linearGrad struct{ w, bias []float64 }

// outer adds, over n columns, the gradients of matrices that lie one below the
// other in dy, from their common input x (d+1,n).
func (w *bertWorker) outer(dy, x vec.Rows, n int, grads ...linearGrad) {
	d, rows := w.d, len(grads)*w.d
	sums := w.matrix[:rows*(d+1)]
	clear(sums)
	vec.Outer(w.rowSums, dy, x, rows, d+1, n)
	vec.SumLanes(sums, w.rowSums)
	for i, v := range sums {
		o, j := i/(d+1), i%(d+1)
		if g := grads[o/d]; j < d {
			g.w[o%d*d+j] += v
		} else {
			g.bias[o%d] += v
		}
	}
}

// addRows adds to each number of dst the first n columns of a row of x.
func addRows(dst []float64, x vec.Rows, n int) {
	for j := range dst {
		sum := 0.0
		for _, v := range x.Row(j)[:n] {
			sum += float64(v)
		}
		dst[j] += sum
	}
}
