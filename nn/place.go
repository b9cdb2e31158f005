package nn

import (
	"fmt"
	"math"
	"slices"

	"keyhull/norm"
)

// Kinds of projection that keep the size of a language model's keys in hand:
// embeddings begin so small that projection alone also shrinks them.
const (
	ProjectTimes   norm.Kind = "project-times"   // (x − mean(x)·1) times one constant
	ProjectLearned norm.Kind = "project-learned" // (x − mean(x)·1) times one learned scalar
)

// LayerNormPlain is LayerNorm without gain and bias.
const LayerNormPlain norm.Kind = "layernorm-plain"

// PlaceNorms are the normalizations that a Place takes.
func PlaceNorms() []norm.Kind {
	return []norm.Kind{norm.LayerNorm, LayerNormPlain, norm.None, norm.Project, ProjectTimes, ProjectLearned, norm.Scale, norm.RMSNorm, norm.DyT}
}

// Place says which normalization a model has at one kind of place.
type Place struct {
	Kind  norm.Kind `json:"kind"`            // one of PlaceNorms
	Times float64   `json:"times,omitempty"` // the constant of ProjectTimes; where the scalar of ProjectLearned begins
}

// Check reports a Place that is none.
func (p Place) Check() error {
	scaled := p.Kind == ProjectTimes || p.Kind == ProjectLearned
	switch {
	case !slices.Contains(PlaceNorms(), p.Kind):
		return fmt.Errorf("unknown norm %q", p.Kind)
	case scaled && (p.Times == 0 || math.IsNaN(p.Times) || math.IsInf(p.Times, 0)):
		return fmt.Errorf("norm %s: times %v, want a finite number but 0", p.Kind, p.Times)
	case !scaled && p.Times != 0:
		return fmt.Errorf("norm %s takes no times, has %v", p.Kind, p.Times)
	}
	return nil
}

// PlaceParams are what the normalization at one place learns; views that its
// kind lacks are nil.
type PlaceParams[T norm.Float] struct {
	Gain, Shift []T // (d): of LayerNorm and DyT; RMSNorm has Gain alone
	Alpha       []T // (1): of DyT
	Scale       []T // (1): of ProjectLearned
}

// views returns the places of p's tensors, named prefix.weight and so on.
func (p *PlaceParams[T]) views(place Place, prefix string, d int) []view[T] {
	gain := view[T]{prefix + ".weight", &p.Gain, []int{d}}
	shift := view[T]{prefix + ".bias", &p.Shift, []int{d}}
	switch place.Kind {
	case norm.LayerNorm:
		return []view[T]{gain, shift}
	case norm.RMSNorm:
		return []view[T]{gain}
	case norm.DyT:
		return []view[T]{gain, shift, {prefix + ".alpha", &p.Alpha, []int{1}}}
	case ProjectLearned:
		return []view[T]{{prefix + ".scale", &p.Scale, []int{1}}}
	}
	return nil
}

// init sets p to where training begins: gains 1, DyT's alpha 0.5, the learned
// scalar as the place says, all else 0.
func (p *PlaceParams[T]) init(place Place) {
	Fill(p.Gain, 1)
	Fill(p.Shift, 0)
	Fill(p.Alpha, 0.5)
	Fill(p.Scale, T(place.Times))
}

// placeForward normalizes rows.
//
//	out        (n,d)
//	mean, rstd (n)   written as far as placeBackward needs them
//	x          (n,d)
func placeForward[T norm.Float](place Place, p PlaceParams[T], out, mean, rstd, x []T, d int, eps float64) {
	n := len(x) / d
	switch place.Kind {
	case norm.LayerNorm, LayerNormPlain:
		norm.LayerNormForward(out, mean, rstd, x, p.Gain, p.Shift, n, d, eps)
	case norm.RMSNorm, norm.Scale:
		norm.RMSNormForward(out, rstd, x, p.Gain, n, d, eps)
	case norm.DyT:
		norm.DyTForward(out, x, p.Alpha, p.Gain, p.Shift, n, d)
	case norm.Project, ProjectTimes, ProjectLearned:
		norm.ProjectForward(out, x, n, d)
		multiply(out, scaleOf(place, p))
	case norm.None:
		copy(out, x)
	default:
		panic("nn: unknown norm " + place.Kind)
	}
}

// placeBackward adds the gradients of what the normalization learns to grads.
// It needs x, mean and rstd as in the forward call.
//
//	dx         (n,d) written; may be dout
//	dout, x    (n,d)
//	mean, rstd (n)
func placeBackward[T norm.Float](place Place, p, grads PlaceParams[T], dx, dout, x, mean, rstd []T, d int) {
	n := len(x) / d
	switch place.Kind {
	case norm.LayerNorm, LayerNormPlain:
		norm.LayerNormBackward(dx, grads.Gain, grads.Shift, dout, x, p.Gain, mean, rstd, n, d)
	case norm.RMSNorm, norm.Scale:
		norm.RMSNormBackward(dx, grads.Gain, dout, x, p.Gain, rstd, n, d)
	case norm.DyT:
		norm.DyTBackward(dx, grads.Alpha, grads.Gain, grads.Shift, dout, x, p.Alpha, p.Gain, n, d)
	case norm.Project, ProjectTimes, ProjectLearned:
		norm.ProjectBackward(dx, dout, n, d)
		if place.Kind == ProjectLearned {
			grads.Scale[0] += T(dot(dx, x)) // the projection is its own transpose
		}
		multiply(dx, scaleOf(place, p))
	case norm.None:
		copy(dx, dout)
	default:
		panic("nn: unknown norm " + place.Kind)
	}
}

// scaleOf returns what a projection is multiplied by.
func scaleOf[T norm.Float](place Place, p PlaceParams[T]) T {
	switch place.Kind {
	case ProjectTimes:
		return T(place.Times)
	case ProjectLearned:
		return p.Scale[0]
	}
	return 1
}

// multiply multiplies x by a.
func multiply[T norm.Float](x []T, a T) {
	for i := range x {
		x[i] *= a
	}
}
