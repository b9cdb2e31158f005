package audit

import (
	"math"
	"slices"

	"keyhull/internal/vec"
)

// contest is keys that queries of an ellipsoid score: key j gets q·k_j + o_j.
type contest struct {
	n, width int
	keys     []float32
	offset   []float32 // nil: 0
	f        *factor
	mean     []float64    // of the keys: differences are what counts
	panels   vec.Panels32 // keys less their mean, with the offset as a last coordinate
	most     []float64    // bounds the sizes of those coordinates
}

// State is a proof that a key can win: the query A·z + C of the state z, where
// the norm of z is at most Radius, scores it above all keys that differ.
type State []float64

// Barrier is a proof that a key cannot win: weights > 0 of other keys such that
//
//	Radius·‖Aᵀv‖ + C·v ≤ 0, v = Σ λ_j (k − k_j).
//
// v·(A·z + C) is what the query scores the key above the others, weighted: it is
// at most the left side for every state z. (If Projected, Aᵀv is taken without
// its mean; offsets, as of an output layer, are added: + Σ λ_j (o − o_j).)
type Barrier struct {
	Keys    []int     `json:"keys"`
	Weights []float64 `json:"weights"`
}

// newContest prepares all but the panels.
func newContest(f *factor, keys, offset []float32) *contest {
	w := f.e.width
	c := &contest{n: len(keys) / w, width: w, keys: keys, offset: offset, f: f, mean: make([]float64, w)}
	for i := range c.n {
		for k, v := range c.key(i) {
			c.mean[k] += float64(v) / float64(c.n)
		}
	}
	return c
}

// fill makes panels, of the keys in an order (nil: their own), and most, which is at least a size for which the rounding
// of a key less the mean is far below a unit of float32.
func (c *contest) fill(order []int32) {
	c.panels.Reset(c.width + 1)
	c.panels.Data = slices.Grow(c.panels.Data, (c.n+vec.Lanes32)*(c.width+1))
	c.most = make([]float64, c.width+1)
	row := make([]float64, c.width+1)
	for i := range c.n {
		if order != nil {
			i = int(order[i])
		}
		c.centred(row, i)
		c.panels.Append(row)
		for k, v := range row {
			v = math.Abs(v) * (1 + 4*unit)
			if k < c.width {
				v = max(v, 0x1p-26*(math.Abs(float64(c.key(i)[k]))+math.Abs(c.mean[k])))
			}
			c.most[k] = max(c.most[k], v)
		}
	}
}

// clone shares all but the panels, in which a search hides a key.
func (c *contest) clone() *contest {
	own := *c
	own.panels.Data = slices.Clone(c.panels.Data)
	return &own
}

func (c *contest) key(i int) []float32 { return c.keys[i*c.width : (i+1)*c.width] }

// centred is a point of the panels.
func (c *contest) centred(row []float64, i int) {
	for k, v := range c.key(i) {
		row[k] = float64(v) - c.mean[k]
	}
	row[c.width] = c.off(i)
}

func (c *contest) off(i int) float64 {
	if c.offset == nil {
		return 0
	}
	return float64(c.offset[i])
}

// equal keys get the same score from every query.
func (c *contest) equal(i, j int) bool {
	return i == j || c.off(i) == c.off(j) && equal(c.key(i), c.key(j))
}

// wins proves that the query of state z scores key i above all keys that
// differ from it. If it cannot, rival is the key that comes nearest or leads.
func (c *contest) wins(i int, z []float64) (ok bool, rival int) {
	if !(length(z) <= c.f.e.radius) {
		return false, -1
	}
	q, bound := c.f.e.query(z)
	own, ok, worst := c.key(i), true, math.Inf(1)
	rival = -1
	for j := range c.n {
		lead, off := c.lead(q, bound, own, c.key(j))
		if c.offset != nil {
			gap := c.off(i) - c.off(j)
			lead += gap
			off += 4 * unit * (math.Abs(gap) + math.Abs(lead))
		}
		if lead > off {
			if lead < worst && ok {
				worst, rival = lead, j
			}
			continue
		}
		if !c.equal(i, j) && (ok || lead < worst) {
			ok, worst, rival = false, lead, j
		}
	}
	return ok, rival
}

// lead returns q·(x − y) and a bound of its error.
func (c *contest) lead(q, bound []float64, x, y []float32) (sum, off float64) {
	size, more := 0.0, 0.0
	for k, v := range q {
		d := float64(x[k]) - float64(y[k])
		p := v * d
		sum += p
		size += math.Abs(p)
		more += bound[k] * math.Abs(d)
	}
	return sum, 2*float64(c.width+10)*unit*size + more*above(c.width) + underflow
}

// blocks proves that no query of the ellipsoid lets key i win.
func (c *contest) blocks(i int, b Barrier) bool {
	v, bound, size := make([]float64, c.width), make([]float64, c.width), make([]float64, c.width)
	gap, gapSize := 0.0, 0.0
	own := c.key(i)
	for n, j := range b.Keys {
		l := b.Weights[n]
		if !(l > 0) || c.equal(i, j) {
			return false
		}
		for k, y := range c.key(j) {
			p := l * (float64(own[k]) - float64(y))
			v[k] += p
			size[k] += math.Abs(p)
		}
		p := l * (c.off(i) - c.off(j))
		gap += p
		gapSize += math.Abs(p)
	}
	gamma := 2 * float64(len(b.Keys)+10) * unit
	for k, s := range size {
		bound[k] = gamma*s + underflow
	}
	reach := c.f.e.radius * c.f.e.back(v, bound)
	sum, off := reach+gap, gamma*gapSize+underflow
	for k, x := range c.f.e.c {
		p := x * v[k]
		sum += p
		gapSize += math.Abs(p)
		off += math.Abs(x) * bound[k]
	}
	off = off*above(c.width) + 2*float64(c.width+10)*unit*(gapSize+reach)
	return sum+off <= 0 && len(b.Keys) > 0
}
