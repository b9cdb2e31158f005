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
func (c Training) TrainIn(ctx context.Context, folder *run.Folder, dir string, seed uint64, workers int, progress func(step int, loss float64), warn func(string)) (SeedRun, error) {
	trained, logged, err := trainIn(folder, dir, seed, warn, func(sink Sink) (*Trained, error) {
		return c.Train(ctx, seed, workers, sink, progress)
	}, nil)
	return newSeedRun(trained, logged.Rows), err
}

// modelFolder is where a seed's folder has the finished model.
const modelFolder = "model"

// trainIn has a seed trained in a run's folder unless it is done, and returns
// its result and what was logged. keep, which may be nil, writes the model.
func trainIn[R any](folder *run.Folder, dir string, seed uint64, warn func(string), train func(Sink) (*R, error), keep func(dir string, r *R) error) (result R, logged run.Metrics, err error) {
	log, err := folder.Seed(seed)
	if err != nil {
		return result, logged, err
	}
	defer func() { err = cmp.Or(err, log.Close()) }()
	done, err := log.Done(&result)
	if err != nil {
		return result, logged, err
	}
	if !done {
		r, err := train(told{log, warn})
		if err != nil {
			return result, logged, err
		}
		result = *r
		if keep != nil {
			if err := log.Folder(modelFolder, func(dir string) error { return keep(dir, r) }); err != nil {
				return result, logged, err
			}
		}
		if err := log.Finish(result); err != nil {
			return result, logged, err
		}
	}
	logged, err = run.ReadSeed(dir, seed)
	if err == nil && len(logged.Rows) == 0 {
		err = &weights.Error{Msg: fmt.Sprintf("%s: seed %d is done, but has no metrics", dir, seed),
			Hint: "restore its folder from a copy, or remove it to train anew"}
	}
	return result, logged, err
}

// otherModel is the error of a finished seed's model that is of another shape.
func otherModel(dir string) error {
	return &weights.Error{Msg: dir + ": is not the model that was trained here: its shape is another",
		Hint: "restore it from a copy, or remove the seed's folder to train anew"}
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
