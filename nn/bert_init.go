package nn

import "math/rand/v2"

// Init draws initial values as transformers does for a BERT: matrices and
// embeddings from N(0, 0.02²), tensor by tensor in the order of Flat, the row
// of padding and all biases 0, gains 1. DyT's alpha begins at 0.5, a learned
// scalar where its place says. The numbers come from one PCG of the seed and do
// not depend on the norms, so that models that differ in these alone begin
// alike.
func (p *BertParams[T]) Init(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x62657274))
	clear(p.Flat)
	for _, v := range p.views() {
		if len(v.shape) == 2 {
			Normal(rng, *v.data, 0.02)
		}
	}
	clear(p.Words[:p.Shape.Dim])
	p.EmbeddingNorm.init(p.Shape.EmbeddingNorm)
	for i := range p.Layers {
		p.Layers[i].AttentionNorm.init(p.Shape.AttentionNorm)
		p.Layers[i].OutputNorm.init(p.Shape.OutputNorm)
	}
}
