package nn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"keyhull/norm"
)

// GPT2Params are the parameters of a GPT2, or numbers of the same shape such as
// their gradients. Views share the memory of Flat. Matrices of linear layers
// are (ins,outs), as in transformers' Conv1D: y = x·W + b.
type GPT2Params[T norm.Float] struct {
	Shape GPT2
	Flat  []T // all of them, tensor after tensor

	Tokens    []T // (vocab,d): wte, also the output matrix
	Positions []T // (context,d): wpe
	Layers    []GPT2Layer[T]
	NormF     PlaceParams[T]
}

// GPT2Layer are the parameters of one layer.
type GPT2Layer[T norm.Float] struct {
	Norm1            PlaceParams[T]
	QKV, QKVBias     []T // (d,3d), (3d): c_attn; queries, keys, values, each head after head
	QGain, KGain     []T // (w): of QKNorm, for all heads; else nil
	OutProj, OutBias []T // (d,d), (d): attn.c_proj
	Norm2            PlaceParams[T]
	Linear1, Bias1   []T // (d,f), (f): c_fc
	Linear2, Bias2   []T // (f,d), (d): mlp.c_proj
}

// NewGPT2Params returns parameters that are all zero. It panics on a shape that
// Check refuses.
func NewGPT2Params[T norm.Float](shape GPT2) *GPT2Params[T] {
	if err := shape.Check(); err != nil {
		panic("nn: " + err.Error())
	}
	p := &GPT2Params[T]{Shape: shape, Layers: make([]GPT2Layer[T], shape.Layers)}
	p.Flat = allot(p.views())
	return p
}

// Tensors returns all parameters under the names that transformers gives them,
// in the order of Flat. What transformers has not is named as its like: the
// alpha and scale of PlaceParams, q_norm and k_norm of attention.
func (p *GPT2Params[T]) Tensors() []Tensor[T] { return tensorsOf(p.views()) }

func (p *GPT2Params[T]) views() []view[T] {
	v, c, d := p.Shape.Vocab, p.Shape.Context, p.Shape.Dim
	all := []view[T]{{"transformer.wte.weight", &p.Tokens, []int{v, d}}, {"transformer.wpe.weight", &p.Positions, []int{c, d}}}
	for i := range p.Layers {
		all = append(all, p.Layers[i].views(fmt.Sprintf("transformer.h.%d.", i), p.Shape)...)
	}
	return append(all, p.NormF.views(p.Shape.NormF, "transformer.ln_f", d)...)
}

func (l *GPT2Layer[T]) views(prefix string, s GPT2) []view[T] {
	d, f := s.Dim, s.Hidden
	all := append(l.Norm1.views(s.Norm1, prefix+"ln_1", d),
		view[T]{prefix + "attn.c_attn.weight", &l.QKV, []int{d, 3 * d}}, view[T]{prefix + "attn.c_attn.bias", &l.QKVBias, []int{3 * d}})
	if s.QKNorm != norm.None {
		all = append(all, view[T]{prefix + "attn.q_norm.weight", &l.QGain, []int{s.Width()}},
			view[T]{prefix + "attn.k_norm.weight", &l.KGain, []int{s.Width()}})
	}
	all = append(all, view[T]{prefix + "attn.c_proj.weight", &l.OutProj, []int{d, d}}, view[T]{prefix + "attn.c_proj.bias", &l.OutBias, []int{d}})
	all = append(all, l.Norm2.views(s.Norm2, prefix+"ln_2", d)...)
	return append(all,
		view[T]{prefix + "mlp.c_fc.weight", &l.Linear1, []int{d, f}}, view[T]{prefix + "mlp.c_fc.bias", &l.Bias1, []int{f}},
		view[T]{prefix + "mlp.c_proj.weight", &l.Linear2, []int{f, d}}, view[T]{prefix + "mlp.c_proj.bias", &l.Bias2, []int{d}})
}

// Init draws initial values from the distributions that transformers draws
// GPT-2's from: matrices and embeddings N(0, 0.02²), those that end a branch
// N(0, 0.02²/(2·layers)); biases begin at 0, gains at 1. The numbers come from
// one PCG of the seed and do not depend on the norms, so that models that
// differ in those alone begin alike.
func (p *GPT2Params[T]) Init(seed uint64) {
	const std = 0.02
	rng := rand.New(rand.NewPCG(seed, 0x67707432))
	clear(p.Flat)
	Normal(rng, p.Tokens, std)
	Normal(rng, p.Positions, std)
	for i := range p.Layers {
		l := &p.Layers[i]
		last := std / math.Sqrt(2*float64(len(p.Layers)))
		Normal(rng, l.QKV, std)
		Normal(rng, l.OutProj, last)
		Normal(rng, l.Linear1, std)
		Normal(rng, l.Linear2, last)
		l.Norm1.init(p.Shape.Norm1)
		l.Norm2.init(p.Shape.Norm2)
		Fill(l.QGain, 1)
		Fill(l.KGain, 1)
	}
	p.NormF.init(p.Shape.NormF)
}

// Trained lists what is trained, for AdamW. Weight decay, where there is any,
// is for matrices and embeddings, as in transformers' Trainer: not for biases
// and not for what a normalization learns.
func (p *GPT2Params[T]) Trained() []Span {
	frozen := map[*T]bool{}
	if p.Shape.Frozen {
		for i := range p.Layers {
			for _, x := range [][]T{p.Layers[i].Norm1.Gain, p.Layers[i].Norm1.Shift, p.Layers[i].QKVBias} {
				if len(x) > 0 {
					frozen[&x[0]] = true
				}
			}
		}
	}
	return spans(p.Tensors(), func(t Tensor[T]) bool { return frozen[&t.Data[0]] })
}
