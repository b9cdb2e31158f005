package nn

import "keyhull/norm"

// view is a tensor's place among a model's parameters.
type view[T norm.Float] struct {
	name  string
	data  *[]T
	shape []int
}

func (v view[T]) size() int {
	n := 1
	for _, s := range v.shape {
		n *= s
	}
	return n
}

// allot makes room for the views' tensors, one after another, and sets them.
func allot[T norm.Float](views []view[T]) []T {
	size := 0
	for _, v := range views {
		size += v.size()
	}
	flat, at := make([]T, size), 0
	for _, v := range views {
		*v.data = flat[at : at+v.size() : at+v.size()]
		at += v.size()
	}
	return flat
}

func tensorsOf[T norm.Float](views []view[T]) (out []Tensor[T]) {
	for _, v := range views {
		out = append(out, Tensor[T]{v.name, v.shape, *v.data})
	}
	return out
}

// Span is a range of a model's flat parameters that are trained alike.
type Span struct {
	From, To int
	Decay    bool // subject to weight decay
}

// spans lists the tensors that are not frozen, those with the same treatment in
// a row as one. What has more than one dimension decays.
func spans[T norm.Float](tensors []Tensor[T], frozen func(Tensor[T]) bool) (out []Span) {
	at := 0
	for _, t := range tensors {
		next := Span{at, at + len(t.Data), len(t.Shape) > 1}
		at = next.To
		if frozen(t) {
			continue
		}
		if k := len(out) - 1; k >= 0 && out[k].To == next.From && out[k].Decay == next.Decay {
			out[k].To = next.To
		} else {
			out = append(out, next)
		}
	}
	return out
}
