package keyhull

import (
	"fmt"
	"math"
)

// Attention is the answer of BestAttention.
type Attention struct {
	Weight     float64   // softmax weight of the key under Query
	UpperBound float64   // no query within the radius gives more, up to rounding
	Query      []float64 // Dim() numbers, scoring keys after factor and projection
}

// BestAttention returns the largest softmax weight that key i can get from a
// query of norm at most radius: max over ‖q‖ ≤ radius of softmax(q·k)_i. Its
// logarithm is concave in q, so the value is unique; UpperBound follows from
// gradients. It exceeds Weight by 1e-9 + 2e-14·s² at most in all sets tested, s
// the radius times the largest distance of a key to key i: rounding of scores
// that large leaves no better. Keys equal to key i share the
// weight. Scores are q·k: put a model's 1/√d into the radius.
//
// It fails on keys that Decide refuses. It panics if i is out of range, or the
// radius negative or not finite. Radii beyond 1e140, in units of the largest
// key's inverse, are taken as that. For many keys of one set use [Attender].
func BestAttention(keys Keys, i int, radius float64) (Attention, error) {
	a, err := NewAttender(keys)
	if err != nil {
		return Attention{}, err
	}
	return a.Best(i, radius), nil
}

// Attender answers BestAttention for the keys of one set. Not for concurrent
// use: each goroutine makes its own.
type Attender struct {
	n      int
	m      metric // coordinate after coordinate
	ascent *ascent
}

// NewAttender prepares the keys; it does not keep them. The error is Decide's.
func NewAttender(keys Keys) (*Attender, error) {
	if _, err := keys.source(); err != nil {
		return nil, err
	}
	m := keys.metric()
	m.hi, m.lo = transposed(m.hi, keys.dim), transposed(m.lo, keys.dim)
	return &Attender{n: keys.n, m: m, ascent: newAscent(keys.n, keys.dim)}, nil
}

// transposed turns rows of dim numbers into columns; nil stays nil.
func transposed(x []float64, dim int) []float64 {
	if x == nil {
		return nil
	}
	n, y := len(x)/dim, make([]float64, len(x))
	for i := range n {
		for c, v := range x[i*dim : (i+1)*dim] {
			y[c*n+i] = v
		}
	}
	return y
}

// Limits of the radius in working units: below the least, queries change no
// weight; squares of the greatest are far from overflow.
const leastRadius, mostRadius = 1e-140, 1e140

// Best is BestAttention(keys, i, radius). It panics likewise.
func (t *Attender) Best(i int, radius float64) Attention {
	if i < 0 || i >= t.n || !(radius >= 0) || math.IsInf(radius, 0) {
		panic(fmt.Sprintf("keyhull: key %d of %d, radius %v", i, t.n, radius))
	}
	a := t.ascent
	f, e := math.Frexp(radius) // in parts: the product may overflow
	a.radius = math.Ldexp(f, min(e+t.m.exp, 1000))
	if a.radius > mostRadius {
		a.radius = mostRadius
	}
	a.start(&t.m, i)
	if a.radius >= leastRadius {
		a.climb()
	}
	best := Attention{Weight: math.Exp(a.value), UpperBound: math.Min(a.cap, math.Exp(a.bound)), Query: make([]float64, t.m.dim)}
	for c, v := range a.best {
		best.Query[c] = math.Ldexp(v, -t.m.exp)
	}
	best.UpperBound = math.Max(best.UpperBound, best.Weight)
	return best
}
