package nn

import (
	"fmt"
	"slices"

	"keyhull/norm"
)

// LayerNormSmall is LayerNorm without gain and bias, divided by d: projection
// at the scale of the paper's control, which norm.ScalePublished has without
// projection.
const LayerNormSmall norm.Kind = "layernorm-small"

// MajorityNorms are the normalizations before attention that a Majority takes.
// norm.RMSNorm learns its gain; norm.DyT gain, bias and alpha; the others learn
// nothing.
func MajorityNorms() []norm.Kind {
	return []norm.Kind{norm.LayerNorm, norm.Scale, norm.ScalePublished, norm.Project, LayerNormSmall, norm.RMSNorm, norm.DyT, norm.None}
}

// Majority is the shape of the model that learns which class a sequence holds
// most of (Brody, Alon, Yahav 2023, section 4.1): an embedding, one pre-norm
// Transformer layer with ReLU, and the embedding again as the output matrix.
type Majority struct {
	Classes int       `json:"classes"`
	Dim     int       `json:"dim"`    // of embeddings, d
	Hidden  int       `json:"hidden"` // width of the feed-forward network, f
	Norm    norm.Kind `json:"norm"`   // before attention, one of MajorityNorms
}

// Check reports a shape that is none.
func (m Majority) Check() error {
	switch {
	case m.Classes < 2:
		return fmt.Errorf("%d classes: a majority needs 2 or more", m.Classes)
	case m.Dim < 1 || m.Hidden < 1:
		return fmt.Errorf("dimension %d, hidden width %d: both must be 1 or more", m.Dim, m.Hidden)
	case !slices.Contains(MajorityNorms(), m.Norm):
		return fmt.Errorf("unknown norm %q", m.Norm)
	}
	return nil
}

// MajorityParams are the parameters of a Majority, or numbers of the same shape
// such as their gradients. Views share the memory of Flat.
type MajorityParams[T norm.Float] struct {
	Shape Majority
	Flat  []T // all of them, tensor after tensor

	Emb              []T // (classes,d), also the output matrix
	InProj           []T // (3d,d): W_Q, W_K, W_V; y = W·x
	OutProj, OutBias []T // (d,d), (d): W_O
	Linear1, Bias1   []T // (f,d), (f)
	Linear2, Bias2   []T // (d,f), (d)
	Gain2, Shift2    []T // (d): of the LayerNorm before the feed-forward network
	Alpha1           []T // (1), of DyT before attention; else nil
	Gain1, Shift1    []T // (d), of RMSNorm (gain only) and DyT; else nil
}

// Tensor is a named view of parameters.
type Tensor[T norm.Float] struct {
	Name  string
	Shape []int
	Data  []T
}

// NewMajorityParams returns parameters that are all zero. It panics on a shape
// that Check refuses.
func NewMajorityParams[T norm.Float](shape Majority) *MajorityParams[T] {
	if err := shape.Check(); err != nil {
		panic("nn: " + err.Error())
	}
	p := &MajorityParams[T]{Shape: shape}
	p.Flat = allot(p.views())
	return p
}

// Tensors returns all parameters under the names that PyTorch's modules give
// them, in the order of Flat.
func (p *MajorityParams[T]) Tensors() []Tensor[T] { return tensorsOf(p.views()) }

func (p *MajorityParams[T]) views() []view[T] {
	c, d, f := p.Shape.Classes, p.Shape.Dim, p.Shape.Hidden
	all := []view[T]{
		{"emb.weight", &p.Emb, []int{c, d}},
		{"in_proj.weight", &p.InProj, []int{3 * d, d}},
		{"out_proj.weight", &p.OutProj, []int{d, d}}, {"out_proj.bias", &p.OutBias, []int{d}},
		{"linear1.weight", &p.Linear1, []int{f, d}}, {"linear1.bias", &p.Bias1, []int{f}},
		{"linear2.weight", &p.Linear2, []int{d, f}}, {"linear2.bias", &p.Bias2, []int{d}},
		{"norm2.weight", &p.Gain2, []int{d}}, {"norm2.bias", &p.Shift2, []int{d}},
	}
	if p.Shape.Norm == norm.DyT {
		all = append(all, view[T]{"norm1.alpha", &p.Alpha1, []int{1}})
	}
	if p.Shape.Norm == norm.DyT || p.Shape.Norm == norm.RMSNorm {
		all = append(all, view[T]{"norm1.weight", &p.Gain1, []int{d}})
	}
	if p.Shape.Norm == norm.DyT {
		all = append(all, view[T]{"norm1.bias", &p.Shift1, []int{d}})
	}
	return all
}
