package nn

import "keyhull/internal/vec"

// smallTensor is where a tensor lies among all parameters, and among those of
// the same shape but for vocabulary, positions and hidden numbers, of which
// there are 1.
type smallTensor struct{ at, small, size int }

// smallTensors lists those that do not grow with these three.
func smallTensors(s Bert) (list []smallTensor) {
	all, small := NewBertParams[float32](s), newBertPart(s).small.views()
	large := map[*[]float32]bool{&all.Words: true, &all.Positions: true}
	for i := range all.Layers {
		l := &all.Layers[i]
		large[&l.Up], large[&l.UpBias], large[&l.Down] = true, true, true
	}
	var next smallTensor
	for i, v := range all.views() {
		next.size = small[i].size()
		if !large[v.data] {
			list = append(list, next)
		}
		next.at += v.size()
		next.small += next.size
	}
	return list
}

// collect sets grad to the sum of the parts' gradients.
func (m *BertLanes) collect(grad *BertParams[float32]) {
	m.each(m.shape.Layers+1, func(_ *bertWorker, i int) {
		if i < m.shape.Layers {
			m.collectNetwork(&grad.Layers[i], i)
			return
		}
		m.collectEmbeddings(grad)
		for _, t := range m.small {
			m.collectSmall(grad.Flat[t.at:t.at+t.size], t.small)
		}
	})
}

func (m *BertLanes) collectSmall(grad []float32, at int) {
	for i := range grad {
		sum := 0.0
		for _, part := range m.parts {
			sum += part.small.Flat[at+i]
		}
		grad[i] = float32(sum)
	}
}

// collectEmbeddings gives the gradient of each token to its word and position,
// but none to the word of padding.
func (m *BertLanes) collectEmbeddings(grad *BertParams[float32]) {
	d := m.shape.Dim
	clear(grad.Words)
	clear(grad.Positions)
	for _, part := range m.parts {
		c := 0
		for _, sentence := range part.batch {
			for i, token := range sentence {
				addColumn(row(grad.Positions, i, d), part.dtokens, c)
				if token != 0 {
					addColumn(row(grad.Words, int(token), d), part.dtokens, c)
				}
				c++
			}
		}
	}
}

func addColumn(dst []float32, x vec.Rows, c int) {
	for j := range dst {
		dst[j] += x.Data[j*x.Ld+c]
	}
}

// networkGrads are the gradients of a matrix of a network from all parts.
type networkGrads struct {
	all  vec.Rows // row r of part i is row i behind Data[r·ld]
	ld   int
	sums vec.Rows // (rows,f)
}

// newNetworkGrads makes room for all parts in one piece, so that one product
// with ones sums them, and gives each part its share.
func newNetworkGrads(parts []*bertPart, rows, hidden int, of func(p *bertPart) *[]vec.Rows) networkGrads {
	like := vec.NewRows(rows, roundUp(hidden, hiddenBlock))
	size := len(like.Data)
	g := networkGrads{vec.Rows{Data: make([]float32, size*len(parts)), Ld: size}, like.Ld, like}
	for i, p := range parts {
		*of(p) = append(*of(p), vec.Rows{Data: g.all.Data[i*size : (i+1)*size], Ld: like.Ld})
	}
	return g
}

// sum returns a row's sum over parts.
func (g networkGrads) sum(r, hidden int) []float32 {
	var ones [bertParts]float32
	Fill(ones[:], 1)
	vec.Product(g.sums.Down(r), ones[:], vec.Rows{Data: g.all.Data[r*g.ld:], Ld: g.all.Ld}, 1, bertParts, roundUp(hidden, hiddenBlock), false, vec.NoLeast)
	return g.sums.Row(r)[:hidden]
}

// collectNetwork sets the gradients of layer i's network.
func (m *BertLanes) collectNetwork(grad *BertLayer[float32], i int) {
	d, f := m.shape.Dim, m.shape.Hidden
	for j := range d {
		copy(row(grad.Down, j, f), m.ddown[i].sum(j, f))
		m.dup[i].sum(j, f)
	}
	copy(grad.UpBias, m.dup[i].sum(d, f))
	up := m.dup[i].sums
	for k := range f {
		for j := range d {
			grad.Up[k*d+j] = up.Data[j*up.Ld+k]
		}
	}
}
