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

// collectNetwork sets the gradients of layer i's network.
func (m *BertLanes) collectNetwork(grad *BertLayer[float32], i int) {
	d, f := m.shape.Dim, m.shape.Hidden
	for j := range d {
		m.sumRow(row(grad.Down, j, f), func(p *bertPart) []float32 { return p.ddown[i].Row(j) })
		up := m.parts[0].dup[i].Row(j)[:f] // its own sum goes where it was
		m.sumRow(up, func(p *bertPart) []float32 { return p.dup[i].Row(j) })
		for k, v := range up {
			grad.Up[k*d+j] = v
		}
	}
	m.sumRow(grad.UpBias, func(p *bertPart) []float32 { return p.dup[i].Row(d) })
}

// sumRow sets dst to the sum of a row of all parts, which may be that of the
// first one.
func (m *BertLanes) sumRow(dst []float32, of func(p *bertPart) []float32) {
	n := len(dst)
	a, b, c, d := of(m.parts[0])[:n], of(m.parts[1])[:n], of(m.parts[2])[:n], of(m.parts[3])[:n]
	for k := range dst {
		dst[k] = (a[k] + b[k]) + (c[k] + d[k])
	}
}
