package nn

import "keyhull/internal/vec"

// bertWeights are the parameters of a step as the kernels want them. A matrix
// packed for vec.Product has inner numbers first, then rows of the result.
type bertWeights struct {
	p      *BertParams[float32]
	layers []bertLayerWeights
}

type bertLayerWeights struct {
	qkv     []float32 // (d+1,3d): queries, keys, values; below them biases
	qkvBack []float32 // (3d,d)
	out     []float32 // (d+1,d): W_O; below it its bias
	up      vec.Rows  // (d+1,f): columns are hidden numbers; below them biases
	down    vec.Rows  // (d,f)
}

// hiddenBlock is how many hidden numbers go through a network at a time: few
// enough for those of all tokens to stay in the cache.
const hiddenBlock = vec.MaxLaneBlock

func newBertWeights(s Bert) *bertWeights {
	w, d := &bertWeights{layers: make([]bertLayerWeights, s.Layers)}, s.Dim
	for i := range w.layers {
		f := roundUp(s.Hidden, hiddenBlock)
		w.layers[i] = bertLayerWeights{make([]float32, (d+1)*3*d), make([]float32, 3*d*d), make([]float32, (d+1)*d), vec.NewRows(d+1, f), vec.NewRows(d, f)}
	}
	return w
}

func (w *bertWeights) prepare(p *BertParams[float32]) {
	w.p = p
	for i := range w.layers {
		w.layers[i].prepare(&p.Layers[i], p.Shape)
	}
}

func (w *bertLayerWeights) prepare(p *BertLayer[float32], s Bert) {
	d := s.Dim
	for which, m := range [][2][]float32{{p.Query, p.QueryBias}, {p.Key, p.KeyBias}, {p.Value, p.ValueBias}} {
		for o := range d {
			for j := range d {
				w.qkv[j*3*d+which*d+o] = m[0][o*d+j]
			}
		}
		copy(w.qkv[d*3*d+which*d:][:d], m[1])
		copy(w.qkvBack[which*d*d:], m[0])
	}
	for o := range d {
		for j := range d {
			w.out[j*d+o] = p.Out[o*d+j]
		}
		copy(w.down.Row(o)[:s.Hidden], p.Down[o*s.Hidden:])
	}
	copy(w.out[d*d:], p.OutBias)
	turn(w.up, p.Up, s.Hidden, d)
	copy(w.up.Row(d)[:s.Hidden], p.UpBias)
}

// turn writes x (n,d) as columns of dst (d,n).
func turn(dst vec.Rows, x []float32, n, d int) {
	for i := range n {
		for j, v := range x[i*d : (i+1)*d] {
			dst.Data[j*dst.Ld+i] = v
		}
	}
}
