package cert

import (
	"fmt"
	"math"
)

// Reach says which keys the queries that a model can make select, with proofs: keys
// score q·k + offset, q from some of the Maps. Whole: the queries of each map have
// every direction, so that those are just the vertices. Set is the set of keys of the
// file, Name for people.
type Reach struct {
	Name    string    `json:"name,omitempty"`
	Set     int       `json:"set,omitempty"`
	Maps    []Map     `json:"maps"`
	Offsets []float64 `json:"offsets,omitempty"` // one a key; absent: 0
	Whole   bool      `json:"whole,omitempty"`
	Keys    []Reached `json:"keys"`
}

// Reached is the answer for one key. "reachable": the query of State under map Of
// scores it above all keys that differ; without State, that of the state to which
// the key itself points. "unreachable": there is a barrier for each map.
type Reached struct {
	Index    int       `json:"index"`
	Answer   string    `json:"answer"`
	Of       int       `json:"of,omitempty"`
	State    []float64 `json:"state,omitempty"`
	Barriers []Barrier `json:"barriers,omitempty"`
}

// Barrier is weights λ > 0 of other keys such that Radius·|Aᵀv| + C·v + g ≤ 0, where
// v = Σ λ_j (k − k_j), g = Σ λ_j (offset − offset_j): for every query the key scores no
// higher than the mean, so weighted, of those.
type Barrier struct {
	Keys    []int     `json:"keys"`
	Weights []float64 `json:"weights"`
}

// ReachCheck checks the proofs of a Reach in exact arithmetic.
type ReachCheck struct {
	*Reach
	lifted Arithmetic
	rows   []float64 // n rows of width + 1: keys, offsets
	n, w   int
	mean   []float64
}

// NewReachCheck refuses what is not of the form. Rows are n keys of a width; lifted
// makes an Arithmetic of rows of one more number, if there are answers for keys.
func NewReachCheck(r *Reach, rows []float64, width int, lifted func(rows []float64, width int) (Arithmetic, error)) (*ReachCheck, error) {
	c := &ReachCheck{Reach: r, n: len(rows) / width, w: width, mean: make([]float64, width), rows: make([]float64, 0, len(rows)+len(rows)/width)}
	if r.Offsets != nil && len(r.Offsets) != c.n || len(r.Maps) == 0 {
		return nil, fmt.Errorf("%d offsets and %d maps are not for %d keys", len(r.Offsets), len(r.Maps), c.n)
	}
	for i := range r.Maps {
		if err := r.Maps[i].check(width); err != nil {
			return nil, fmt.Errorf("map %d: %w", i, err)
		}
		m := &r.Maps[i]
		m.unit = unit(m.A, m.Gain, m.C, []float64{m.Radius})
	}
	for i := range c.n {
		c.rows = append(c.rows, rows[i*width:][:width]...)
		c.rows = append(c.rows, c.offset(i))
		for k, v := range rows[i*width:][:width] {
			c.mean[k] += v / float64(c.n)
		}
	}
	if len(r.Keys) == 0 {
		return c, nil
	}
	var err error
	c.lifted, err = lifted(c.rows, width+1)
	return c, err
}

func (c *ReachCheck) offset(i int) float64 {
	if c.Offsets == nil {
		return 0
	}
	return c.Offsets[i]
}

// Key returns what the proof for place k of Keys lacks, "" if nothing.
func (c *ReachCheck) Key(k int) string {
	var p failures
	key := &c.Keys[k]
	i := key.Index
	switch {
	case i < 0 || i >= c.n || key.Of < 0 || key.Of >= len(c.Maps):
		p.expect(false, "key %d or map %d: there is no such", i, key.Of)
	case key.Answer == "reachable":
		c.selects(&p, i, key)
	case key.Answer == "unreachable":
		p.expect(len(key.Barriers) == len(c.Maps), "key %d has barriers for %d of %d maps", i, len(key.Barriers), len(c.Maps))
		for m := range min(len(c.Maps), len(key.Barriers)) {
			p.expect(c.bars(i, &c.Maps[m], &key.Barriers[m]), "key %d: map %d has no barrier", i, m)
		}
	default:
		p.expect(false, "key %d has the unknown answer %.20q", i, key.Answer)
	}
	if p == nil {
		return ""
	}
	return p[0]
}

// selects checks that the query of a state scores key i above all that differ.
func (c *ReachCheck) selects(p *failures, i int, key *Reached) {
	m := &c.Maps[key.Of]
	z := key.State
	if z == nil {
		z = c.own(i, m)
	}
	if !p.expect(len(z) == m.Dim && m.within(z), "key %d: its state is not of %d numbers within the radius", i, m.Dim) {
		return
	}
	tied, higher := c.lifted.Ties(m.query(z), i, c.n)
	p.expect(higher < 0, "key %d: its state scores key %d higher", i, higher)
	for _, j := range tied {
		p.expect(c.equal(i, j), "key %d: its state scores key %d, which differs, as high", i, j)
	}
}

func (c *ReachCheck) row(i int) []float64 { return c.rows[i*(c.w+1) : (i+1)*(c.w+1)] }

func (c *ReachCheck) equal(i, j int) bool {
	x, y := c.row(i), c.row(j)
	for k, v := range x {
		if v != y[k] {
			return false
		}
	}
	return true
}

// own is Aᵀ(k − mean of the keys), brought almost to the radius and rounded to
// float32. Any state will do: what follows from it is checked.
func (c *ReachCheck) own(i int, m *Map) []float64 {
	z, mean, size := make([]float64, m.Dim), 0.0, 0.0
	for k, v := range c.row(i)[:c.w] {
		v -= c.mean[k]
		if m.A == nil {
			z[k] = m.Gain[k] * v
			continue
		}
		for d := range z {
			z[d] += float64(m.A[k*m.Dim+d] * v)
		}
	}
	for _, v := range z {
		mean += v / float64(m.Dim)
	}
	for d := range z {
		if m.Projected {
			z[d] -= mean
		}
		size += float64(z[d] * z[d])
	}
	for d := range z {
		z[d] = float64(float32(z[d] / math.Sqrt(max(size, 1e-300)) * m.Radius * (1 - 1e-6)))
	}
	return z
}
