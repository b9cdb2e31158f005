package nn

import (
	"math"

	"keyhull/internal/vec"
	"keyhull/norm"
)

// gpt2Worker has the memory that one sequence needs while it is computed.
// Matrices are rows of positions.
type gpt2Worker struct {
	shape   GPT2
	dh      vec.Rows  // (d): gradient of the residual stream
	branch  vec.Rows  // (d): what a branch adds to it, or the gradient of that
	dhat    vec.Rows  // (d)
	dqkv    vec.Rows  // (3d)
	dattend vec.Rows  // (d)
	dz      vec.Rows  // (f)
	lanes   []float32 // sums by lanes
}

func newGPT2Worker(s GPT2) *gpt2Worker {
	n, d, f := s.room(), s.Dim, s.Hidden
	rows := func(rows int) vec.Rows { return vec.NewRows(rows, n) }
	most := max((d+1)*3*d, (d+1)*f, (f+1)*d)
	return &gpt2Worker{shape: s, dh: rows(d), branch: rows(d), dhat: rows(d), dqkv: rows(3 * d), dattend: rows(d), dz: rows(f),
		lanes: make([]float32, most*vec.MaxLanes)}
}

// forward computes all but the output matrix.
func (w *gpt2Worker) forward(q *gpt2Sequence, k *gpt2Packed, p *GPT2Params[float32]) {
	s, n := w.shape, q.columns
	w.embed(q, p)
	for i := range q.layers {
		w.attend(q, i, k, p)
		w.feedForward(q, i, k)
	}
	k.normF.forward(q.hatF, q.rstdF, q.h, s.Dim, n)
	k.gainF.forward(q.f, q.hatF, s.Dim, n)
	if q.states != nil {
		q.states.BeforeF, q.states.AfterF = rowsOf(q.h, s.Dim, len(q.tokens)), rowsOf(q.f, s.Dim, len(q.tokens))
	}
}

// embed begins the residual stream.
func (w *gpt2Worker) embed(q *gpt2Sequence, p *GPT2Params[float32]) {
	d := w.shape.Dim
	for j := range d {
		h := q.h.Row(j)[:q.columns]
		clear(h[len(q.tokens):])
		for c, token := range q.tokens {
			h[c] = p.Tokens[int(token)*d+j] + p.Positions[c*d+j]
		}
	}
	if drop := q.drop.at(q.number, 0, dropEmbedding); drop.P > 0 {
		vec.Dropout(q.h, q.h, d, q.columns, drop, 0, false)
	}
}

// attend adds what attention of layer i gives to the residual stream.
func (w *gpt2Worker) attend(q *gpt2Sequence, i int, k *gpt2Packed, p *GPT2Params[float32]) {
	s, n, l, packed := w.shape, q.columns, &q.layers[i], &k.layers[i]
	d := s.Dim
	w.keep(l.x1, q)
	packed.norm1.forward(l.hat1, l.rstd1, q.h, d, n)
	vec.Product(l.qkv, packed.qkv.w, l.hat1, 3*d, d+1, n, false, vec.NoLeast)
	if s.QKNorm != norm.None {
		w.qkForward(q, l, &p.Layers[i])
	}
	if q.states != nil {
		w.store(q, l, packed)
	}
	for h := range s.Heads {
		of := l.head(s, h)
		vec.CausalForward(of.out, of.lse, of.q, of.k, of.v, s.Width(), len(q.tokens), s.scale(), q.drop.at(q.number, i, dropWeights+h))
	}
	w.addBranch(q, &packed.out, l.attended, q.drop.at(q.number, i, dropAttended))
}

// feedForward adds what the feed-forward network of layer i gives.
func (w *gpt2Worker) feedForward(q *gpt2Sequence, i int, k *gpt2Packed) {
	s, n, l, packed := w.shape, q.columns, &q.layers[i], &k.layers[i]
	w.keep(l.x2, q)
	packed.norm2.forward(l.hat2, l.rstd2, q.h, s.Dim, n)
	vec.Product(l.z, packed.in.w, l.hat2, s.Hidden, s.Dim+1, n, false, vec.NoLeast)
	vec.GeluForward(l.g, l.z, s.Hidden, n)
	w.addBranch(q, &packed.up, l.g, q.drop.at(q.number, i, dropHidden))
}

// addBranch adds a linear function of x, after dropout, to the residual stream.
func (w *gpt2Worker) addBranch(q *gpt2Sequence, l *packedLinear, x vec.Rows, drop vec.Drop) {
	if drop.P == 0 {
		vec.Product(q.h, l.w, x, l.outs, l.ins+1, q.columns, true, vec.NoLeast)
		return
	}
	vec.Product(w.branch, l.w, x, l.outs, l.ins+1, q.columns, false, vec.NoLeast)
	vec.Dropout(q.h, w.branch, l.outs, q.columns, drop, 0, true)
}

// keep copies the residual stream, if there is a place for it.
func (w *gpt2Worker) keep(x vec.Rows, q *gpt2Sequence) {
	if x.Data == nil {
		return
	}
	for j := range w.shape.Dim {
		copy(x.Row(j)[:q.columns], q.h.Row(j))
	}
}

// head is what a head sees of a layer.
type head struct {
	q, k, v, out vec.Rows // (w)
	lse          []float32
}

func (l *gpt2Columns) head(s GPT2, h int) head {
	d, at := s.Dim, h*s.Width()
	return head{l.qkv.Down(query*d + at), l.qkv.Down(key*d + at), l.qkv.Down(value*d + at), l.attended.Down(at), l.lse.Row(h)}
}

// scale is what the scores of a head are multiplied by.
func (g GPT2) scale() float32 { return float32(1 / math.Sqrt(float64(g.Width()))) }

// qkForward normalizes each head's queries and keys, in place.
func (w *gpt2Worker) qkForward(q *gpt2Sequence, l *gpt2Columns, p *GPT2Layer[float32]) {
	s, width := w.shape, w.shape.Width()
	for i := range 2 * s.Heads { // queries, then keys
		x, hat := l.qkv.Down(i*width), l.qkHat.Down(i*width)
		laneNorm{kind: s.QKNorm, eps: float32(s.Eps)}.forward(hat, l.qkRstd.Row(i)[:q.columns], x, width, q.columns)
		affine{gain: double(qkGain(p, i < s.Heads))}.forward(x, hat, width, q.columns)
	}
}

func qkGain(p *GPT2Layer[float32], queries bool) []float32 {
	if queries {
		return p.QGain
	}
	return p.KGain
}

// store copies what attention sees.
func (w *gpt2Worker) store(q *gpt2Sequence, l *gpt2Columns, packed *packedLayer) {
	s, n := w.shape, len(q.tokens)
	packed.gain1.forward(w.branch, l.hat1, s.Dim, q.columns)
	q.states.Before, q.states.After = append(q.states.Before, rowsOf(q.h, s.Dim, n)), append(q.states.After, rowsOf(w.branch, s.Dim, n))
	var queries, keys, values [][]float32
	for h := range s.Heads {
		of := l.head(s, h)
		queries, keys, values = append(queries, rowsOf(of.q, s.Width(), n)), append(keys, rowsOf(of.k, s.Width(), n)), append(values, rowsOf(of.v, s.Width(), n))
	}
	q.states.Queries, q.states.Keys, q.states.Values = append(q.states.Queries, queries), append(q.states.Keys, keys), append(q.states.Values, values)
}
