package weights

import (
	"regexp"
	"slices"
)

// arrangement is a tensor with its axes in another order, or a part of it: the axes
// over sets, then pos, then width.
type arrangement struct {
	layout        Layout // as it was made out
	over          Axes
	shape, stride []int
	start         int
}

// named are the activations whose axes a name tells, by their ending. Those of
// TransformerLens: keys, queries and values are (batch, pos, head, width), but
// (batch, head, pos, width) once they are normalized. A batch of one may have
// been taken away.
var named = []struct {
	name *regexp.Regexp
	axes []string
}{
	{regexp.MustCompile(`(^|\.)(hook_(rot_)?[qk]|hook_[vz]|attn\.[qkv]\.hook_out)$`), []string{"batch", "pos", "head", "width"}},
	{regexp.MustCompile(`(^|\.)(hook_[qk]_normed|[qk]_norm\.hook_(in|normalized|out))$`), []string{"batch", "head", "pos", "width"}},
}

var (
	// fused outputs hold queries, keys and values, the keys of GPT-2's in the
	// middle third; beside names of outputs only, not of weights.
	fused      = regexp.MustCompile(`(^|\.)(c_attn|query_key_value|qkv_proj|qkv|Wqkv|in_proj)(\.output)?$`)
	thirds     = regexp.MustCompile(`(^|\.)c_attn(\.output)?$`)
	attended   = regexp.MustCompile(`(^|\.)hook_(rot_)?k(_normed)?$`)
	normedHead = regexp.MustCompile(`(^|\.)[qk]_(norm|layernorm)(\.output)?$`)
)

// arrangementOf says how a tensor is to be read; nil: as it stands, unnamed.
func arrangementOf(t *tensor, l Layout) (*arrangement, error) {
	rank, third := len(t.Shape), fused.MatchString(t.Name)
	switch {
	case third && l.Heads == 0 && l.Axes == nil:
		return nil, failf("--heads N decides the keys of each head, --heads 1 those of the whole layer", "holds queries, keys and values side by side")
	case third && l.Heads > 0 && !thirds.MatchString(t.Name):
		return nil, failf("save the keys alone", "holds queries, keys and values side by side, in an order that differs between models")
	case normedHead.MatchString(t.Name) && rank == 4 && l.Axes == nil:
		return nil, failf("--axes batch,pos,head,width or --axes batch,head,pos,width", "has an order of axes (%s) that differs between models", dimensions(t.Shape))
	}
	axes, err := axesOf(t, l)
	if err != nil || axes == nil {
		return nil, err
	}
	return newArrangement(t, Layout{axes, l.Heads}, third && l.Heads > 0)
}

// axesOf names the axes, those given before those that the name tells.
func axesOf(t *tensor, l Layout) ([]string, error) {
	rank := len(t.Shape)
	if l.Axes != nil {
		if len(l.Axes) != rank {
			return nil, failf("name each axis once", "has %d axes (%s), not %d", rank, dimensions(t.Shape), len(l.Axes))
		}
		if l.Heads > 0 && (l.Axes[rank-1] != "width" || slices.Contains(l.Axes, "head")) {
			return nil, failf("leave --heads away", "has heads cut from the last axis where that is not width, or there is an axis head")
		}
		return l.Axes, nil
	}
	for _, n := range named {
		if from := len(n.axes) - rank; n.name.MatchString(t.Name) && (from == 0 || from == 1 && n.axes[1] == "pos") {
			if l.Heads > 0 {
				return nil, failf("leave --heads away", "has an axis of heads already (%s)", dimensions(t.Shape))
			}
			return n.axes[from:], nil
		}
	}
	if l.Heads == 0 {
		return nil, nil
	}
	if rank > 3 {
		return nil, failf("name them, for example --axes layer,batch,pos,width", "has %d axes (%s), and nothing says what they are", rank, dimensions(t.Shape))
	}
	return []string{"batch", "pos", "width"}[3-rank:], nil
}

// newArrangement cuts heads from the last axis and puts pos and width last.
func newArrangement(t *tensor, l Layout, third bool) (*arrangement, error) {
	axes, shape := slices.Clone(l.Axes), slices.Clone(t.Shape)
	v, last := &arrangement{layout: l}, len(shape)-1
	stride := make([]int, len(shape))
	for k, step := last, 1; k >= 0; k-- {
		stride[k] = step
		step *= shape[k]
	}
	if l.Heads > 0 {
		parts := l.Heads
		if third {
			parts, v.start = 3*parts, shape[last]/3
		}
		if shape[last]%parts != 0 {
			return nil, failf("give the model's number of key-value heads", "has %d numbers in its last axis, which is no multiple of %d", shape[last], parts)
		}
		width := shape[last] / parts
		axes, shape, stride = append(axes[:last], "head", "width"), append(shape[:last], l.Heads, width), append(stride[:last], width, 1)
	}
	for k, name := range axes {
		if name != "pos" && name != "width" {
			v.over = append(v.over, Axis{name, shape[k]})
			v.shape, v.stride = append(v.shape, shape[k]), append(v.stride, stride[k])
		}
	}
	for _, name := range []string{"pos", "width"} {
		k := slices.Index(axes, name)
		v.shape, v.stride = append(v.shape, shape[k]), append(v.stride, stride[k])
	}
	return v, nil
}
