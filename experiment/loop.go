package experiment

import (
	"context"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"keyhull/run"
	"keyhull/weights"
)

// Sink takes what a run of a seed yields. [*run.Log] keeps it in a folder; see
// there for when each method is called.
type Sink interface {
	Start(run.Checkpoint) (run.Checkpoint, error)
	Step(step int, values run.Values) error
	Checkpoint(run.Checkpoint) error
}

// learner is a model in training: a pure function of its checkpoint.
type learner interface {
	// advance takes a step and returns the loss before it.
	advance() (loss float64)
	// measure returns the values of the steps since the last call and of the
	// model as it is. Where a test loss is not finite, that is all that counts.
	measure(context.Context) (run.Values, error)
	// checkpoint shares the memory of the model; restore takes the place of one
	// whose numbers are in that memory already.
	checkpoint() run.Checkpoint
	restore(run.Checkpoint)
}

// loop trains a learner. Its measurements are made after every so many steps;
// checkpoints are written behind them only, so that they need not hold what
// was summed up in between.
type loop struct {
	learner
	seed         uint64
	steps, every int
	sink         Sink
	progress     func(step int, loss float64) // may be nil

	kept   keptAt
	last   run.Checkpoint // a copy of the last measured state
	logged run.Values     // what was measured then; nil if that was before this start
}

// keptAt is when the last checkpoint was written, and how long that took.
type keptAt struct {
	when time.Time
	took time.Duration
}

// keepShare bounds the share of the time that goes into checkpoints: 1/keepShare.
const keepShare = 50

// train goes on from the checkpoint that the sink has. When ctx ends it leaves
// a checkpoint of the last measurement and returns ctx's error. A loss that is
// not finite is an error that names the step.
func (l *loop) train(ctx context.Context) error {
	at, err := l.sink.Start(l.checkpoint())
	if err != nil {
		return err
	}
	l.restore(at)
	if at.Step == 0 {
		if _, err := l.log(ctx, 0); err != nil {
			return err
		}
	}
	for step := at.Step; step < l.steps; {
		until := min(l.steps, (step/l.every+1)*l.every)
		if err := l.reach(ctx, step, until); err != nil {
			return err
		}
		step = until
	}
	return l.sink.Checkpoint(l.checkpoint())
}

// reach trains up to the next measurement, logs it, and keeps a checkpoint now
// and then.
func (l *loop) reach(ctx context.Context, step, until int) error {
	l.remember()
	for ; step < until; step++ {
		if err := ctx.Err(); err != nil {
			return l.leave(err)
		}
		loss := l.advance()
		if !finite(loss) {
			return l.diverged("loss", loss, step)
		}
	}
	values, err := l.log(ctx, until)
	if err != nil {
		return err
	}
	if l.progress != nil {
		l.progress(until, values["train_loss"])
	}
	if until == l.steps || time.Since(l.kept.when) < keepShare*l.kept.took {
		return nil
	}
	start := time.Now()
	err = l.sink.Checkpoint(l.checkpoint())
	l.kept = keptAt{time.Now(), time.Since(start)}
	return err
}

// log measures and logs a step. Where ctx ends meanwhile it leaves.
func (l *loop) log(ctx context.Context, step int) (run.Values, error) {
	values, err := l.measure(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, l.leave(err)
	}
	if loss := values["test_loss"]; !finite(loss) {
		return nil, l.diverged("test loss", loss, step)
	}
	if err == nil {
		err = l.sink.Step(step, values)
	}
	l.logged = values
	return values, err
}

// end returns the values of the model as it is when train is through. Those of
// the steps that led there are left out: a run that was stopped behind its last
// checkpoint does not know them.
func (l *loop) end(ctx context.Context) (run.Values, error) {
	if l.logged == nil {
		return l.measure(ctx)
	}
	last := maps.Clone(l.logged)
	maps.DeleteFunc(last, func(name string, _ float64) bool { return strings.HasPrefix(name, "train_") })
	return last, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func (l *loop) diverged(what string, loss float64, step int) error {
	return &weights.Error{Msg: fmt.Sprintf("seed %d: the %s is %v at step %d", l.seed, what, loss, step), Hint: "a lower learning rate may help"}
}

// remember copies the state.
func (l *loop) remember() {
	now := l.checkpoint()
	if l.last.Tensors == nil {
		l.last.Tensors = append(l.last.Tensors, now.Tensors...)
		for i := range now.Tensors {
			l.last.Tensors[i].Data = []float32(nil)
		}
	}
	for i, t := range now.Tensors {
		l.last.Tensors[i].Data = append(l.last.Tensors[i].Data.([]float32)[:0], t.Data.([]float32)...)
	}
	l.last.Step, l.last.Counters = now.Step, now.Counters
}

// leave keeps an interrupted run as it was at the last measurement. That of
// step 0 is measured anew, so that the first checkpoint stays.
func (l *loop) leave(cause error) error {
	if l.last.Step > 0 {
		if err := l.sink.Checkpoint(l.last); err != nil {
			return err
		}
	}
	return cause
}
