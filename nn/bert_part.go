package nn

import (
	"math"

	"keyhull/internal/vec"
)

// bertPart takes some sentences of a batch through the model and back. Matrices
// are rows of tokens, or in the last layer behind attention of first tokens;
// those with d+1 rows have ones in the last. Columns behind the tokens stay 0
// or finite, and their gradients 0.
type bertPart struct {
	shape   Bert
	room    int // columns that there is memory for
	batch   [][]int32
	starts  []int // first token of each sentence, then n
	n, cols int   // tokens; up to a multiple of what kernels want
	first   int   // number in the batch of the first sentence
	token   int   // number of its first token

	embedded placeLanes
	layers   []bertPartLayer
	last     vec.Rows // (d): what the last layer gives
	firsts   vec.Rows // (d+1): what attention gives the first token of each sentence, in the last layer
	a, b, c  vec.Rows // (d): scratch; the gradient on its way back; scratch
	dqkv     vec.Rows // (3d)

	loss    float64 // summed over sentences
	right   int
	small   *BertParams[float64] // gradients of all that is neither as large as the vocabulary nor as the networks
	dup     []vec.Rows           // of each layer, as in bertLayerWeights; see newNetworkGrads
	ddown   []vec.Rows
	dtokens vec.Rows // (d): of the sums of embeddings
}

// bertPartLayer is what a layer keeps for its backward.
type bertPartLayer struct {
	x, att       vec.Rows    // (d+1): its input; what attention gives
	qkv          vec.Rows    // (3d)
	lse          [][]float32 // of each head
	norm1, norm2 placeLanes
	mid          vec.Rows // (d+1): input of the network
}

func newBertPart(s Bert) *bertPart {
	p := &bertPart{shape: s, layers: make([]bertPartLayer, s.Layers)}
	small := s
	small.Vocab, small.Positions, small.Hidden = 1, 1, 1
	p.small = NewBertParams[float64](small)
	return p
}

// run takes sentences from to to of the batch.
func (p *bertPart) run(job bertJob, w *bertWorker, from, to int) {
	p.begin(job, from, to)
	if p.n == 0 {
		for i := range p.layers {
			clear(p.dup[i].Data)
			clear(p.ddown[i].Data)
		}
		return
	}
	p.embed(job)
	for i := range p.layers {
		p.layer(job, w, i, i == len(p.layers)-1)
	}
	p.head(job)
	if !job.backward {
		return
	}
	for i := len(p.layers) - 1; i >= 0; i-- {
		p.layerBackward(job, w, i, i == len(p.layers)-1)
	}
	p.embedBackward(job)
}

func (p *bertPart) begin(job bertJob, from, to int) {
	p.loss, p.right = 0, 0
	clear(p.small.Flat)
	p.take(job.batch[from:to])
	p.first, p.token = from, 0
	for _, sentence := range job.batch[:from] {
		p.token += len(sentence)
	}
}

// take notes where sentences begin and makes room for them.
func (p *bertPart) take(sentences [][]int32) {
	p.batch = sentences
	p.starts, p.n = append(p.starts[:0], 0), 0
	for _, sentence := range sentences {
		p.n += len(sentence)
		p.starts = append(p.starts, p.n)
	}
	p.cols = roundUp(p.n, vec.LaneBlock())
	if p.cols <= p.room {
		return
	}
	p.room = roundUp(p.n+p.n/2, vec.MaxLaneBlock)
	d, room := p.shape.Dim, p.room
	rows := func(n int) vec.Rows { return vec.NewRows(n, room) }
	p.embedded, p.last, p.firsts, p.dtokens = newPlaceLanes(d, room), rows(d), rows(d+1), rows(d)
	p.a, p.b, p.c, p.dqkv = rows(d), rows(d), rows(d), rows(3*d)
	Fill(p.firsts.Row(d), 1)
	for i := range p.layers {
		l := &p.layers[i]
		*l = bertPartLayer{x: rows(d + 1), att: rows(d + 1), qkv: rows(3 * d), norm1: newPlaceLanes(d, room), norm2: newPlaceLanes(d, room), mid: rows(d + 1)}
		for range p.shape.Heads {
			l.lse = append(l.lse, make([]float32, room))
		}
		for _, x := range []vec.Rows{l.x, l.att, l.mid} {
			Fill(x.Row(d), 1)
		}
	}
}

// embed sums the embeddings of tokens, positions and type 0.
func (p *bertPart) embed(job bertJob) {
	d, s, in := p.shape.Dim, p.shape, p.embedded.in
	c := 0
	for _, sentence := range p.batch {
		for i, token := range sentence {
			word, position := row(job.p.Words, int(token), d), row(job.p.Positions, i, d)
			for j, v := range word {
				in.Data[j*in.Ld+c] = v + position[j] + job.p.Types[j]
			}
			c++
		}
	}
	clearColumns(in, d, p.n, p.cols)
	x := p.layers[0].x
	p.embedded.forward(s.EmbeddingNorm, job.p.EmbeddingNorm, x, d, p.cols, s.Eps)
	vec.Dropout(x, x, d, p.cols, job.drop.at(0, 0, dropEmbedding), p.token, false)
}

// layer takes the part through layer i. Behind attention of the last one go
// first tokens alone, if so asked.
func (p *bertPart) layer(job bertJob, w *bertWorker, i int, firsts bool) {
	s, l, lw, lp := p.shape, &p.layers[i], &job.layers[i], &job.p.Layers[i]
	d := s.Dim
	vec.Product(l.qkv, lw.qkv, l.x, 3*d, d+1, p.cols, false, vec.NoLeast)
	p.attend(job, i)
	att, n, cols, token := l.att, p.n, p.cols, p.token
	if firsts {
		att, n, cols, token = p.gather(l)
	} else {
		copyColumns(l.norm1.in, l.x, d, cols)
	}
	vec.Product(p.a, lw.out, att, d, d+1, cols, false, vec.NoLeast)
	vec.Dropout(l.norm1.in, p.a, d, cols, job.drop.at(0, i, dropAttended), token, true)
	l.norm1.forward(s.AttentionNorm, lp.AttentionNorm, l.mid, d, cols, s.Eps)

	w.feedForward(p.a, lw, lp.DownBias, l.mid, n)
	clearColumns(p.a, d, n, cols)
	copyColumns(l.norm2.in, l.mid, d, cols)
	vec.Dropout(l.norm2.in, p.a, d, cols, job.drop.at(0, i, dropHidden), token, true)
	out := p.last
	if i+1 < len(p.layers) {
		out = p.layers[i+1].x
	}
	l.norm2.forward(s.OutputNorm, lp.OutputNorm, out, d, cols, s.Eps)
}

// attend is attention of all heads within each sentence.
func (p *bertPart) attend(job bertJob, i int) {
	l, d, w := &p.layers[i], p.shape.Dim, p.shape.Width()
	for h := range p.shape.Heads {
		q, k, v := l.qkv.Down(h*w), l.qkv.Down(d+h*w), l.qkv.Down(2*d+h*w)
		vec.AttendForward(l.att.Down(h*w), l.lse[h], q, k, v, p.starts, w, p.scale(), job.drop.at(0, i, dropWeights+h), p.token)
	}
	clearColumns(l.att, d, p.n, p.cols)
}

func (p *bertPart) scale() float32 { return float32(1 / math.Sqrt(float64(p.shape.Width()))) }

// gather puts the first tokens' columns of what attention gives, and of its
// input, side by side, and returns the former and what stands for the part's
// own numbers from there on.
func (p *bertPart) gather(l *bertPartLayer) (att vec.Rows, n, cols, first int) {
	n, cols, first = p.sentences()
	for j := range p.shape.Dim {
		for b, at := range p.starts[:n] {
			p.firsts.Row(j)[b], l.norm1.in.Row(j)[b] = l.att.Row(j)[at], l.x.Row(j)[at]
		}
	}
	clearColumns(p.firsts, p.shape.Dim, n, cols)
	clearColumns(l.norm1.in, p.shape.Dim, n, cols)
	return p.firsts, n, cols, first
}

// sentences returns their number, the columns that kernels want, and the number
// in the batch of the first one.
func (p *bertPart) sentences() (n, cols, first int) {
	n = len(p.starts) - 1
	return n, roundUp(n, vec.LaneBlock()), p.first
}

// clearColumns sets columns from to to of x to 0.
func clearColumns(x vec.Rows, rows, from, to int) {
	for j := range rows {
		clear(x.Row(j)[from:to])
	}
}
