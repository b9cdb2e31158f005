package run

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// Log writes the folder of one seed. A training loop is
//
//	log, err := folder.Seed(seed)
//	defer log.Close()
//	if done, err := log.Done(&result); done { … }
//	at, err := log.Start(state.checkpoint()) // fills the tensors given
//	state.step = at.Step
//	for state.step < steps {
//		state.train()
//		log.Step(state.step, run.Values{"train_loss": state.loss})
//		if now and then { log.Checkpoint(state.checkpoint()) }
//	}
//	log.Checkpoint(state.checkpoint())
//	log.Folder("model", state.write) // if there is one
//	log.Finish(result)
//
// If the loop is a pure function of the checkpoint it goes on from, the folder
// of a finished seed has the same bytes however often, and wherever, it was
// killed; checkpoints may be written at any steps, by the clock too.
//
// After a failed write every later call fails with the same error, and the
// seed goes on from its last checkpoint next time. Errors are of type
// [*weights.Error]. A Log belongs to one goroutine.
type Log struct {
	// Warnings names, after Start, the checkpoints that could not be used.
	Warnings []string

	disk   disk
	dir    string
	config string // its hash
	seed   uint64
	lock   *flock.Flock
	files  []*appended // metrics.jsonl, the events; nil before Start
	like   []string    // the contents of a checkpoint of this run
	logged int         // last step logged, −1 if none
	kept   []string    // checkpoints known to be good, by step
	done   bool
	failed error
}

// Done reads the result of a finished seed into result; it returns false if
// the seed is not done.
func (l *Log) Done(result any) (bool, error) { return readResult(l.dir, result) }

// Step logs what was measured after a step. Steps must grow. A value that is
// NaN or infinite is an error, and nothing of the step is logged.
func (l *Log) Step(step int, values Values) error {
	l.mustBe(l.files != nil && !l.done, "is not started")
	l.mustBe(step > l.logged, "logged step %d, now %d", l.logged, step)
	for name := range values {
		l.mustBe(name != stepName && name != "", "a value is named %q", name)
	}
	text, err := line(step, values)
	if err != nil {
		return err
	}
	return l.change(func() error {
		if err := l.files[0].write(text); err != nil {
			return err
		}
		l.logged = step
		return l.files[1].write(scalars(step, values))
	})
}

// Checkpoint keeps c, and the one before, for a resume. It lasts when
// Checkpoint returns, with all that was logged before. c must have the tensors
// and counters of Start's, and no later step may have been logged. c is not
// kept in memory.
func (l *Log) Checkpoint(c Checkpoint) error {
	l.mustBe(l.files != nil && !l.done, "is not started")
	l.mustBe(c.Step >= l.logged, "checkpoint of step %d after step %d was logged", c.Step, l.logged)
	difference := unlike(l.like, c.contents())
	l.mustBe(difference == "", "checkpoint is not like the first: %s", difference)
	return l.change(func() error { return l.checkpoint(c) })
}

// checkpoint syncs the logs before the file that relies on them gets its name.
func (l *Log) checkpoint(c Checkpoint) error {
	m := mark{Config: l.config, Seed: l.seed, Logged: l.logged, Files: map[string]extent{}}
	for _, a := range l.files {
		if err := l.disk.sync(a.file); err != nil {
			return err
		}
		m.Files[a.name] = a.extent()
	}
	name := checkpointName(c.Step)
	if err := l.disk.replace(filepath.Join(l.dir, checkpointDir, name), encode(c, m)); err != nil {
		return err
	}
	if !slices.Contains(l.kept, name) {
		l.kept = append(l.kept, name)
	}
	return l.prune(2)
}

// prune leaves the newest n good checkpoints.
func (l *Log) prune(n int) error {
	l.kept = l.kept[max(0, len(l.kept)-n):]
	steps, err := checkpointsIn(l.dir)
	for _, step := range steps {
		if name := checkpointName(step); err == nil && !slices.Contains(l.kept, name) {
			err = l.disk.remove(filepath.Join(l.dir, checkpointDir, name))
		}
	}
	return err
}

// Finish ends the run of the seed: it makes metrics.csv, leaves the last
// checkpoint alone, and writes result, by which Done knows. result must marshal
// to JSON.
func (l *Log) Finish(result any) error {
	l.mustBe(l.files != nil && !l.done, "is not started")
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return l.change(func() error { return l.finish(append(text, '\n')) })
}

// finish makes every other change last before the result says that all is done.
func (l *Log) finish(result []byte) error {
	for _, a := range l.files {
		if err := l.disk.sync(a.file); err != nil {
			return err
		}
	}
	if err := l.table(); err != nil {
		return err
	}
	if err := l.prune(1); err != nil {
		return err
	}
	if err := l.disk.syncDir(filepath.Join(l.dir, checkpointDir)); err != nil {
		return err
	}
	err := l.disk.replace(filepath.Join(l.dir, resultName), result)
	l.done = err == nil
	return err
}

// table makes metrics.csv from metrics.jsonl.
func (l *Log) table() error {
	text, err := os.ReadFile(l.files[0].file.Name())
	if err != nil {
		return err
	}
	rows, err := parseMetrics(text)
	if err != nil {
		return fmt.Errorf("%s:%w", metricsName, err)
	}
	return l.disk.replace(filepath.Join(l.dir, tableName), table(rows))
}

// Folder has write make a folder of the seed's, anew: what a killed process left
// in it is removed. It lasts when Folder returns. It is made before Finish, so
// that a finished seed has it.
func (l *Log) Folder(name string, write func(dir string) error) error {
	l.mustBe(l.files != nil && !l.done, "is not started")
	dir := filepath.Join(l.dir, name)
	return l.change(func() error {
		if err := l.disk.do("remove", dir, func() error { return os.RemoveAll(dir) }); err != nil {
			return err
		}
		if err := l.disk.mkdir(dir); err != nil {
			return err
		}
		if err := l.disk.do("fill", dir, func() error { return write(dir) }); err != nil {
			return err
		}
		return l.disk.syncDir(dir)
	})
}

// Close makes metrics.csv of what was logged, if the run stopped before its
// end, and gives the seed free. It may be called twice.
func (l *Log) Close() error {
	if l.lock == nil {
		return nil
	}
	var err error
	if l.files != nil && !l.done && l.failed == nil {
		err = l.change(l.table)
	}
	for _, a := range l.files {
		a.file.Close()
	}
	l.lock.Close()
	l.lock, l.files = nil, nil
	return err
}

// change does what writes, unless a write has failed before.
func (l *Log) change(do func() error) error {
	if l.failed != nil {
		return l.failed
	}
	if err := do(); err != nil {
		l.failed = unwritten(l.dir, err)
	}
	return l.failed
}

func (l *Log) mustBe(ok bool, format string, args ...any) {
	if !ok {
		panic("run: " + l.dir + ": " + fmt.Sprintf(format, args...))
	}
}
