package experiment

import (
	"context"
	"fmt"

	"keyhull/nn"
	"keyhull/norm"
	"keyhull/run"
	"keyhull/text"
	"keyhull/weights"
)

// Training is the configuration of a run of the majority task: all that it
// depends on but its seed, which the data, the initial values and the order of
// the batches follow from. PaperTraining returns the paper's.
type Training struct {
	Samples  int `json:"samples"`
	Length   int `json:"length"`
	Classes  int `json:"classes"`
	MinDelta int `json:"min_delta"`

	Dim  int       `json:"dim"` // of embeddings, and the width of the feed-forward network
	Norm norm.Kind `json:"norm"`

	Batch  int     `json:"batch"` // sequences; the last batch of an epoch has what is left
	Steps  int     `json:"steps"`
	Rate   float64 `json:"rate"`   // Adam's first learning rate
	Epochs int     `json:"epochs"` // over which the rate would fall to 0 in a straight line
	Every  int     `json:"every"`  // steps between measurements
}

// PaperTraining is the majority task as Brody, Alon and Yahav (2023, section
// 4.1) train it, with a norm before attention.
func PaperTraining(kind norm.Kind) Training {
	return Training{Samples: 100_000, Length: 50, Classes: 20, MinDelta: 6, Dim: 8, Norm: kind,
		Batch: 6000, Steps: 17_000, Rate: 1e-3, Epochs: 10_000, Every: 100}
}

// Check reports a configuration that cannot be trained.
func (c Training) Check() error {
	if err := c.data(0).Check(); err != nil {
		return err
	}
	if err := c.shape().Check(); err != nil {
		return err
	}
	switch {
	case c.Dim > 1024:
		return fmt.Errorf("dimension %d: at most 1024", c.Dim)
	case c.Batch < 1 || c.Batch > 1<<20:
		return fmt.Errorf("batches of %d sequences: want 1 to %d", c.Batch, 1<<20)
	case c.Steps < 1 || c.Steps > 1e9 || c.Every < 1 || c.Epochs < 1:
		return fmt.Errorf("%d steps, measured every %d: want 1 to 1000000000, and 1 or more", c.Steps, c.Every)
	case !(c.Rate > 0 && c.Rate <= 1):
		return fmt.Errorf("learning rate %g: want more than 0, at most 1", c.Rate)
	}
	return nil
}

func (c Training) data(seed uint64) text.MajorityConfig {
	return text.MajorityConfig{Samples: c.Samples, Length: c.Length, Classes: c.Classes, MinDelta: c.MinDelta, Seed: seed}
}

func (c Training) shape() nn.Majority {
	return nn.Majority{Classes: c.Classes, Dim: c.Dim, Hidden: c.Dim, Norm: c.Norm}
}

// Train trains one seed, on at most the given number of cores, and returns how
// it ended. It goes on from the checkpoint that sink.Start returns. progress,
// which may be nil, is called with the steps done and the last training loss.
//
// Every value is a function of the configuration, the seed and the kernels'
// level; neither workers nor interruptions change a bit. When ctx ends, Train
// leaves a checkpoint of the last measurement and returns ctx's error. A loss
// that is not finite is an error that names the step.
func (c Training) Train(ctx context.Context, seed uint64, workers int, sink Sink, progress func(step int, loss float64)) (*Trained, error) {
	t, err := newTrainer(c, seed, workers)
	if err != nil {
		return nil, err
	}
	l := loop{learner: t, seed: seed, steps: c.Steps, every: c.Every, sink: sink, progress: progress}
	if err := l.train(ctx); err != nil {
		return nil, err
	}
	return t.trained()
}

// trainer is the state of a run.
type trainer struct {
	c           Training
	seed        uint64
	step        int
	train, test text.Counts
	testTokens  []float64 // of each class
	engine      *nn.MajorityCounts
	p, grad     *nn.MajorityParams[float32]
	adam        *nn.Adam[float32]
	batches     batches
	since       nn.MajorityStats // of the batches since the last measurement
}

func newTrainer(c Training, seed uint64, workers int) (*trainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	train, test, err := c.data(seed).Generate()
	if err != nil {
		return nil, err
	}
	if train.Rows() == 0 || test.Rows() == 0 {
		return nil, fmt.Errorf("%d training and %d test sequences: more samples are needed", train.Rows(), test.Rows())
	}
	tokens := make([]float64, c.Classes)
	for i, n := range test.N {
		tokens[i%c.Classes] += float64(n)
	}
	p := nn.NewMajorityParams[float32](c.shape())
	p.Init(seed)
	return &trainer{
		c: c, seed: seed, train: train, test: test, testTokens: tokens,
		engine: nn.NewMajorityCounts(c.shape(), min(c.Batch, train.Rows()), workers),
		p:      p, grad: nn.NewMajorityParams[float32](c.shape()), adam: nn.NewAdam[float32](len(p.Flat)),
		batches: batches{seed: seed, rows: train.Rows(), size: c.Batch},
	}, nil
}

func (t *trainer) advance() float64 {
	s := t.engine.Loss(t.p, t.train.N, t.train.Label, t.batches.at(t.step), t.grad)
	t.adam.Step(t.p.Flat, t.grad.Flat, t.rate())
	t.step++
	t.since = plus(t.since, s)
	return s.Loss
}

// rate is the learning rate of the next step.
func (t *trainer) rate() float64 {
	return nn.LinearDecay(t.c.Rate, t.step, t.batches.perEpoch()*t.c.Epochs)
}

func (t *trainer) checkpoint() run.Checkpoint {
	c := run.Checkpoint{Step: t.step}
	size := []int{len(t.p.Flat)}
	for _, tensor := range t.p.Tensors() {
		c.Tensors = append(c.Tensors, weights.Tensor{Name: tensor.Name, Shape: tensor.Shape, Data: tensor.Data})
	}
	c.Tensors = append(c.Tensors, weights.Tensor{Name: "adam.m", Shape: size, Data: t.adam.M}, weights.Tensor{Name: "adam.v", Shape: size, Data: t.adam.V})
	return c
}

func (t *trainer) restore(at run.Checkpoint) { t.step, t.adam.Steps = at.Step, at.Step }
