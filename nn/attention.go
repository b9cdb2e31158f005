package nn

import (
	"fmt"
	"math"
	"slices"

	"keyhull/norm"
)

// AttentionShape says how a batch of sequences attends: each head to w = D/Heads
// coordinates of queries, keys and values of its own.
type AttentionShape struct {
	Batch, Length, D, Heads int
	Causal                  bool // a position sees itself and those before

	// Keep is what dropout multiplies the probability by that a query gives a
	// key: 0 or 1/(1 − rate). nil stands for 1.
	Keep func(batch, head, query, key int) float64
}

// AttentionForward is scaled dot-product attention (Vaswani et al., "Attention
// is all you need", 2017, section 3.2), before the output projection. D must
// be a multiple of Heads.
//
//	out   (batch,length,d)
//	probs (batch,heads,length,length) written: softmax of q·k/√w, a row a query
//	qkv   (batch,length,3,heads,w)    queries, keys, values of each position
func AttentionForward[T norm.Float](out, probs, qkv []T, s AttentionShape) {
	needAttention(s, out, probs, qkv)
	scores := make([]float64, s.Length)
	for b := range s.Batch {
		for h := range s.Heads {
			for i := range s.Length {
				attend(headOf(s, out, b, i, h), weightsOf(s, probs, b, h, i), scores[:s.seen(i)], qkv, s, b, h, i)
			}
		}
	}
}

// attend is what one head does for query i.
func attend[T norm.Float](out, p []T, scores []float64, qkv []T, s AttentionShape, b, h, i int) {
	q := of(s, qkv, query, b, i, h)
	for j := range scores {
		scores[j] = dot(q, of(s, qkv, key, b, j, h)) * s.scale()
	}
	clear(p)
	softmax(p, scores)
	for c := range out {
		sum := 0.0
		for j := range scores {
			sum += kept(s, p, b, h, i, j) * float64(of(s, qkv, value, b, j, h)[c])
		}
		out[c] = T(sum)
	}
}

// AttentionBackward needs qkv and probs as in the forward call. It allocates
// length² float64.
//
//	dqkv       (batch,length,3,heads,w) written
//	dout       (batch,length,d)
//	probs, qkv as in AttentionForward
func AttentionBackward[T norm.Float](dqkv, dout, probs, qkv []T, s AttentionShape) {
	needAttention(s, dout, probs, dqkv)
	needAttention(s, dout, probs, qkv)
	dscores := make([]float64, s.Length*s.Length)
	for b := range s.Batch {
		for h := range s.Heads {
			scoreGradients(dscores, dout, probs, qkv, s, b, h)
			for i := range s.Length {
				attendBackward(dqkv, dout, probs, qkv, dscores, s, b, h, i)
			}
		}
	}
}

// attendBackward writes the gradients of a head's query, key and value at
// position i.
func attendBackward[T norm.Float](dqkv, dout, probs, qkv []T, dscores []float64, s AttentionShape, b, h, i int) {
	dq, dk, dv := of(s, dqkv, query, b, i, h), of(s, dqkv, key, b, i, h), of(s, dqkv, value, b, i, h)
	for c := range dq {
		var q, k, v float64
		for j := range s.Length {
			q += dscores[i*s.Length+j] * float64(of(s, qkv, key, b, j, h)[c])
			k += dscores[j*s.Length+i] * float64(of(s, qkv, query, b, j, h)[c])
			v += kept(s, weightsOf(s, probs, b, h, j), b, h, j, i) * float64(headOf(s, dout, b, j, h)[c])
		}
		dq[c], dk[c], dv[c] = T(q*s.scale()), T(k*s.scale()), T(v)
	}
}

// scoreGradients writes the gradients of one head's scores (length,length):
// P·(dP − Σ P·dP), the softmax's, with dP = dout·v, times what dropout keeps.
func scoreGradients[T norm.Float](dscores []float64, dout, probs, qkv []T, s AttentionShape, b, h int) {
	for i := range s.Length {
		p, ds, mean := weightsOf(s, probs, b, h, i), row(dscores, i, s.Length), 0.0
		for j := range ds {
			ds[j] = dot(headOf(s, dout, b, i, h), of(s, qkv, value, b, j, h)) * s.factor(b, h, i, j)
			mean += float64(p[j]) * ds[j]
		}
		for j := range ds {
			ds[j] = float64(p[j]) * (ds[j] - mean)
		}
	}
}

// softmax writes exp(x)/Σexp(x) and returns log Σexp(x).
func softmax[T norm.Float](out []T, x []float64) (lse float64) {
	top, sum := slices.Max(x), 0.0
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	lse = top + math.Log(sum)
	for j, v := range x {
		out[j] = T(math.Exp(v-top) / sum)
	}
	return lse
}

// seen returns how many positions, from the first on, position i attends to.
func (s AttentionShape) seen(i int) int {
	if s.Causal {
		return i + 1
	}
	return s.Length
}

// factor is what dropout multiplies a probability by.
func (s AttentionShape) factor(b, h, i, j int) float64 {
	if s.Keep == nil {
		return 1
	}
	return s.Keep(b, h, i, j)
}

// kept is the probability that query i gives key j, after dropout.
func kept[T norm.Float](s AttentionShape, p []T, b, h, i, j int) float64 {
	return float64(p[j]) * s.factor(b, h, i, j)
}

func (s AttentionShape) width() int     { return s.D / s.Heads }
func (s AttentionShape) scale() float64 { return 1 / math.Sqrt(float64(s.width())) }

const query, key, value = 0, 1, 2

// of returns the query, key or value of a head at position i.
func of[T any](s AttentionShape, qkv []T, which, b, i, h int) []T {
	return row(qkv, ((b*s.Length+i)*3+which)*s.Heads+h, s.width())
}

// headOf returns a head's part of position i in (batch,length,d).
func headOf[T any](s AttentionShape, x []T, b, i, h int) []T {
	return row(x, (b*s.Length+i)*s.Heads+h, s.width())
}

// weightsOf returns what query i gives each position.
func weightsOf[T any](s AttentionShape, probs []T, b, h, i int) []T {
	return row(probs, (b*s.Heads+h)*s.Length+i, s.Length)
}

func needAttention[T any](s AttentionShape, out, probs, qkv []T) {
	if s.Heads < 1 || s.D%s.Heads != 0 {
		panic(fmt.Sprintf("nn: %d heads of %d coordinates", s.Heads, s.D))
	}
	need("out", out, s.Batch, s.Length, s.D)
	need("probs", probs, s.Batch, s.Heads, s.Length, s.Length)
	need("qkv", qkv, s.Batch, s.Length, 3*s.D)
}
