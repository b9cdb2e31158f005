package experiment

import (
	"cmp"
	"context"
	"fmt"

	"keyhull/run"
	"keyhull/weights"
)

// TrainIn trains a seed in a run's folder and goes on where an earlier run of
// it stopped; a seed that is done is only read. warn is told of checkpoints
// that could not be used; workers and progress are as for Train.
func (c Training) TrainIn(ctx context.Context, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (r SeedRun, err error) {
	log, err := folder.Seed(seed)
	if err != nil {
		return r, err
	}
	defer func() { err = cmp.Or(err, log.Close()) }()
	var trained Trained
	done, err := log.Done(&trained)
	if err != nil {
		return r, err
	}
	if !done {
		t, err := c.Train(ctx, seed, workers, told{log, warn}, progress)
		if err != nil {
			return r, err
		}
		trained = *t
		if err := log.Finish(trained); err != nil {
			return r, err
		}
	}
	logged, err := run.ReadSeed(dir, seed)
	if err == nil && len(logged.Rows) == 0 {
		err = &weights.Error{Msg: fmt.Sprintf("%s: seed %d is done, but has no metrics", dir, seed),
			Hint: "restore its folder from a copy, or remove it to train anew"}
	}
	return newSeedRun(trained, logged.Rows), err
}

// told passes the warnings of Start on.
type told struct {
	*run.Log
	warn func(string)
}

func (t told) Start(c run.Checkpoint) (run.Checkpoint, error) {
	at, err := t.Log.Start(c)
	for _, w := range t.Warnings {
		t.warn(w)
	}
	return at, err
}
