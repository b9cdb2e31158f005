package nn

import (
	"math"
	"math/rand/v2"

	"keyhull/norm"
)

// Init draws initial values from the distributions that PyTorch's Embedding
// and TransformerEncoderLayer draw theirs from, tensor by tensor in the order
// in which they do: embeddings N(0,1), the output projection, the input
// projection as one matrix of 3d rows (Xavier), the feed-forward network.
// Gains begin at 1, DyT's alpha at 0.5, all else at 0. The numbers themselves
// are not PyTorch's. They come from one PCG of the seed and do not depend on
// the norm, so that models that differ in it alone begin alike.
func (p *MajorityParams[T]) Init(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x696e6974))
	clear(p.Flat)
	Normal(rng, p.Emb, 1)
	for _, u := range p.uniform() {
		Uniform(rng, u.x, u.bound)
	}
	Fill(p.Gain2, 1)
	Fill(p.Gain1, 1)
	Fill(p.Alpha1, 0.5)
}

// uniform lists what begins uniform in [−bound, bound): within √(6/(rows +
// columns)) for the input projection (Glorot, Bengio 2010), 1/√columns for the
// others and their biases.
func (p *MajorityParams[T]) uniform() []bounded[T] {
	d, f := float64(p.Shape.Dim), float64(p.Shape.Hidden)
	return []bounded[T]{
		{p.OutProj, 1 / math.Sqrt(d)},
		{p.InProj, math.Sqrt(6 / (4 * d))},
		{p.Linear1, 1 / math.Sqrt(d)}, {p.Bias1, 1 / math.Sqrt(d)},
		{p.Linear2, 1 / math.Sqrt(f)}, {p.Bias2, 1 / math.Sqrt(f)},
	}
}

type bounded[T norm.Float] struct {
	x     []T
	bound float64
}

// Normal draws x from N(0, std²).
func Normal[T norm.Float](rng *rand.Rand, x []T, std float64) {
	for i := range x {
		x[i] = T(std * rng.NormFloat64())
	}
}

// Uniform draws x from [−bound, bound).
func Uniform[T norm.Float](rng *rand.Rand, x []T, bound float64) {
	for i := range x {
		x[i] = T(bound * (2*rng.Float64() - 1))
	}
}

// Fill sets all of x to v.
func Fill[T norm.Float](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}
