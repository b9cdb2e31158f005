package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Start returns the checkpoint to go on from: the newest that can be used, whose
// numbers it copies into initial's tensors, or else initial as it is, which is
// kept as the first one. The logs are cut back to what they were at that
// checkpoint. One that is damaged, or does not fit the logs,
// is named in Warnings, and the one before is taken. If there are logs or
// checkpoints, but none can be used, Start fails and changes nothing: it never
// begins anew over a run.
func (l *Log) Start(initial Checkpoint) (Checkpoint, error) {
	l.mustBe(l.lock != nil && l.files == nil, "is closed, or started before")
	var steps []int
	err := l.change(func() (err error) {
		if err := l.open(); err != nil {
			return err
		}
		steps, err = checkpointsIn(l.dir)
		return err
	})
	if err != nil {
		return Checkpoint{}, err
	}
	l.like = initial.contents()
	if len(steps) == 0 {
		return initial, l.begin(initial)
	}
	return l.resume(steps, initial)
}

// open opens the logs.
func (l *Log) open() error {
	for _, name := range []string{metricsName, eventsName} {
		a, err := openAppended(l.disk, l.dir, name)
		if err != nil {
			return err
		}
		l.files = append(l.files, a)
	}
	return nil
}

// rewind cuts the logs back, and sweeps half written files away.
func (l *Log) rewind(to map[string]extent) error {
	for _, a := range l.files {
		if err := a.cut(to[a.name]); err != nil {
			return err
		}
	}
	return errors.Join(l.disk.sweep(l.dir), l.disk.sweep(filepath.Join(l.dir, checkpointDir)))
}

// begin starts a seed anew. A process that was killed before its first
// checkpoint leaves no more than the head of the events.
func (l *Log) begin(initial Checkpoint) error {
	head := eventsHead()
	_, err := os.Stat(filepath.Join(l.dir, resultName))
	if err == nil || l.files[0].size > 0 || l.files[1].size > int64(len(head)) {
		l.failed = failf(lost, "%s: holds a run, but no checkpoint to go on from", l.dir)
		return l.failed
	}
	return l.change(func() error {
		if err := l.rewind(nil); err != nil {
			return err
		}
		if err := l.files[1].write(head); err != nil {
			return err
		}
		if err := l.disk.syncDir(l.dir); err != nil {
			return err
		}
		return l.checkpoint(initial)
	})
}

const lost = "restore its folder from a copy, or remove it to train anew"

// resume takes the newest of the checkpoints that can be used.
func (l *Log) resume(steps []int, initial Checkpoint) (Checkpoint, error) {
	var reasons []string
	for _, step := range slices.Backward(steps) {
		name := checkpointName(step)
		c, m, err := l.load(step, initial.mostBytes())
		if err == nil {
			l.kept, l.logged = []string{name}, m.Logged
			return initial.filled(c), l.change(func() error { return l.rewind(m.Files) })
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", name, err))
		l.Warnings = append(l.Warnings, fmt.Sprintf("%s: %s: %v; the one before is taken", l.dir, name, err))
	}
	l.failed = failf(lost, "%s: no checkpoint can be used: %s", l.dir, strings.Join(reasons, "; "))
	l.Warnings = nil
	return Checkpoint{}, l.failed
}

// load reads a checkpoint and makes sure that it is whole, of this run, and
// that the logs still begin as they were then.
func (l *Log) load(step int, most int64) (Checkpoint, mark, error) {
	file, err := readAtMost(filepath.Join(l.dir, checkpointDir, checkpointName(step)), most)
	if err != nil {
		return Checkpoint{}, mark{}, err
	}
	c, m, err := decode(file)
	if err != nil {
		return c, m, err
	}
	if m.Config != l.config || m.Seed != l.seed || m.Step != step {
		return c, m, errors.New("is of another run")
	}
	if difference := unlike(c.contents(), l.like); difference != "" {
		return c, m, fmt.Errorf("is of another model: %s", difference)
	}
	for _, a := range l.files {
		if err := a.matches(m.Files[a.name]); err != nil {
			return c, m, err
		}
	}
	return c, m, nil
}

// mostBytes bounds the size of a checkpoint like c.
func (c Checkpoint) mostBytes() int64 {
	most := int64(1 << 20)
	for _, t := range c.Tensors {
		most += 1024 + int64(6*len(t.Name)) + int64(binary.Size(t.Data))
	}
	return most
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(file)) > most {
		err = errors.New("is larger than any of this run")
	}
	return file, err
}

// checkpointsIn lists the steps of a seed's checkpoints, in order.
func checkpointsIn(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, checkpointDir))
	var steps []int
	for _, e := range entries {
		if step, ok := checkpointStep(e.Name()); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, err
}
