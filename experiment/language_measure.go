package experiment

import (
	"context"

	"keyhull/nn"
	"keyhull/run"
	"keyhull/weights"
)

// measure takes the training loss of the steps since the last call, and now and
// then the test loss and the unselectable keys.
func (t *languageTrainer) measure(ctx context.Context) (run.Values, error) {
	v := run.Values{"lr": t.rate(), "tokens": float64(t.batches.seen(t.step) * t.c.Model.Context)}
	if t.tokens > 0 {
		v["train_loss"] = t.loss / float64(t.tokens)
		t.loss, t.tokens = 0, 0
	}
	if t.step%t.c.TestEvery != 0 && t.step != t.c.Steps {
		return v, nil
	}
	loss := t.test()
	v["test_loss"] = loss
	if !finite(loss) {
		return v, nil // states that are no numbers have no hull
	}
	return v, t.watch(ctx, v)
}

// test returns the mean loss over the test blocks, without dropout.
func (t *languageTrainer) test() float64 {
	loss, tokens := 0.0, 0
	blocks := t.data.Test[:min(t.c.TestBlocks, len(t.data.Test))]
	for len(blocks) > 0 {
		n := min(t.c.Batch, len(blocks))
		s := t.engine.Loss(t.p, blocks[:n], nil, 0)
		loss += s.Loss * float64(s.Tokens)
		tokens += s.Tokens
		blocks = blocks[n:]
	}
	return loss / float64(tokens)
}

// watch counts the unselectable keys of the watched blocks, exactly: as
// attention gets them, before the norm, and for each head.
func (t *languageTrainer) watch(ctx context.Context, v run.Values) error {
	blocks := t.data.Test[:min(t.c.Watched, len(t.data.Test))]
	for _, block := range blocks {
		layers := gpt2Layers(t.c.Model, t.engine.States(t.p, block))
		for i := range layers {
			layers[i].Masked = false // for speed
		}
		counts, err := measureText(ctx, layers)
		if err != nil {
			return err
		}
		for i, l := range counts.Layers {
			share := func(c KeyCounts) float64 { return float64(c.Unselectable()) / float64(len(block)*len(blocks)) }
			v[unselectable(i)] += share(l.attended())
			v[unselectableBefore(i)] += share(l.Before)
			for _, h := range l.Heads {
				v[unselectableHeads(i)] += share(h) / float64(len(l.Heads))
			}
		}
	}
	return nil
}

// attended is what attention gets of a layer, in the coordinates it spans.
func (l LayerCounts) attended() KeyCounts {
	switch {
	case l.Affine != nil:
		return *l.Affine
	case l.Ambient != nil:
		return *l.Ambient
	}
	return l.Before
}

// checkpoint shares the memory of the parameters and moments.
func (t *languageTrainer) checkpoint() run.Checkpoint {
	return modelCheckpoint(t.step, t.p.Tensors(), t.adam)
}

func (t *languageTrainer) restore(at run.Checkpoint) { t.step, t.adam.Steps = at.Step, at.Step }

// modelCheckpoint is a checkpoint of a model and its AdamW.
func modelCheckpoint(step int, tensors []nn.Tensor[float32], adam *nn.AdamW[float32]) run.Checkpoint {
	c := run.Checkpoint{Step: step}
	for _, t := range tensors {
		c.Tensors = append(c.Tensors, weights.Tensor{Name: t.Name, Shape: t.Shape, Data: t.Data})
	}
	size := []int{len(adam.M)}
	c.Tensors = append(c.Tensors, weights.Tensor{Name: "adam.m", Shape: size, Data: adam.M}, weights.Tensor{Name: "adam.v", Shape: size, Data: adam.V})
	return c
}

// dropoutKey is what a step's dropout follows from; never 0, which means none.
func dropoutKey(seed uint64, step int) uint64 {
	return stream(seed, step).Uint64() | 1
}
