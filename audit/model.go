package audit

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"

	"keyhull/nn"
)

// TextOptions says what of a model is looked at.
type TextOptions struct {
	Options
	Layers []int    // nil: all
	Heads  []int    // key-value heads; nil: all
	Stages []string // at which also the keys of whole layers are decided
	Keys   bool     // the keys of each head
	Reach  bool     // also which keys the queries that the model can make select
	Causal bool     // as if a query saw keys up to its own position alone, in any model
	// See, unless nil, gets each layer that is looked at, before its keys are
	// decided; what it is given is valid during the call only. An error ends the run.
	See func(layer int, s *nn.Stage) error
	// Found, unless nil, gets each head's result, in order and never concurrently.
	// It may drop what it need not keep: certificates. An error ends the run.
	Found func(layer, head int, r *HeadResult) error
}

// LayerResult is one layer on one text.
type LayerResult struct {
	Layer  int           `json:"layer"`
	Stages []StageResult `json:"stages,omitempty"`
	Heads  []HeadOf      `json:"heads,omitempty"`
}

// HeadOf is a key-value head by its number in the layer.
type HeadOf struct {
	Head int `json:"head"`
	*HeadResult
}

// TextResult is a model on one text.
type TextResult struct {
	IDs    []int         `json:"ids"`
	Layers []LayerResult `json:"layers"`
}

// errEnough ends a run whose heads nobody takes any more.
var errEnough = errors.New("audit: enough")

// Text runs a model on the tokens of a text and analyzes the keys of its heads,
// and those of whole layers if asked for. done is called, never concurrently,
// after each head. The result does not depend on
// Options.Workers. Errors: those of nn.Model.Run, numbers that are not finite,
// the end of ctx. It panics if there is no such layer or head.
func Text(ctx context.Context, m *nn.Model, ids []int, opt TextOptions, done func()) (*TextResult, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	for _, l := range opt.Layers {
		_ = make([]struct{}, m.Arch.Layers)[l]
	}
	for _, h := range opt.Heads {
		_ = make([]struct{}, m.Arch.KVHeads)[h]
	}
	t := &textRun{model: m, opt: opt, result: &TextResult{IDs: ids}}
	see := func(i int, r *HeadResult) error {
		layer, head := t.place(i, r)
		done()
		if opt.Found == nil {
			return nil
		}
		return opt.Found(layer, head, r)
	}
	if !opt.Keys {
		for _, err := range t.heads(ctx, ids) {
			if err != nil {
				return nil, err
			}
		}
		return t.result, nil
	}
	err := Each(ctx, t.heads(ctx, ids), opt.Options, see)
	return t.result, err
}

// textRun is one call of Text.
type textRun struct {
	model  *nn.Model
	opt    TextOptions
	mu     sync.Mutex
	result *TextResult
	found  [][2]int // of each head that was handed on: place in result.Layers, number
}

// place puts the result of the head that was handed on as number i where it
// belongs.
func (t *textRun) place(i int, r *HeadResult) (layer, head int) {
	t.mu.Lock() // the run goes on meanwhile
	defer t.mu.Unlock()
	h := t.found[i]
	l := &t.result.Layers[h[0]]
	l.Heads = append(l.Heads, HeadOf{h[1], r})
	return l.Layer, h[1]
}

// heads runs the model and yields the heads that are looked at. Weights may not
// change meanwhile; numbers are copied.
func (t *textRun) heads(ctx context.Context, ids []int) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		_, err := t.model.Run(ctx, ids, t.opt.Workers, func(layer int, s *nn.Stage) error {
			if t.opt.Layers != nil && !slices.Contains(t.opt.Layers, layer) {
				return nil
			}
			return t.layer(ctx, layer, s, yield)
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Head{}, err)
		}
	}
}

func (t *textRun) layer(ctx context.Context, layer int, s *nn.Stage, yield func(Head, error) bool) (err error) {
	if t.opt.See != nil {
		if err := t.opt.See(layer, s); err != nil {
			return err
		}
	}
	l := LayerResult{Layer: layer}
	if l.Stages, err = stages(ctx, t.model.Arch, s, t.opt.Stages, t.opt.Workers); err != nil {
		return err
	}
	t.mu.Lock()
	place := len(t.result.Layers)
	t.result.Layers = append(t.result.Layers, l)
	t.mu.Unlock()
	for head := range s.KVHeads {
		if !t.opt.Keys || t.opt.Heads != nil && !slices.Contains(t.opt.Heads, head) {
			continue
		}
		t.mu.Lock()
		t.found = append(t.found, [2]int{place, head})
		t.mu.Unlock()
		if !yield(t.head(layer, head, s), nil) {
			return errEnough
		}
	}
	return nil
}

// head copies one key-value head with the query heads that score its keys.
func (t *textRun) head(layer, head int, s *nn.Stage) Head {
	each, size := s.Heads/s.KVHeads, s.N*s.Width
	h := Head{N: s.N, Width: s.Width, QueryHeads: each, Scale: s.Scale, SoftCap: s.SoftCap, Causal: s.Causal || t.opt.Causal, Window: s.Window,
		Keys: slices.Clone(s.Keys[head*size : (head+1)*size]), Queries: slices.Clone(s.Queries[head*each*size : (head+1)*each*size])}
	if !t.opt.Reach {
		return h
	}
	for q := head * each; q < (head+1)*each; q++ {
		a, c, radius, projected, ok := t.model.QueryMap(layer, q)
		if !ok {
			h.Maps = nil
			break
		}
		h.Maps = append(h.Maps, QueryMap{Dim: s.Dim, A: a, C: c, Radius: radius, Projected: projected, Rotate: t.model.Rotation(layer)})
	}
	return h
}
