package experiment

import (
	"context"

	"keyhull/nn"
	"keyhull/run"
)

// sentenceTrainer is the state of a run.
type sentenceTrainer struct {
	c       Sentences
	data    SentenceData
	seed    uint64
	step    int
	engine  *nn.BertLanes
	p, grad *nn.BertParams[float32]
	adam    *nn.AdamW[float32]
	batches batches

	batch  SentenceSet  // of a step
	losses float64      // sum over the sentences since the last measurement
	since  nn.BertStats // those sentences; Loss is not used
}

func newSentenceTrainer(c Sentences, data SentenceData, seed uint64, workers int) (*sentenceTrainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if err := data.Train.need("train on", c.Model.Positions); err != nil {
		return nil, err
	}
	if err := data.Test.need("test", c.Model.Positions); err != nil {
		return nil, err
	}
	p := nn.NewBertParams[float32](c.Model)
	p.Init(seed)
	return &sentenceTrainer{
		c: c, data: data, seed: seed, engine: nn.NewBertLanes(c.Model, workers),
		p: p, grad: nn.NewBertParams[float32](c.Model), adam: nn.NewAdamW[float32](len(p.Flat), p.Trained(), c.Decay),
		batches: batches{seed: seed, rows: len(data.Train.Tokens), size: min(c.Batch, len(data.Train.Tokens))},
	}, nil
}

func (t *sentenceTrainer) advance() float64 {
	b := SentenceSet{t.batch.Tokens[:0], t.batch.Labels[:0]}
	for _, i := range t.batches.at(t.step) {
		b.Tokens, b.Labels = append(b.Tokens, t.data.Train.Tokens[i]), append(b.Labels, t.data.Train.Labels[i])
	}
	t.batch = b
	s := t.engine.Loss(t.p, b.Tokens, b.Labels, t.grad, dropoutKey(t.seed, t.step))
	if t.c.Clip > 0 {
		nn.ClipNorm(t.grad.Flat, t.adam.Spans, t.c.Clip)
	}
	t.adam.Step(t.p.Flat, t.grad.Flat, t.rate())
	t.step++
	t.losses += s.Loss * float64(s.Examples)
	t.since.Examples, t.since.Right = t.since.Examples+s.Examples, t.since.Right+s.Right
	return s.Loss
}

// rate is the learning rate of the next step.
func (t *sentenceTrainer) rate() float64 {
	return nn.LinearWarmup(t.c.Rate, t.step, t.c.Warmup, t.c.Steps)
}

// measure takes the training values of the batches since the last call, each
// before its own update and with dropout, and the test values now.
func (t *sentenceTrainer) measure(context.Context) (run.Values, error) {
	v := run.Values{"lr": t.rate(), "sentences": float64(t.batches.seen(t.step))}
	if n := float64(t.since.Examples); n > 0 {
		v["train_loss"], v["train_accuracy"] = t.losses/n, float64(t.since.Right)/n
		t.losses, t.since = 0, nn.BertStats{}
	}
	loss, right, set := 0.0, 0, t.data.Test
	for at := 0; at < len(set.Tokens); at += t.c.Batch {
		end := min(at+t.c.Batch, len(set.Tokens))
		s := t.engine.Loss(t.p, set.Tokens[at:end], set.Labels[at:end], nil, 0)
		loss += s.Loss * float64(s.Examples)
		right += s.Right
	}
	n := float64(len(set.Tokens))
	v["test_loss"], v["test_accuracy"] = loss/n, float64(right)/n
	return v, nil
}

// checkpoint shares the memory of the parameters and moments.
func (t *sentenceTrainer) checkpoint() run.Checkpoint {
	return modelCheckpoint(t.step, t.p.Tensors(), t.adam)
}

func (t *sentenceTrainer) restore(at run.Checkpoint) { t.step, t.adam.Steps = at.Step, at.Step }
