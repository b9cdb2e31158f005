package experiment

import (
	"context"
	"math"
)

// Frame is what attention compares at one step of training, as in Scatter.
type Frame struct {
	Step    int          `json:"step"`
	Keys    [][3]float64 `json:"keys"`
	Queries [][3]float64 `json:"queries"`
}

func newFrame(step int, keys, queries [][]float64) Frame {
	f := Frame{Step: step}
	for class := range keys {
		f.Keys = append(f.Keys, [3]float64(keys[class]))
		f.Queries = append(f.Queries, [3]float64(queries[class]))
	}
	return f
}

// filmedRun is a run of width 3 with frames of its training, from the first
// step to the last, or with none.
type filmedRun struct {
	SeedRun
	Frames []Frame `json:"frames"`
}

// frames is the number of frames of a film behind the first, if there are as
// many steps. They are closer at the beginning, where more happens: frame i is
// at the share (i/frames)² of the steps.
const frames = 24

// film trains a seed alone, as TrainAlone does, on one core; a camera changes
// nothing but what is kept.
func (c Training) film(ctx context.Context, seed uint64, camera bool) (r filmedRun, err error) {
	t, err := newTrainer(c, seed, 1)
	if err != nil {
		return r, err
	}
	f := &filmed{trainer: t, next: math.MaxInt}
	if camera {
		f.next = 0
	}
	var m memory
	l := loop{learner: f, seed: seed, steps: c.Steps, every: c.Every, sink: &m}
	if err := l.train(ctx); err != nil {
		return r, err
	}
	trained, err := t.trained()
	if err != nil {
		return r, err
	}
	if camera {
		f.shoot()
	}
	return filmedRun{newSeedRun(*trained, m.rows), f.taken}, nil
}

// filmed is a trainer with a camera.
type filmed struct {
	*trainer
	next  int // step of the next frame
	taken []Frame
}

func (f *filmed) advance() float64 {
	if f.step >= f.next {
		f.shoot()
	}
	return f.trainer.advance()
}

func (f *filmed) shoot() {
	tables := f.engine.Tables(f.p)
	f.taken = append(f.taken, newFrame(f.step, rows(tables.Keys, f.c.Dim), rows(tables.Queries, f.c.Dim)))
	n := len(f.taken)
	f.next = max(f.step+1, f.c.Steps*n*n/(frames*frames))
}
