package audit

import (
	"math"

	"keyhull/internal/vec"
)

// capped is attention under a soft-cap: scores s = q·k, the scale within q,
// become f(s) = c·tanh(s/c), and key i gets 1/Σ_j exp(f(s_j) − f(s_i)). Unlike
// without a cap its logarithm is not concave in q, so that what a search finds
// is attained, but perhaps not the most. Not for concurrent use.
type capped struct {
	n, width, ld int
	c            float64
	keys         []float64 // (n,ld), padded
	scores       []float64
	q, next      []float64 // ld
	gradient     []float64 // ld
	offset       []float64 // width
}

func newCapped(h *Head) *capped {
	s := h.newAttended() // which has the keys padded
	c := &capped{n: h.N, width: h.Width, ld: s.ld, c: h.SoftCap, keys: s.keys, scores: make([]float64, h.N)}
	for _, x := range []*[]float64{&c.q, &c.next, &c.gradient} {
		*x = make([]float64, s.ld)
	}
	c.offset = make([]float64, h.Width)
	return c
}

func (c *capped) key(i int) []float64 { return c.keys[i*c.ld : (i+1)*c.ld] }

func (c *capped) f(s float64) float64 { return c.c * math.Tanh(s/c.c) }

// bound is at least the attention that a query of norm at most radius gives key
// i, up to rounding. A score is at most radius·‖k‖ on either side, so that
// f(s_i) − f(s_j) ≤ f(r‖k_i‖) + f(r‖k_j‖). And s_i − s_j ≤ r‖k_i − k_j‖ = D, so that it is
// at most 2·f(D/2): tanh a − tanh b = tanh(a−b)·(1 − tanh a·tanh b), which for a
// given a − b is largest at b = −a.
func (c *capped) bound(i int, radius float64) float64 {
	own, sum := c.f(radius*norm2(c.key(i))), 0.0
	for j := range c.n {
		square := 0.0
		for x, v := range c.key(j) {
			d := c.key(i)[x] - v
			square += d * d
		}
		apart := 2 * c.f(radius*math.Sqrt(square)/2)
		sum += math.Exp(-min(apart, own+c.f(radius*norm2(c.key(j)))))
	}
	return 1 / sum
}

// best searches from the given query, the key and its offset from the mean, all
// in several lengths, and goes on uphill from the best of them.
func (c *capped) best(i int, radius float64, start, mean []float64) (weight float64) {
	own := c.key(i)[:c.width]
	copy(c.offset, own)
	vec.Axpy(-1, mean, c.offset)
	clear(c.next)
	c.keep(i, &weight)
	for _, from := range [][]float64{start, own, c.offset} {
		size := norm2(from)
		for t := 1.0; size > 0 && t > 1e-2; t /= 2 {
			for x, v := range from {
				c.next[x] = v * (t * radius / size)
			}
			c.keep(i, &weight)
		}
	}
	c.climb(i, radius, &weight)
	return weight
}

// keep makes next the query if it gives more, and reports whether it does.
func (c *capped) keep(i int, weight *float64) bool {
	w := c.weight(i, c.next)
	if w <= *weight {
		return false
	}
	*weight = w
	copy(c.q, c.next)
	return true
}

// climb goes along the gradient and back to the ball, in steps that grow where
// they gain.
func (c *capped) climb(i int, radius float64, weight *float64) {
	step := radius / 4
	c.slope(i)
	for turn := 0; turn < 200 && step > 1e-5*radius; turn++ {
		size := norm2(c.gradient)
		if size == 0 {
			return
		}
		copy(c.next, c.q)
		vec.Axpy(step/size, c.gradient, c.next)
		if length := norm2(c.next); length > radius {
			scaleBy(c.next, radius/length)
		}
		if !c.keep(i, weight) {
			step /= 2
			continue
		}
		step *= 1.5
		c.slope(i)
	}
}

// weight is the attention of key i; scores become those under the cap.
func (c *capped) weight(i int, q []float64) float64 {
	vec.MatVec(c.scores, c.keys, c.ld, c.n, q)
	for j, s := range c.scores {
		c.scores[j] = c.f(s)
	}
	sum := 0.0
	for _, s := range c.scores {
		sum += math.Exp(s - c.scores[i])
	}
	return 1 / sum
}

// slope sets gradient to that of the logarithm at q: f'(s_i)·k_i − Σ_j p_j·f'(s_j)·k_j.
func (c *capped) slope(i int) {
	w := c.weight(i, c.q)
	clear(c.gradient)
	for j, f := range c.scores {
		share := w * math.Exp(f-c.scores[i])
		if j == i {
			share--
		}
		t := f / c.c
		vec.Axpy(-share*(1-t*t), c.key(j), c.gradient)
	}
}
